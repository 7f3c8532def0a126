"""Photo files in and out, looks, and the renderer that applies them at any size."""
