"""What is taken over from the original's tables."""
