"""Color arithmetic: once each, numpy and torch side by side."""
