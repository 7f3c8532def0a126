"""The Python door: what `import portrait_atelier` offers to scripts."""
