"""Kills a running cloud under load, and holds what is left to every answer it gave."""
