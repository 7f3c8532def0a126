"""The ready styles: looks designed by hand, as data."""
