"""Many photo files: found, planned, restyled side by side, and written down in a journal that goes on after a kill."""
