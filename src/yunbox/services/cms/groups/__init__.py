"""Monitor groups: resources that are watched together."""
