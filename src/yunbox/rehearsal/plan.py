"""What a rehearsal is to do, as a person writes it down. docs/rehearsal.md explains each field."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=86_400.0, extra={"unit": "seconds"})]
"""A time; in a plan's file also `250ms`, `2s`, `1.5min` or `1h`."""

Length = Annotated[float, msgspec.Meta(gt=0.0, le=86_400.0, extra={"unit": "seconds"})]
"""A time that is not nothing."""

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0, extra={"unit": "share"})]
"""A part of a whole, from 0 to 1; in a plan's file also `99.9%`."""

Rate = Annotated[float, msgspec.Meta(ge=0.0, le=1_000_000.0)]
"""Requests a second."""

Count = Annotated[int, msgspec.Meta(ge=0)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]
Moment = Annotated[
    str, msgspec.Meta(pattern=r"^(start|peak|end)(\s*[+-]\s*[0-9]+(\.[0-9]+)?(ms|s|min|h))?$|^[0-9]")
]
"""`start`, `peak` or `end` (of the load), with `+2s` or `-500ms` behind it; or a time from the start."""

Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a plan: an unknown field is refused by its name."""


class Target(_Part, frozen=True, kw_only=True):
    """Where requests go: a URL, or a balancer of the running cloud and a port that it listens on."""

    url: str = ""
    balancer: str = ""
    port: int = 80
    scheme: Literal["http"] = "http"


class Request(_Part, frozen=True, kw_only=True):
    """One kind of request. `path`, header values and `body` are templates; see `templates`."""

    name: Name
    path: str
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    weight: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] = 1.0
    expect: Annotated[tuple[Status, ...], msgspec.Meta(min_length=1)] | None = None
    idempotency_key: bool = False
    target: Target | None = None


class Constant(_Part, tag_field="shape", tag="constant", frozen=True, kw_only=True):
    """The same rate all the time."""

    rate: Rate
    length: Length


class Ramp(_Part, tag_field="shape", tag="ramp", frozen=True, kw_only=True):
    """From one rate to another over `length`, then `hold` at it."""

    base: Rate
    peak: Rate
    length: Length
    hold: Seconds = 0.0


class Level(_Part, frozen=True, kw_only=True):
    """A step: a rate, and for how long."""

    rate: Rate
    length: Length


class Step(_Part, tag_field="shape", tag="step", frozen=True, kw_only=True):
    """One level after another."""

    levels: Annotated[tuple[Level, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class Spike(_Part, tag_field="shape", tag="spike", frozen=True, kw_only=True):
    """A base rate `before`, up to the peak over `rise`, `hold` there, down over `fall`, the base rate `after`."""

    base: Rate
    peak: Rate
    before: Seconds = 10.0
    rise: Seconds = 1.0
    hold: Seconds = 10.0
    fall: Seconds = 5.0
    after: Seconds = 10.0


class Csv(_Part, tag_field="shape", tag="csv", frozen=True, kw_only=True):
    """The values of a column of a CSV file, a row every `row` seconds, scaled so that the largest is `peak`.

    `first` rows are left out (0: none), then `rows` are taken (0: all).
    """

    file: str
    column: str
    peak: Rate
    row: Length = 1.0
    first: Count = 0
    rows: Count = 0


class Double11(_Part, tag_field="shape", tag="double11", frozen=True, kw_only=True):
    """The night of 11.11, compressed to `length`: quiet, midnight, up to the peak within `rise`, a long decay.

    Midnight is after `midnight` of the length. `anticipation` is how far people come early (0: not at all).
    """

    base: Rate
    peak: Rate
    length: Length = 120.0
    rise: Seconds = 3.0
    midnight: Share = 0.25
    anticipation: Share = 1.0


Load = Constant | Ramp | Step | Spike | Csv | Double11


class Retry(_Part, frozen=True, kw_only=True):
    """When a request is tried again; only where HTTP allows it (see docs/rehearsal.md).

    `budget` retries a request are earned at most, over all requests; `reserve` may be spent before any are, and
    `saved` at most are kept. Waits double from `wait` to `wait_limit`, each with up to half taken off by chance.
    """

    attempts: Annotated[int, msgspec.Meta(ge=1, le=20)] = 8
    budget: Share = 0.2
    reserve: Count = 100
    saved: Count = 1000
    wait: Seconds = 0.05
    wait_limit: Seconds = 2.0
    statuses: tuple[Status, ...] = (502, 503, 504)
    shed: bool = False


class Generator(_Part, frozen=True, kw_only=True):
    """How the load is made. `lag_p99` and `lag_max` bound how late requests may be sent: past them a run is void."""

    arrivals: Literal["poisson", "uniform"] = "poisson"
    processes: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    connections: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 8192
    timeout: Length = 10.0
    lag_p99: Length = 0.1
    lag_max: Length = 1.0


class Queued(_Part, frozen=True, kw_only=True):
    """How a request is known that waited in a queue: a header of the answer with the wait, or its latency.

    `header` holds the wait in `unit`; one longer than `above` counts. Without the header, a latency over `latency`
    counts (0: none does).
    """

    header: str = "X-Yunbox-Queue-Time"
    unit: Literal["ms", "s"] = "ms"
    above: Seconds = 0.01
    latency: Seconds = 0.0


class Slo(_Part, frozen=True, kw_only=True):
    """What has to hold. A line that is left out (null) is not asked; `failed` counts failed and timed out."""

    p50: Seconds | None = None
    p90: Seconds | None = None
    p99: Seconds | None = None
    p999: Seconds | None = None
    p9999: Seconds | None = None
    latency_max: Seconds | None = None
    served: Share | None = None
    failed: Count | None = 0
    shed: Count | None = None
    lost: Count | None = 0
    doubled: Count | None = 0
    queued_share: Share | None = None
    under_provisioned: Share | None = None
    cost: float | None = None


class KillInstance(_Part, tag_field="kind", tag="kill-instance", frozen=True, kw_only=True):
    """Take the power of instances away: chosen at random among those in service, or the one named.

    `how`: "process" kills its processes from outside, "api" calls StopInstance with ForceStop.
    """

    at: Moment
    count: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    instance: str = ""
    how: Literal["process", "api"] = "process"


class KillBalancer(_Part, tag_field="kind", tag="kill-balancer", frozen=True, kw_only=True):
    """SIGKILL the process of the balancer (the target's, or the one named)."""

    at: Moment
    balancer: str = ""


class KillControllers(_Part, tag_field="kind", tag="kill-controllers", frozen=True, kw_only=True):
    """SIGKILL the cloud's controllers."""

    at: Moment


class SlowInstance(_Part, tag_field="kind", tag="slow-instance", frozen=True, kw_only=True):
    """Let an instance run for `share` of the time alone, for `length`: its processes are stopped and continued."""

    at: Moment
    length: Length = 5.0
    share: Share = 0.2
    instance: str = ""


class RunCommand(_Part, tag_field="kind", tag="command", frozen=True, kw_only=True):
    """Run a command of one's own, without a shell; its exit status is noted."""

    at: Moment
    argv: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    timeout: Length = 30.0


Fault = KillInstance | KillBalancer | KillControllers | SlowInstance | RunCommand


class Reconcile(_Part, frozen=True, kw_only=True):
    """How to read back what was executed: keys of a bucket of the cloud, or an HTTP endpoint.

    Each key below `prefix` is one execution; `id_pattern` is a regular expression whose first group is the id, in
    the rest of the key. The endpoint answers with a JSON list of ids, an id for each execution, with an object of
    ids and counts, or with an id a line. `wait`: so long is given to what is still under way.
    """

    bucket: str = ""
    prefix: str = ""
    id_pattern: str = r"^([^/.]+)"
    url: str = ""
    wait: Seconds = 2.0


class Watch(_Part, frozen=True, kw_only=True):
    """What to watch in the cloud. `per_instance` is what one instance serves, in requests a second.

    `served_by` is a header of the answers that names the instance; with it the first request that an instance
    served is known exactly.
    """

    scaling_group: str = ""
    per_instance: Rate = 0.0
    served_by: str = ""
    every: Length = 0.1
    after: Seconds = 0.0


class WarmUp(_Part, frozen=True, kw_only=True):
    """Requests before the rehearsal begins, counted nowhere."""

    rate: Rate = 10.0
    length: Seconds = 0.0


class Plan(_Part, frozen=True, kw_only=True):
    """A rehearsal. `limit` bounds all of it, `drain` the time that requests under way get at the end."""

    name: Name
    target: Target
    load: Load
    requests: Annotated[tuple[Request, ...], msgspec.Meta(min_length=1, max_length=1000)]
    slo: Slo = Slo()
    faults: tuple[Fault, ...] = ()
    retry: Retry = Retry()
    generator: Generator = Generator()
    queued: Queued = Queued()
    reconcile: Reconcile | None = None
    watch: Watch = Watch()
    warm_up: WarmUp = WarmUp()
    limit: Length = 3600.0
    seed: int = 1111
