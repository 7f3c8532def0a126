"""From sets of photos to a look, in numpy: what is asked once per style, and what is asked per photo."""
