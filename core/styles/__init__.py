"""Styles, style files, the closed-form transport, the library of installed styles, blending, export."""
