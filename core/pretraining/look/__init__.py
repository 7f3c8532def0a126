"""Base training of the set network, on sets of sampled colors whose look is known."""
