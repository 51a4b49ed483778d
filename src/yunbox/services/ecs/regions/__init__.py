"""Regions, zones, and what can be had where."""
