"""Scaling rules."""
