"""Peaks, rehearsed: load curves, an open-loop generator, faults, a report; and the simulator of scaling policies.

As a library: `run(plan)` takes a `plan.Plan` and returns a `report.Report`.
"""
