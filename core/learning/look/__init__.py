"""A photographer's look, learnt: at once, or by fine-tuning the set network."""
