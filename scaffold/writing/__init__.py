"""From texts to files: compared, merged into what was edited, and written all or nothing."""
