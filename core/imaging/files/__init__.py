"""Reading and writing of photo files, one module per format."""
