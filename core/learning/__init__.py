"""What trains a user's style, from prepared photos to a style."""
