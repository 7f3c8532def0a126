"""A folder of photos made ready: found, checked, cropped; faces, duplicates, mixtures."""
