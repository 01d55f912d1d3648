"""What the image carries beside the program."""
