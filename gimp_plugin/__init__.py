"""The GIMP 3 plug-in, the folder `portrait_style`, and its installer."""
