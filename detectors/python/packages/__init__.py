"""What is installed, by what, from which files."""
