"""Scaling policies, simulated: the production decisions and their peers on recorded traffic. Needs NumPy."""
