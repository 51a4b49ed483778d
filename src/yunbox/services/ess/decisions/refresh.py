"""How many instances an instance refresh replaces at a time. Pure.

Source: ESS API, StartInstanceRefresh.
"""

from __future__ import annotations

from collections.abc import Sequence


def at_a_time(capacity: int, *, min_healthy: int, max_healthy: int) -> int:
    """Return how many instances of a group are replaced side by side.

    New ones are in service before old ones go: so it is what `max_healthy` allows above the capacity, in percent, or
    where that is nothing, what `min_healthy` allows to be missing; one at least.
    """
    above = capacity * (max_healthy - 100) // 100
    missing = capacity * (100 - min_healthy) // 100
    return max(1, above or missing)


def next_checkpoint(checkpoints: Sequence[int], *, passed: int, percentage: int) -> int | None:
    """Return the checkpoint that a task has reached and not passed yet, None for none; the end is none."""
    reached = [each for each in checkpoints if passed < each <= percentage and each < 100]
    return max(reached, default=None)
