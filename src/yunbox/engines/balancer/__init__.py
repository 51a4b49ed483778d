"""Balancers: what carries traffic from a listening address to servers. The seam is `interface`."""
