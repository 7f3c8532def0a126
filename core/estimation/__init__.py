"""From sets of photos to a look, in numpy."""
