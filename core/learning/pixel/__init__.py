"""Training of a pixel style: fine-tuning of the pixel generator."""
