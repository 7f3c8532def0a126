"""Limits that every front door shares; importing them costs nothing."""

MAX_STRENGTH = 1.5
