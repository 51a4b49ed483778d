"""A request with what its answer must be, and what a run of requests gave. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what its answer must be.

    `wire` is the head, or the head and a small body; `body` is sent after it without a copy. `length`
    (bytes of the answer's body) is checked on every answer, `sha256` on a sample, and `count`, a marker
    and how often the body must hold it, on every answer.
    """

    wire: bytes
    body: bytes = b""
    length: int | None = None
    sha256: bytes | None = None
    count: tuple[bytes, int] | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What a run gave. Seconds, bytes of bodies, latencies in seconds (sorted), client CPU seconds."""

    calls: int
    seconds: float
    sent: int
    received: int
    latencies: tuple[float, ...]
    client_cpu: float
    digests_checked: int
    reconnects: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.calls / self.seconds

    @property
    def throughput(self) -> float:
        """Body bytes a second, both directions."""
        return (self.sent + self.received) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that `share` of the answers did not exceed (nearest rank)."""
        return quantile(self.latencies, share)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Nearest-rank quantile of an ascending, non-empty sequence; `share` in 0..1."""
    if not ordered:
        raise ValueError("no values")
    rank = max(1, -(-len(ordered) * round(share * 10_000) // 10_000))
    return ordered[min(rank, len(ordered)) - 1]
