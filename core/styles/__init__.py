"""A style, its file, the library of installed styles, applying, blending, export."""
