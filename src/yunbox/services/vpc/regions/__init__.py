"""Regions and zones, as Vpc lists them."""
