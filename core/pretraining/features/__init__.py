"""Distillation of the compact feature network."""
