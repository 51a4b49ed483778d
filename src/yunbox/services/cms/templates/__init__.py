"""Alarm templates: rules that are made for a group by one call."""
