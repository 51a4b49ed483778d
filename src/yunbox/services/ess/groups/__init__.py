"""Scaling groups."""
