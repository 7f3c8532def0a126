"""The command line, and nothing of it elsewhere."""

from .app import main as main
