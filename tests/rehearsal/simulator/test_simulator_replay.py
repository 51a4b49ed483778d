"""A rehearsal's report in the simulator: what clients would have seen of the same arrivals and instances."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from yunbox.rehearsal.report import Latency, Outcomes, Report, Second, Watched
from yunbox.rehearsal.simulator.replay import read, replay, service_of

CALM = Latency(p50=0.05, p90=0.06, p99=0.07)
BUSY = Latency(p50=0.2, p90=0.3, p99=0.4)


def report(rates: list[int], ready: list[int]) -> Report:
    """Return the report of a rehearsal in which every request was served."""
    seconds = tuple(
        Second(
            at=at,
            intended=rate,
            sent=rate,
            completed=rate,
            outcomes=Outcomes(served=rate),
            retried=0,
            latency=CALM if rate <= 100 else BUSY,
            lag_max=0.0,
        )
        for at, rate in enumerate(rates)
    )
    watched = tuple(
        Watched(at=float(at), demand=1, desired=n, starting=0, ready=n, queued=0, in_flight=0)
        for at, n in enumerate(ready)
    )
    plain = json.loads((Path(__file__).parent / "report_frame.json").read_text())
    frame = read(json.dumps(plain).encode())
    fields = {name: getattr(frame, name) for name in frame.__struct_fields__}
    return Report(**fields | {"seconds": seconds, "watched": watched, "latency": CALM})


def test_how_long_a_request_takes_is_read_from_the_calm_seconds() -> None:
    mean, spread = service_of(report([100] * 10 + [500] * 5, [2] * 15))
    assert mean == pytest.approx(0.0505, rel=0.02)
    assert 0.1 < spread < 0.2


def test_enough_instances_make_nobody_wait() -> None:
    found = replay(report([100] * 20, [4] * 20), slots=4)
    assert found.simulated.p50 == pytest.approx(0.05, rel=0.05)
    assert found.simulated_waited < 0.01
    assert len(found.seconds) == 20


def test_too_few_make_them_wait_and_shed_them() -> None:
    found = replay(report([100] * 5 + [400] * 15, [2] * 20), slots=4, deadline=2.0)
    assert found.simulated.p99 > 1
    assert found.simulated_shed > 0.1
    late = [row for row in found.seconds if row[0] > 10]
    assert all(simulated > live for _, live, simulated, _, _ in late)
