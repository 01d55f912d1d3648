"""What we give projects: one folder per stack, and the Compose files that all stacks share."""
