"""Pretraining of the pixel generator, on painters without end."""
