"""Event-triggered tasks."""
