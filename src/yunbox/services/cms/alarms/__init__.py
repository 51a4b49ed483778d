"""Alarm rules: what is stored of them, when they fire, and who is told."""
