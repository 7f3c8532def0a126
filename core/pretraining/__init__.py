"""Pretraining of the bundled networks, for developers: makes `weights/`."""
