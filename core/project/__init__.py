"""What a project says of itself: its config, guidelines, keys of endpoints, annotators and labels."""
