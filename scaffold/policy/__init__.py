"""What a Dockerfile, a Compose file and their surroundings have to be like: the rules, and what sets them."""
