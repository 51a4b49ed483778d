"""What happened to the requests: counts that worker processes send on in pieces and that add up."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from yunbox.rehearsal.histogram import Histogram

K = TypeVar("K", int, str)

Outcome = Literal["served", "queued", "shed", "failed", "timed_out"]
OUTCOMES: tuple[Outcome, ...] = ("served", "queued", "shed", "failed", "timed_out")
"""How a request ends, each in exactly one: `queued` was served after it waited in a queue."""

SERVED, QUEUED, SHED, FAILED, TIMED_OUT = range(5)


def no_outcomes() -> list[int]:
    """Return a count of nothing for each outcome."""
    return [0, 0, 0, 0, 0]


class Cell(msgspec.Struct, kw_only=True):
    """One second. `intended`, `outcomes`, `retried` and `latency` are of the requests that were to be sent in it;
    `sent` and `completed` of those that really were sent in it, or ended in it, whenever they began."""

    intended: int = 0
    sent: int = 0
    completed: int = 0
    outcomes: list[int] = msgspec.field(default_factory=no_outcomes)
    retried: int = 0
    latency: dict[int, int] = {}
    lag_max: float = 0.0


class OfKind(msgspec.Struct, kw_only=True):
    """The requests of one name in the mix."""

    outcomes: list[int] = msgspec.field(default_factory=no_outcomes)
    latency: dict[int, int] = {}


class Server(msgspec.Struct, kw_only=True):
    """Who answered, by the header that says so: when first, in seconds from the start, and how many requests."""

    first: float
    count: int = 0


class Tally(msgspec.Struct, kw_only=True):
    """Counts of requests. `accepted` and `unknown` are numbers of requests that bear an idempotency key: those that
    were acknowledged, and those that were not served and yet may have been executed."""

    seconds: dict[int, Cell] = {}
    kinds: dict[str, OfKind] = {}
    lag: dict[int, int] = {}
    first_failures: dict[str, int] = {}
    failures: dict[str, int] = {}
    retried: list[int] = msgspec.field(default_factory=no_outcomes)
    retries: int = 0
    retries_denied: int = 0
    accepted: list[int] = []
    unknown: list[int] = []
    servers: dict[str, Server] = {}
    in_flight: int = 0
    connections: int = 0

    def cell(self, second: int) -> Cell:
        """Return the cell of a second, made when it is the first of it."""
        found = self.seconds.get(second)
        if found is None:
            found = self.seconds[second] = Cell()
        return found

    def kind(self, name: str) -> OfKind:
        """Return the counts of a kind of request, made when it is the first of it."""
        found = self.kinds.get(name)
        if found is None:
            found = self.kinds[name] = OfKind()
        return found

    def merge(self, other: Tally) -> None:
        """Add what another counted."""
        for second, cell in other.seconds.items():
            mine = self.cell(second)
            mine.intended += cell.intended
            mine.sent += cell.sent
            mine.completed += cell.completed
            mine.retried += cell.retried
            mine.lag_max = max(mine.lag_max, cell.lag_max)
            _add_list(mine.outcomes, cell.outcomes)
            _add(mine.latency, cell.latency)
        for name, kind in other.kinds.items():
            _add_list(self.kind(name).outcomes, kind.outcomes)
            _add(self.kind(name).latency, kind.latency)
        _add(self.lag, other.lag)
        _add(self.first_failures, other.first_failures)
        _add(self.failures, other.failures)
        _add_list(self.retried, other.retried)
        self.retries += other.retries
        self.retries_denied += other.retries_denied
        self.accepted += other.accepted
        self.unknown += other.unknown
        for by, server in other.servers.items():
            known = self.servers.setdefault(by, Server(first=server.first))
            known.first = min(known.first, server.first)
            known.count += server.count

    @property
    def outcomes(self) -> list[int]:
        """How many requests ended in each outcome."""
        found = no_outcomes()
        for cell in self.seconds.values():
            _add_list(found, cell.outcomes)
        return found

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return sum(cell.sent for cell in self.seconds.values())

    @property
    def intended(self) -> int:
        """How many requests were to be sent."""
        return sum(cell.intended for cell in self.seconds.values())

    def latency(self) -> Histogram:
        """Return the latencies of all that were served."""
        found = Histogram()
        for cell in self.seconds.values():
            found.add(cell.latency)
        return found


def _add_list(mine: list[int], others: list[int]) -> None:
    for index, count in enumerate(others):
        mine[index] += count


def _add(mine: dict[K, int], others: dict[K, int]) -> None:
    for key, count in others.items():
        mine[key] = mine.get(key, 0) + count
