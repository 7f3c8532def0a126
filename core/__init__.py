"""The package without user interfaces other than the command line."""
