"""What the program is, how it starts, and how it is tested."""
