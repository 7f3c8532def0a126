"""Pretraining of the pixel generator on random procedural painters."""
