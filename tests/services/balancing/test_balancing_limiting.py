"""Limits are found for the balancers whose tags leave them open, and for no others."""

from __future__ import annotations

import asyncio
from typing import Any

from yunbox.control.clock import ManualClock
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import Backend, Balancer, Place, Queue, Server
from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.services.balancing.limiting import LimitController
from yunbox.services.balancing.wanted import Source
from yunbox.services.slb.load_balancers.model import LoadBalancer

HANDS, TAKES = 4, 0.05
LB, BACKEND = "lb-1", "lb-1:80"


def small(
    clock: ManualClock, elsewhere: tuple[str, ...] = (), **tags: str
) -> tuple[LimitController, MemoryBalancers]:
    """Return a controller and the engine with a balancer of two servers whose tags are given."""
    store, engine = Store(":memory:"), MemoryBalancers(clock)
    named = {f"yunbox:{name.replace('_', '-')}": value for name, value in tags.items()}
    with store.write() as change:
        change.create(LoadBalancer(id=LB, address="10.0.0.9", address_type="intranet", tags=named))
    servers = tuple(Server(id=f"i-{n}:80", address="10.0.0.1", port=80) for n in (1, 2))
    backend = Backend(id=BACKEND, servers=servers, queue=Queue())
    asyncio.run(engine.apply(Balancer(id=LB, places=(Place(address="10.0.0.9"),), backends=(backend,))))
    sources: Any = (Source(balancers=LoadBalancer, parts=(), draw=lambda view, id_: None),)
    return LimitController(store, engine, sources, clock, lambda view: elsewhere), engine


def serve(controller: LimitController, engine: MemoryBalancers, clock: ManualClock, load: float) -> None:
    """Let two servers be offered so many requests at a time each for twenty seconds."""

    async def run() -> None:
        requests = 0.0
        for _ in range(100):
            limit = engine.per_server(LB, BACKEND) or 1000
            active = min(load, limit)
            requests += 2 * min(active, HANDS) / TAKES * 0.2
            queued = round(2 * (load - active))
            engine.count(
                LB, BACKEND, active=round(2 * active), queued=queued, requests=round(requests) + queued
            )
            await controller.turn()
            clock.advance(0.2)

    asyncio.run(run())


def test_a_limit_is_found_when_requests_begin_to_wait() -> None:
    clock = ManualClock(1_800_000_000.0)
    controller, engine = small(clock, surge_protection="on")
    serve(controller, engine, clock, 3.0)
    assert engine.per_server(LB, BACKEND) >= 10
    serve(controller, engine, clock, 100.0)
    assert 4 <= engine.per_server(LB, BACKEND) <= 7


def test_others_are_left_alone() -> None:
    clock = ManualClock(1_800_000_000.0)
    for tags in ({}, {"surge_protection": "on", "per_server": "7"}, {"surge_protection": "off"}):
        controller, engine = small(clock, **tags)
        serve(controller, engine, clock, 100.0)
        assert engine.per_server(LB, BACKEND) == 0
    controller, engine = small(clock, (LB,), surge_protection="on")
    serve(controller, engine, clock, 100.0)
    assert engine.per_server(LB, BACKEND) == 0
