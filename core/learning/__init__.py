"""What a user's training does: from photos to a style."""
