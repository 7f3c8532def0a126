"""How far styles are from the truth, and what their photos tell of it: simulated folders, and the fit to them."""
