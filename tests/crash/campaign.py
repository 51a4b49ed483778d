"""Rounds of load, death and resurrection on one data directory."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from running import RunningCloud

from crash.verdict import check_answers, check_databases, check_files
from crash.wire import Wire
from crash.writer import PLAIN, VERSIONED, Writer

WRITERS = 4
_LOAD_SECONDS = (0.02, 0.5)
_FILES_EVERY = 5


@dataclass
class Report:
    """What happened in all rounds."""

    kills: int = 0
    worker_kills: int = 0
    lost_with_workers: int = 0
    in_doubt: int = 0
    """Requests without an answer when the cloud died."""
    swept: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def facts(self) -> dict[str, object]:
        """Return what happened, by name."""
        return dataclasses.asdict(self) | {"acknowledged": dict(sorted(self.acknowledged.items()))}

    def __str__(self) -> str:
        done = ", ".join(f"{count} {name}" for name, count in sorted(self.acknowledged.items()))
        return (
            f"{self.kills} kills of the cloud and {self.worker_kills} of a worker in {self.seconds:.0f} s; "
            f"{self.acknowledged.total()} acknowledged ({done}); {self.in_doubt} in doubt at a kill, "
            f"{self.lost_with_workers} cut off with a worker; {self.swept} abandoned files reclaimed"
        )


class Campaign:
    """Kills a cloud again and again. The same `seed` asks for the same operations and moments."""

    def __init__(self, under: Path, seed: int) -> None:
        self.seed = seed
        self.report = Report()
        self._random = random.Random(seed)
        self._cloud = RunningCloud(under / "cloud")
        self._writers = [Writer(number, seed) for number in range(WRITERS)]

    def run(self, rounds: int, say: Callable[[str], None] = lambda _: None) -> Report:
        """Do so many rounds and check after each. Raises AssertionError naming the seed and the round."""
        began = time.monotonic()
        number = 0
        try:
            self._cloud.start()
            self._make_buckets()
            for number in range(1, rounds + 1):
                self._round(number, last=number == rounds)
                say(
                    f"round {number} of {rounds}: {self.report.in_doubt} requests in doubt so far, all accounted for"
                )
        except Exception as error:
            raise AssertionError(
                f"seed {self.seed}, round {number}: {error}\n{self._cloud.errors}"
            ) from error
        finally:
            self._cloud.stop()
        assert "Traceback" not in self._cloud.errors, self._cloud.errors
        for writer in self._writers:
            self.report.acknowledged.update(writer.counts)
            self.report.lost_with_workers += writer.lost
        self.report.seconds = time.monotonic() - began
        return self.report

    def _wire(self) -> Wire:
        return Wire(self._cloud.state["port"], self._cloud.keys)

    def _make_buckets(self) -> None:
        wire = self._wire()
        for bucket in (PLAIN, VERSIONED):
            assert wire.call("PUT", bucket).status == 200
        body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        assert wire.call("PUT", VERSIONED, query={"versioning": ""}, body=body).status == 200
        wire.close()

    def _round(self, number: int, *, last: bool) -> None:
        self._load_and_kill()
        if last or number % _FILES_EVERY == 0:
            self.report.swept += check_files(self._cloud.data)
        # Other free ports: somebody may have taken the former ones meanwhile.
        self._cloud.state = {}
        self._cloud.start()
        check_databases(self._cloud.data)
        self._check()
        if last:
            assert self._cloud.stop() == 0
            check_files(self._cloud.data)

    def _check(self) -> None:
        self.report.in_doubt += sum(
            len(states) > 1 for writer in self._writers for states in writer.objects.values()
        )
        wire = self._wire()
        try:
            check_answers(wire, self._writers)
        finally:
            wire.close()

    def _load_and_kill(self) -> None:
        doomed = threading.Event()
        victims: set[int] = set()
        failures: list[BaseException] = []
        threads = [
            threading.Thread(target=_run, args=(writer, self._wire(), doomed, victims, failures))
            for writer in self._writers
        ]
        for thread in threads:
            thread.start()
        try:
            if self._random.random() < 0.4:
                time.sleep(self._random.uniform(*_LOAD_SECONDS))
                self._kill_a_worker(victims)
            time.sleep(self._random.uniform(*_LOAD_SECONDS))
        finally:
            doomed.set()
            if self._random.random() < 0.2:
                self._kill_the_parent()
            self._cloud.kill()
            self.report.kills += 1
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]

    def _kill_the_parent(self) -> None:
        """Kill the parent alone, and give its children a moment in which they should notice."""
        assert self._cloud.process is not None
        self._cloud.process.send_signal(signal.SIGKILL)
        time.sleep(self._random.uniform(0, 0.02))

    def _kill_a_worker(self, victims: set[int]) -> None:
        """Kill one child of the cloud; note the client's ends of the connections that it held before."""
        assert self._cloud.process is not None
        parent = self._cloud.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        child = int(self._random.choice(children))
        os.kill(child, signal.SIGSTOP)
        try:
            victims.update(peers_of(child, self._cloud.state["port"]))
        finally:
            os.kill(child, signal.SIGKILL)
        self.report.worker_kills += 1


def peers_of(pid: int, port: int) -> set[int]:
    """Return the remote ports of the connections to the local `port` that a process holds (Linux)."""
    held = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(path.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            held.add(target[len("socket:[") : -1])
    found = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote, inode = (fields[1], fields[2], fields[9])
        if inode in held and int(local.rpartition(":")[2], 16) == port:
            found.add(int(remote.rpartition(":")[2], 16))
    return found


def _run(
    writer: Writer, wire: Wire, doomed: threading.Event, victims: set[int], failures: list[BaseException]
) -> None:
    try:
        writer.run(wire, doomed, victims)
    except BaseException as error:
        failures.append(error)
