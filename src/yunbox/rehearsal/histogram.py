"""Histograms of latencies in bounded memory: buckets that are about 1.6 % wide, from 1 microsecond to days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PERCENTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999))

_SUB = 64
_SUB_BITS = 6


def bucket(seconds: float) -> int:
    """Return the bucket of a latency. Microseconds up to 64 have one each; then 64 share a power of two."""
    value = int(seconds * 1e6)
    if value < _SUB:
        return max(value, 0)
    shift = value.bit_length() - _SUB_BITS - 1
    return (shift << _SUB_BITS) + (value >> shift)


def upper(index: int) -> float:
    """Return the largest latency of a bucket, in seconds: a percentile is never told too small."""
    if index < _SUB:
        return (index + 1) / 1e6
    shift = (index >> _SUB_BITS) - 1
    return (((index & (_SUB - 1)) + _SUB + 1) << shift) / 1e6


class Histogram:
    """Counts a bucket. Adding those of two is as if all values had come to one."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = dict(counts or {})

    def record(self, seconds: float) -> None:
        """Count a latency."""
        index = bucket(seconds)
        self.counts[index] = self.counts.get(index, 0) + 1

    def add(self, other: Mapping[int, int]) -> None:
        """Add the counts of another."""
        mine = self.counts
        for index, count in other.items():
            mine[index] = mine.get(index, 0) + count

    @property
    def total(self) -> int:
        """How many values it holds."""
        return sum(self.counts.values())

    def quantiles(self, shares: Iterable[float]) -> list[float]:
        """Return the latencies that so many of the values do not exceed; zeros when it is empty.

        `shares` rise. Each is an upper bound, at most 1.6 % above the value itself.
        """
        total, found = self.total, []
        ordered = iter(sorted(self.counts.items()))
        seen, index = 0, 0
        for share in shares:
            wanted = max(1, -int(-share * total // 1))
            while seen < wanted:
                step = next(ordered, None)
                if step is None:
                    break
                index, seen = step[0], seen + step[1]
            found.append(upper(index) if total else 0.0)
        return found

    @property
    def largest(self) -> float:
        """The upper end of the highest bucket in use."""
        return upper(max(self.counts)) if self.counts else 0.0
