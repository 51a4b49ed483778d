"""What flowed through parts of a balancer between two looks at its counters: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from yunbox.engines.balancer.interface import BackendSeen, ListenerSeen, ServerSeen

_NONE = (0, 0, 0, 0, 0)


class Flow(msgspec.Struct):
    """Rates by the second of the machine's clock, and what there is at the moment; flows can be added up.

    `front` are answers to clients, `back` those of servers, of the classes 1xx to 5xx. `waited` is the time that
    servers took for their answers, in seconds a second: by `served`, it is the mean of an answer.
    """

    connections: int = 0
    new: float = 0.0
    refused: float = 0.0
    bits_in: float = 0.0
    bits_out: float = 0.0
    requests: float = 0.0
    front: tuple[float, ...] = (0.0,) * 5
    back: tuple[float, ...] = (0.0,) * 5
    served: float = 0.0
    waited: float = 0.0
    failures: float = 0.0
    healthy: int = 0
    unhealthy: int = 0

    @property
    def milliseconds(self) -> float | None:
        """The mean time until a server's answer, or None when there was none."""
        return 1000.0 * self.waited / self.served if self.served else None


def together(flows: Iterable[Flow]) -> Flow:
    """Return flows added up."""
    total = Flow()
    for each in flows:
        for field in total.__struct_fields__:
            mine, theirs = getattr(total, field), getattr(each, field)
            added = (
                tuple(map(sum, zip(mine, theirs, strict=True))) if isinstance(mine, tuple) else mine + theirs
            )
            setattr(total, field, added)
    return total


def listener_flow(before: ListenerSeen, now: ListenerSeen, seconds: float) -> Flow:
    """Return what clients did at a listener."""
    return Flow(
        connections=now.connections,
        new=_rate(before.new_connections, now.new_connections, seconds),
        refused=_rate(before.refused, now.refused, seconds),
        bits_in=8 * _rate(before.bytes_in, now.bytes_in, seconds),
        bits_out=8 * _rate(before.bytes_out, now.bytes_out, seconds),
        requests=_rate(before.requests, now.requests, seconds),
        front=_rates(before.answers, now.answers, seconds),
    )


def backend_flow(before: BackendSeen | None, now: BackendSeen, seconds: float) -> Flow:
    """Return what the servers of a backend did."""
    earlier = {each.id: each for each in before.servers} if before is not None else {}
    total = together(server_flow(earlier.get(each.id), each, seconds) for each in now.servers)
    counted = [each for each in now.servers if each.state not in ("draining", "gone")]
    total.healthy = sum(each.state in ("up", "unchecked") for each in counted)
    total.unhealthy = len(counted) - total.healthy
    return total


def server_flow(before: ServerSeen | None, now: ServerSeen, seconds: float) -> Flow:
    """Return what a server did; one that is new began at nothing."""
    old = (
        before
        if before is not None and before.requests <= now.requests
        else ServerSeen(id=now.id, state="up")
    )
    requests = _rate(old.requests, now.requests, seconds)
    back = _rates(old.answers, now.answers, seconds)
    served = sum(back) or requests
    return Flow(
        connections=now.active,
        new=_rate(old.connections, now.connections, seconds),
        bits_in=8 * _rate(old.bytes_in, now.bytes_in, seconds),
        bits_out=8 * _rate(old.bytes_out, now.bytes_out, seconds),
        requests=requests,
        back=back,
        served=served,
        waited=now.response_time * served,
        failures=_rate(old.failures, now.failures, seconds),
    )


def _rate(before: int, now: int, seconds: float) -> float:
    return max(0, now - before) / seconds


def _rates(before: Sequence[int], now: Sequence[int], seconds: float) -> tuple[float, ...]:
    return tuple(_rate(old, new, seconds) for old, new in zip(before or _NONE, now or _NONE, strict=True))
