"""Balancers on HAProxy: one process each, that goes on without whoever started it."""
