"""Scaling activities."""
