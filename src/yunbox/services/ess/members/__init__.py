"""Instances of scaling groups."""
