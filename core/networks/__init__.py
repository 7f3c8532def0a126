"""Networks: feature extractors, generators, discriminators. Modules here know no loss."""
