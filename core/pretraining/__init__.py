"""What only developers run: it makes what ships in `weights/`."""
