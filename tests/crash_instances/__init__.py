"""Kills of a cloud while instances start, stop, restart and end; then everything is as it was asked for."""
