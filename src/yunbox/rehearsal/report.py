"""What a rehearsal found. docs/rehearsal.md documents `report.json` field by field; a test holds the two together."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from yunbox.rehearsal.elasticity import Cost, Elasticity

VERSION = 1
"""The version of the report's format. Fields are added within one, with a default, so that earlier reports are read;
a change of meaning takes another."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies in seconds, from the moment a request was to be sent."""

    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0
    p999: float = 0.0
    p9999: float = 0.0
    max: float = 0.0


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """How requests ended, each in exactly one."""

    served: int = 0
    queued: int = 0
    shed: int = 0
    failed: int = 0
    timed_out: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.served + self.queued + self.shed + self.failed + self.timed_out


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """Totals over the run."""

    intended: int
    sent: int
    completed: int
    outcomes: Outcomes
    share: dict[str, float]
    failures: dict[str, int]
    retried: Outcomes
    retries: int
    retries_denied: int
    first_failures: dict[str, int]


class OfKind(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one name in the mix."""

    name: str
    outcomes: Outcomes
    latency: Latency


class Surge(msgspec.Struct, frozen=True, kw_only=True):
    """The steepest rise that was sent: from where to where, and how soon it was ten times the base."""

    base_rate: float
    peak_rate: float
    began: float
    ten_times_after: float | None


class LoadShown(msgspec.Struct, frozen=True, kw_only=True):
    """What load was asked for."""

    shape: str
    length: float
    peak_rate: float
    peak_at: float
    requests: int
    surge: Surge


class GeneratorShown(msgspec.Struct, frozen=True, kw_only=True):
    """The generator's own conduct; `lag` is how late requests were sent."""

    processes: int
    cpu_seconds: float
    lag: Latency
    lag_p99_bound: float
    lag_max_bound: float


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """One second of the run."""

    at: int
    intended: int
    sent: int
    completed: int
    outcomes: Outcomes
    retried: int
    latency: Latency
    lag_max: float


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """The cloud at a moment."""

    at: float
    demand: int
    desired: int
    starting: int
    ready: int
    queued: int
    in_flight: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: a fault, a scaling activity, a change of an instance."""

    at: float
    kind: Literal["fault", "scaling", "instance", "load", "balancer"]
    what: str
    detail: str = ""


class Aftermath(msgspec.Struct, frozen=True, kw_only=True):
    """What clients saw of a fault: the requests that were to be sent from its second on, for `seconds`."""

    at: float
    what: str
    detail: str
    seconds: int
    outcomes: Outcomes
    retried: int
    latency: Latency


class Scaled(msgspec.Struct, frozen=True, kw_only=True):
    """The way of a new instance, from the metric's breach to the first request that it served."""

    instance: str
    cause: str
    breach: float | None
    decision: float | None
    running: float | None
    healthy: float | None
    first_served: float | None
    breach_to_first_served: float | None


class ServedBy(msgspec.Struct, frozen=True, kw_only=True):
    """A server that answered, by the header that names it."""

    name: str
    first: float
    requests: int


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """What was executed, by id: every accepted request exactly once is what is right."""

    accepted: int
    executed: int
    executed_once: int
    lost: int
    doubled: int
    unacknowledged: int
    foreign: int
    lost_ids: tuple[str, ...]
    doubled_ids: tuple[str, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the verdict."""

    name: str
    wanted: str
    measured: str
    held: bool


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What it ran on."""

    cpus: int
    model: str
    memory_bytes: int
    system: str
    python: str
    yunbox: str
    commit: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal's report."""

    version: int = VERSION
    name: str
    run: str
    seed: int
    simulated: bool = False
    began: str
    seconds_taken: float
    held: bool
    void: bool
    void_reasons: tuple[str, ...]
    verdict: tuple[Line, ...]
    requests: Requests
    latency: Latency
    kinds: tuple[OfKind, ...]
    load: LoadShown
    generator: GeneratorShown
    reconciliation: Reconciliation | None
    elasticity: Elasticity | None
    cost: Cost | None
    faults: tuple[Aftermath, ...] = ()
    scaling: tuple[Scaled, ...]
    events: tuple[Event, ...]
    served_by: tuple[ServedBy, ...]
    watched: tuple[Watched, ...]
    seconds: tuple[Second, ...]
    notes: tuple[str, ...]
    machine: Machine
    plan: dict[str, Any]

    @property
    def last_line(self) -> str:
        """The outcome in a line."""
        outcomes, found = self.requests.outcomes, self.reconciliation
        lost = "lost not asked" if found is None else f"lost {found.lost}, executed twice {found.doubled}"
        return (
            f"sent {self.requests.sent}: served {outcomes.served}, queued then served {outcomes.queued}, "
            f"shed {outcomes.shed}, failed {outcomes.failed}, timed out {outcomes.timed_out}, {lost}"
        )

    @property
    def exit_status(self) -> int:
        """0 when the verdict holds, 1 when not, 3 when the run is void."""
        if self.void:
            return 3
        return 0 if self.held else 1
