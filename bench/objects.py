"""The object store scenarios: small and large objects, and listing, contestants alternating turn by turn."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench import doors, peers, proc
from bench.calls import Call, Load
from bench.doors import Door
from bench.load import LoadError, run
from bench.peers import Peer
from bench.tables import Figure, Results

SMALL = 4 * 1024
LARGE = 64 * 1024 * 1024
PAGE = 1000
_SEEDED = 512
_QUIET_SHARE = 0.1
_QUIET_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. `seconds` bounds a turn; the counts bound what it may send."""

    rounds: int = 3
    seconds: float = 1.0
    small_connections: tuple[int, ...] = (1, 16, 64)
    large_connections: tuple[int, ...] = (1, 16, 64)
    large_rounds: tuple[int, ...] = (3, 2, 1)
    list_connections: tuple[int, ...] = (1, 16)
    listed: int = 100_000

    def small_puts(self, connections: int) -> int:
        """Keys signed ahead for one PUT turn: more than 13,000/s (9,000/s on one connection) would use up."""
        return int(self.seconds * (9_000 if connections == 1 else 13_000))


QUICK = Plan(
    rounds=1, seconds=0.5, large_connections=(1,), large_rounds=(1,), listed=5_000, list_connections=(1,)
)


@dataclass(frozen=True, slots=True)
class Contestant:
    """One door of one peer. `share` scales the counts down for a peer that is much slower than the rest.

    It takes part in `scenarios`, and in the large one up to `most_large` connections: a turn there moves 4 GiB
    at 64 connections, and a whole run must end in some minutes.
    """

    name: str
    start: Callable[[Path], Peer]
    door: Callable[[Peer], Door]
    share: float = 1.0
    most_large: int = 64
    scenarios: tuple[str, ...] = ("small", "large", "list")

    def scaled(self, count: int) -> int:
        """At least one."""
        return max(1, int(count * self.share))


CONTESTANTS = (
    Contestant("yunbox OSS V1", peers.yunbox, peers.oss_v1, scenarios=("small",)),
    Contestant("yunbox OSS V4", peers.yunbox, peers.oss_v4),
    Contestant("yunbox S3", peers.yunbox, peers.s3_door),
    Contestant("seaweedfs", peers.seaweedfs, peers.s3_door),
    Contestant(
        "seaweedfs+fsync", peers.seaweedfs_fsync, peers.s3_door, most_large=16, scenarios=("small", "large")
    ),
    Contestant("moto", peers.moto, peers.moto_door, share=0.03, most_large=16),
)


def measure(
    contestants: Sequence[Contestant],
    plan: Plan,
    scenarios: Sequence[str],
    under: Path,
    say: Callable[[str], None],
    results: Results,
) -> None:
    """Start every peer once, run the scenarios (of small, large, list) into `results`, stop them all.

    Raises LoadError or PeerError as soon as one answer is wrong; nothing is left running.
    """
    with ExitStack() as stack:
        started: dict[Callable[[Path], Peer], Peer] = {}
        for contestant in contestants:
            if contestant.start not in started:
                started[contestant.start] = stack.enter_context(peers.running(contestant.start, under))
        arena = Arena(contestants, started, plan, under, say, results)
        for scenario in scenarios:
            say(f"{scenario} ...")
            {"small": arena.small, "large": arena.large, "list": arena.listing}[scenario]()


class Arena:
    """Running peers, and the turns they take."""

    def __init__(
        self,
        contestants: Sequence[Contestant],
        started: dict[Callable[[Path], Peer], Peer],
        plan: Plan,
        under: Path,
        say: Callable[[str], None],
        results: Results,
    ) -> None:
        self.contestants, self.started, self.plan = contestants, started, plan
        self.under, self.say, self.results = under, say, results
        generator = random.Random(11_11)
        self.bodies = [generator.randbytes(SMALL) for _ in range(64)]
        self.digests = [sha256(body).digest() for body in self.bodies]

    def small(self) -> None:
        """4 KiB PUT to new keys, and GET over 512 stored objects."""
        for contestant in self._once_a_peer("small"):
            door = self._door(contestant)
            self._unmeasured(contestant, [doors.put_bucket(door, "bench-small")])
            self._unmeasured(contestant, (self._small_put(door, f"get/{i:04}", i) for i in range(_SEEDED)))
        for number in range(self.plan.rounds):
            for connections in self.plan.small_connections:
                for contestant in self._taking_part("small"):
                    self._put_small(contestant, connections, number)
                for contestant in self._taking_part("small"):
                    self._get_small(contestant, connections, number)

    def _small_put(self, door: Door, key: str, index: int) -> Call:
        return doors.put(door, "bench-small", key, self.bodies[index % 64])

    def _put_small(self, who: Contestant, connections: int, number: int) -> None:
        door = self._door(who)
        prefix = f"{who.name.replace(' ', '-')}/{number}/{connections}"
        count = who.scaled(self.plan.small_puts(connections))
        calls = [self._small_put(door, f"{prefix}/{i:06}", i) for i in range(count)]
        self._turn(who, "PUT 4 KiB", connections, number, calls, 1, "/s")

    def _get_small(self, who: Contestant, connections: int, number: int) -> None:
        door = self._door(who)
        calls = [
            doors.get(door, "bench-small", f"get/{i:04}", self.bodies[i % 64], self.digests[i % 64])
            for i in range(_SEEDED)
        ]
        self._turn(who, "GET 4 KiB", connections, number, calls, 1, "/s", repeat=True)

    def large(self) -> None:
        """64 MiB PUT and GET, one object a connection (four on one connection), deleted after each round."""
        body = os.urandom(LARGE)
        digest = sha256(body).digest()
        bucket = "bench-large"
        for contestant in self._once_a_peer("large"):
            self._unmeasured(contestant, [doors.put_bucket(self._door(contestant), bucket)])
        for connections, rounds in zip(self.plan.large_connections, self.plan.large_rounds, strict=True):
            taking_part = [c for c in self._taking_part("large") if connections <= c.most_large]
            keys = [f"{connections}/{i:02}" for i in range(max(4, connections))]
            for number in range(min(rounds, self.plan.rounds)):
                for who in taking_part:
                    door = self._door(who)
                    names = [f"{who.name.replace(' ', '-')}/{key}" for key in keys]
                    puts = [doors.put(door, bucket, name, body) for name in names]
                    self._turn(who, "PUT 64 MiB", connections, number, puts, LARGE / 1e6, "MB/s", seconds=120)
                for who in taking_part:
                    door = self._door(who)
                    names = [f"{who.name.replace(' ', '-')}/{key}" for key in keys]
                    gets = [doors.get(door, bucket, name, body, digest) for name in names]
                    self._turn(who, "GET 64 MiB", connections, number, gets, LARGE / 1e6, "MB/s", repeat=True)
                    self._unmeasured(who, (doors.delete(door, bucket, name) for name in names))

    def listing(self) -> None:
        """Pages of 1,000 keys, all over a bucket of 100,000; fewer for a contestant with a small share."""
        bucket = "bench-list"
        for who in self._once_a_peer("list"):
            door = self._door(who)
            self._unmeasured(who, [doors.put_bucket(door, bucket)])
            began = time.perf_counter()
            keys = (f"k/{i:06}" for i in range(self._listed(who)))
            self._unmeasured(who, (doors.put(door, bucket, key, b"0123456789abcdef") for key in keys), 32)
            self.say(
                f"  {who.start.__name__}: {self._listed(who):,} keys in {time.perf_counter() - began:.1f} s"
            )
        for number in range(self.plan.rounds):
            for connections in self.plan.list_connections:
                for who in self._taking_part("list"):
                    pages = list(_pages(self._door(who), bucket, self._listed(who)))
                    self._turn(who, f"LIST {PAGE:,}", connections, number, pages, 1, "/s", repeat=True)

    def _listed(self, who: Contestant) -> int:
        return max(2 * PAGE, who.scaled(self.plan.listed) // PAGE * PAGE)

    def _door(self, who: Contestant) -> Door:
        """A door signed for now: signatures are good for minutes, a whole run may take longer."""
        return who.door(self.started[who.start])

    def _taking_part(self, scenario: str) -> list[Contestant]:
        return [contestant for contestant in self.contestants if scenario in contestant.scenarios]

    def _once_a_peer(self, scenario: str) -> Iterable[Contestant]:
        seen = set()
        for contestant in self._taking_part(scenario):
            if contestant.start not in seen:
                seen.add(contestant.start)
                yield contestant

    def _unmeasured(self, who: Contestant, calls: Iterable[Call], connections: int = 8) -> None:
        peer = self.started[who.start]
        known = list(calls)
        try:
            run(peers.HOST, peer.port, known, connections=min(connections, len(known)), seconds=300)
        except LoadError as error:
            raise LoadError(f"{who.name}, preparing: {error}\n{peer.log()}") from error

    def _turn(
        self,
        who: Contestant,
        scenario: str,
        connections: int,
        number: int,
        calls: Sequence[Call],
        scale: float,
        unit: str,
        *,
        repeat: bool = False,
        seconds: float | None = None,
    ) -> None:
        peer = self.started[who.start]
        self._settle()
        before, busy, own = proc.flushes(self.under), proc.busy(), proc.cpu(peer.process.pid)
        try:
            load = run(
                peers.HOST, peer.port, calls, connections=connections, seconds=seconds or self.plan.seconds,
                repeat=repeat, sample_every=16,
            )  # fmt: skip
        except LoadError as error:
            raise LoadError(f"{who.name}, {scenario} at {connections}: {error}\n{peer.log()}") from error
        after, busy, own = proc.flushes(self.under), proc.busy() - busy, proc.cpu(peer.process.pid) - own
        others = max(0.0, busy - own - load.client_cpu) / load.seconds
        flushed = None if before is None or after is None else after - before
        figure = _figure(load, who, scenario, connections, number, scale, unit, flushed, others)
        self.results.figures.append(figure)
        self.say(
            f"  round {number + 1}  {scenario} x{connections:<3} {who.name:<16} {figure.value:10,.1f} {unit}"
        )

    def _settle(self) -> None:
        """Wait until nobody pays for another: unwritten pages are on the disk and no peer is at work."""
        os.sync()
        until = time.perf_counter() + _QUIET_SECONDS
        while time.perf_counter() < until:
            before = {peer.name: proc.cpu(peer.process.pid) for peer in self.started.values()}
            time.sleep(0.1)
            used = sum(proc.cpu(peer.process.pid) - before[peer.name] for peer in self.started.values())
            if used <= _QUIET_SHARE * 0.1 * 2:
                return
        self.say("  (a peer is still busy with earlier work)")


def _figure(
    load: Load, who: Contestant, scenario: str, connections: int, number: int, scale: float, unit: str,
    flushed: int | None, others: float,
) -> Figure:  # fmt: skip
    return Figure(
        scenario=scenario,
        connections=connections,
        contestant=who.name,
        round=number,
        value=load.rate * scale,
        unit=unit,
        p50=load.quantile(0.5) * 1e3,
        p99=load.quantile(0.99) * 1e3,
        longest=load.latencies[-1] * 1e3,
        calls=load.calls,
        client_cpu_share=load.client_cpu / load.seconds,
        reconnects=load.reconnects,
        flushes=flushed,
        others_cpu_share=others,
    )


def _pages(door: Door, bucket: str, keys: int) -> Iterable[Call]:
    """The pages that a walk over the bucket asks for. `after` is the key before a page's first."""
    for first in range(0, keys, PAGE):
        yield doors.list_page(door, bucket, f"k/{first - 1:06}" if first else "", min(PAGE, keys - first))
