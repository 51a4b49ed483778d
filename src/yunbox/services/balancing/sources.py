"""The products whose balancers the controller runs."""

from __future__ import annotations

from yunbox.services.alb.spec import ALB
from yunbox.services.balancing.wanted import Source
from yunbox.services.slb.spec import SLB

SOURCES: tuple[Source, ...] = (SLB, ALB)
