"""What is installed: package.json, lock files, package managers, and what they need of the system."""
