"""Making the network that tells the regions of a portrait: labels, variations, training."""
