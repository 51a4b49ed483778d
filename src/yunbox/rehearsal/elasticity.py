"""How well supply followed demand: SPEC's elasticity metrics (arXiv 1604.03470), and what it cost. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec


class Elasticity(msgspec.Struct, frozen=True, kw_only=True):
    """Accuracy (`theta`) and share of time (`tau`) under and over demand, and `instability`, all in percent."""

    theta_under: float
    theta_over: float
    tau_under: float
    tau_over: float
    instability: float


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Instance-seconds that were paid, those of an oracle that always has exactly what is needed, and the ratio."""

    instance_seconds: float
    oracle_instance_seconds: float
    ratio: float


def demand(rate: float, per_instance: float) -> int:
    """Return how many instances a rate takes; one at least."""
    return max(1, math.ceil(rate / per_instance - 1e-9))


def elasticity(wanted: Sequence[float], had: Sequence[float]) -> Elasticity:
    """Return the metrics of two series of equal steps: instances that were needed, and that there were."""
    count = min(len(wanted), len(had))
    if not count:
        return Elasticity(theta_under=0, theta_over=0, tau_under=0, tau_over=0, instability=0)
    pairs = list(zip(wanted, had, strict=False))
    under = sum(max(d - s, 0) / d for d, s in pairs if d > 0)
    over = sum(max(s - d, 0) / d for d, s in pairs if d > 0)
    apart = sum((later[0] - now[0]) * (later[1] - now[1]) < 0 for now, later in pairwise(pairs))
    return Elasticity(
        theta_under=round(100 * under / count, 3),
        theta_over=round(100 * over / count, 3),
        tau_under=round(100 * sum(d > s for d, s in pairs) / count, 3),
        tau_over=round(100 * sum(s > d for d, s in pairs) / count, 3),
        instability=round(100 * apart / max(1, count - 1), 3),
    )


def cost(wanted: Sequence[float], paid: Sequence[float], step: float) -> Cost:
    """Return what instances cost over steps of `step` seconds; `paid` are those that existed, ready or not."""
    used, oracle = sum(paid) * step, sum(wanted) * step
    return Cost(
        instance_seconds=round(used, 3),
        oracle_instance_seconds=round(oracle, 3),
        ratio=round(used / oracle, 4) if oracle else 0.0,
    )
