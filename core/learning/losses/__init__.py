"""Losses and their weights; nothing here trains."""
