"""Learning a photographer's look: an instant style, or fine-tuning of the set network."""
