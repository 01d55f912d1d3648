"""Whether what is there is what was written, and what a policy says of it."""
