"""Making the compact feature network, by distillation."""
