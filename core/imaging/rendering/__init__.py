"""A look, and what gives it to pixels."""
