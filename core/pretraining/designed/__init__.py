"""The ready styles: manually designed looks, as data."""
