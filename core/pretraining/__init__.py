"""What only developers run: it makes `weights/`."""
