"""Start to first answered request, and idle memory, of yunbox and its peers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import peers, proc
from bench.peers import Peer
from bench.tables import Spread, render

IDLE_SECONDS = 3.0
PEERS: tuple[Callable[[Path], Peer], ...] = (peers.yunbox, peers.seaweedfs, peers.moto)


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds from exec to a signed ListBuckets answered 200; memory `IDLE_SECONDS` later."""

    peer: str
    round: int
    seconds: float
    processes: int
    rss: int
    pss: int


def measure(
    rounds: int, starts: Sequence[Callable[[Path], Peer]], under: Path, say: Callable[[str], None]
) -> list[Start]:
    """Start each peer `rounds` times with empty data, alternating, one at a time."""
    found = []
    for number in range(rounds):
        for start in starts:
            with peers.running(start, under) as peer:
                time.sleep(IDLE_SECONDS)
                used = proc.memory(peer.process.pid)
                one = Start(peer.name, number, peer.started, used.processes, used.rss, used.pss)
            found.append(one)
            taken = f"{one.seconds * 1e3:8.0f} ms  {one.pss / 2**20:7.1f} MiB"
            say(f"  round {number + 1}  {one.peer:<12} {taken}")
    return found


def table(starts: Sequence[Start]) -> str:
    """Median (min-max) over the rounds, and the ratio of the medians to yunbox's."""
    names = list(dict.fromkeys(start.peer for start in starts))
    rows = []
    for name in names:
        own = [start for start in starts if start.peer == name]
        rows.append(
            [
                name,
                Spread.of(s.seconds * 1e3 for s in own).text(0),
                Spread.of(s.rss / 2**20 for s in own).text(),
                Spread.of(s.pss / 2**20 for s in own).text(),
                str(max(s.processes for s in own)),
            ]
        )
    return render(["", "first answer, ms", "idle RSS, MiB", "idle PSS, MiB", "processes"], rows, left=1)
