"""Server groups and the servers in them."""
