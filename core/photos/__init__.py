"""Folders of photos: search, checks, cropping of scans, faces, duplicates, mixtures."""
