"""Counters of one worker, and their exposition in Prometheus' text format over all workers.

Each worker keeps its counters in a small file of its own, rewritten when asked; whichever worker answers a scrape
adds up all of them. Counting costs a dictionary look-up on the hot path.
"""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

import msgspec

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Series(msgspec.Struct):
    """What is counted for one (product, operation, status)."""

    count: int = 0
    seconds: float = 0.0
    sent: int = 0
    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BUCKETS) + 1))


class Snapshot(msgspec.Struct):
    """The counters of one worker, as written to its file. `series` is keyed `product operation status`."""

    series: dict[str, Series] = {}
    failures: int = 0


class Metrics:
    """The counters of one worker process. `folder` is shared by the workers; `name` is this one's own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / f"{name}.metrics"
        self._series: dict[tuple[str, str, int], Series] = {}
        self.failures = 0

    def observe(self, product: str, operation: str, status: int, seconds: float, sent: int) -> None:
        """Count one answered request."""
        key = (product, operation, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series()
        series.count += 1
        series.seconds += seconds
        series.sent += sent
        series.buckets[bisect_left(BUCKETS, seconds)] += 1

    def publish(self) -> None:
        """Write this worker's counters where the others can read them."""
        named = {
            f"{product or '-'} {operation or '-'} {status}": s
            for (product, operation, status), s in self._series.items()
        }
        spare = self._path.with_suffix(".new")
        spare.write_bytes(msgspec.msgpack.encode(Snapshot(named, self.failures)))
        spare.replace(self._path)

    def expose(self) -> bytes:
        """Return the counters of all workers, added up, in Prometheus' text format 0.0.4."""
        self.publish()
        total: dict[str, Series] = {}
        failures = 0
        for path in sorted(self._folder.glob("*.metrics")):
            snapshot = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
            failures += snapshot.failures
            for name, series in snapshot.series.items():
                _add(total.setdefault(name, Series()), series)
        return _exposition(total, failures).encode()


def _add(total: Series, series: Series) -> None:
    total.count += series.count
    total.seconds += series.seconds
    total.sent += series.sent
    total.buckets = [a + b for a, b in zip(total.buckets, series.buckets, strict=True)]


def _exposition(total: dict[str, Series], failures: int) -> str:
    counts = ["# TYPE yunbox_requests_total counter"]
    sent = ["# TYPE yunbox_response_bytes_total counter"]
    times = ["# TYPE yunbox_request_seconds histogram"]
    for name, series in sorted(total.items()):
        product, operation, status = name.split(" ")
        labels = f'product="{product}",operation="{operation}",status="{status}"'
        counts.append(f"yunbox_requests_total{{{labels}}} {series.count}")
        sent.append(f"yunbox_response_bytes_total{{{labels}}} {series.sent}")
        running = 0
        for bound, count in zip((*BUCKETS, "+Inf"), series.buckets, strict=True):
            running += count
            times.append(f'yunbox_request_seconds_bucket{{{labels},le="{bound}"}} {running}')
        times.append(f"yunbox_request_seconds_sum{{{labels}}} {series.seconds}")
        times.append(f"yunbox_request_seconds_count{{{labels}}} {series.count}")
    failed = ["# TYPE yunbox_failures_total counter", f"yunbox_failures_total {failures}"]
    return "\n".join([*counts, *sent, *times, *failed]) + "\n"
