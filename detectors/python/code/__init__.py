"""What the code says, with nothing run."""
