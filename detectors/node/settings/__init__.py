"""What the program needs around it: backing services, environment variables, places to write to."""
