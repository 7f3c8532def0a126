"""Training of the region network: labels, augmentation, training."""
