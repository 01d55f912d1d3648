"""What the program serves: port, address, and the path that a health check asks."""
