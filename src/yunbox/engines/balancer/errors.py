"""What balancer engines refuse."""

from __future__ import annotations


class BalancerError(Exception):
    """The balancer cannot be made what was wanted; the message says why."""


class NoBalancerError(BalancerError):
    """No balancer of that id runs."""
