"""GIMP 3: the plug-in, a folder `portrait_style` that is copied into GIMP, and its installer."""
