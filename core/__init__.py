"""The atelier itself: knows no user interface."""
