"""Which balancers a server group stands behind, and what these let a server work on: from what is stored of them."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource
from yunbox.control.store import View
from yunbox.errors import CloudError
from yunbox.services.balancing.settings import read_settings
from yunbox.services.balancing.sources import SOURCES
from yunbox.services.ess.surge.protected import protected_groups


def balancers_of(view: View, server_group: str) -> set[str]:
    """Return the balancers that forward to a server group."""
    found = set()
    for source in SOURCES:
        for balancer in view.find(source.balancers):
            drawn = source.draw(view, balancer.id)
            if drawn is not None and server_group in drawn.rests_on:
                found.add(balancer.id)
    return found


def limit_of(view: View, balancer: str) -> int | Literal["auto"] | None:
    """Return how many requests a balancer lets each server work on: a number, "auto", or None without protection."""
    for source in SOURCES:
        stored = view.get(source.balancers, balancer)
        if isinstance(stored, CloudResource):
            try:
                settings = read_settings(stored.tags)
            except CloudError:
                return None
            return settings.per_server if settings.protected else None
    return None


def limited_by_groups(view: View) -> set[str]:
    """Return the balancers whose servers' limits surge protection finds, with the groups behind them."""
    groups = protected_groups(view, balancers_of, limit_of)
    return {balancer for group in groups for balancer in group.limited}
