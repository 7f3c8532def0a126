"""Styles, style files, the library of installed styles, applying, blending, export."""
