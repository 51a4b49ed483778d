"""The products whose balancers the controller runs."""

from __future__ import annotations

from yunbox.api.resource import CloudResource
from yunbox.control.store import View
from yunbox.services.alb.spec import ALB
from yunbox.services.balancing.settings import Settings, read_settings
from yunbox.services.balancing.wanted import Source
from yunbox.services.slb.spec import SLB

SOURCES: tuple[Source, ...] = (SLB, ALB)


def settings_of(view: View, balancer: str) -> Settings | None:
    """Return what the tags of a balancer of any product ask for, or None when there is no such balancer."""
    for source in SOURCES:
        found = view.get(source.balancers, balancer)
        if isinstance(found, CloudResource):
            return read_settings(found.tags)
    return None
