"""Route tables and their entries."""
