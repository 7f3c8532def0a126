"""Looks, and the renderers that apply them to pixels."""
