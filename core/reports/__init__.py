"""Scores and facts of a style, as text and as plots."""
