"""How well a style was learnt and what it is made of, in words and pictures."""
