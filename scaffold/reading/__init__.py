"""From a folder to what is in it, within limits: the only reading of a project."""
