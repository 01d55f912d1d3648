"""What is needed around it: services, environment, volumes."""
