"""The Python API: the names that `import portrait_atelier` provides."""
