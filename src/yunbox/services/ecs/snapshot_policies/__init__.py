"""Policies that take snapshots at fixed hours."""
