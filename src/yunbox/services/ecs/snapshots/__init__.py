"""Snapshots of disks."""
