"""Color spaces and luma, in numpy and in torch."""
