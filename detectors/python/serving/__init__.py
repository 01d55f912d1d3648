"""What it serves: port, address, routes, health."""
