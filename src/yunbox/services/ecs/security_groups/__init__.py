"""Security groups: which traffic reaches the network interfaces that belong to them."""
