"""Scaling configurations."""
