"""The figures of a run, from what its generator counted. Pure."""

from __future__ import annotations

from yunbox.rehearsal.histogram import Histogram, upper
from yunbox.rehearsal.tally import FAILED, QUEUED, SERVED, SHED, TIMED_OUT, OfKind, Tally
from yunbox.services.pts.model import ApiFigures, Figures


def figures(tally: Tally, at: float, *, over: bool) -> Figures:
    """Return the figures `at` seconds from the start; requests are named by their number in the scene."""
    apis = tuple(_of(name.partition(":")[0], kind) for name, kind in sorted(tally.kinds.items(), key=_number))
    whole = OfKind()
    for kind in tally.kinds.values():
        whole.outcomes = [mine + other for mine, other in zip(whole.outcomes, kind.outcomes, strict=True)]
    whole.latency = tally.latency().counts
    seconds = max(at, 0.0)
    last = tally.seconds.get(int(at) - 1)
    rate = sum(whole.outcomes) / seconds if over and seconds else float(last.completed if last else 0)
    return Figures(
        all=_of("", whole),
        apis=apis,
        rate=round(rate, 2),
        seconds=round(seconds, 3),
        in_flight=tally.in_flight,
    )


def _number(item: tuple[str, OfKind]) -> int:
    return int(item[0].partition(":")[0])


def _of(name: str, kind: OfKind) -> ApiFigures:
    ended, latency = kind.outcomes, Histogram(kind.latency)
    p50, p90, p99 = latency.quantiles((0.5, 0.9, 0.99))
    served = ended[SERVED] + ended[QUEUED]
    mean = sum(upper(index) * count for index, count in kind.latency.items()) / served if served else 0.0
    return ApiFigures(
        name=name,
        count=sum(ended),
        failed=ended[FAILED] + ended[TIMED_OUT],
        shed=ended[SHED],
        mean=mean,
        p50=p50,
        p90=p90,
        p99=p99,
        largest=latency.largest,
        smallest=upper(min(kind.latency)) if kind.latency else 0.0,
    )
