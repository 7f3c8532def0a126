"""A painter's style, taught to the pixel generator."""
