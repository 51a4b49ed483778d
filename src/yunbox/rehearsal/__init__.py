"""Peaks, rehearsed: load curves, an open-loop generator, faults, a report; and the simulator of scaling policies."""
