"""Photo folders and learning: from a folder of finished photos to a style."""
