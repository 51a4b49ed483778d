"""Instances: servers that run. Their actions, and the controller that makes them true."""
