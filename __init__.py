"""Portrait Atelier: learn a portrait photographer's style and give it to new portraits."""
