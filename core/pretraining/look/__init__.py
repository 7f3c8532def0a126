"""Pretraining of the set network on sets of sampled colors with known looks."""
