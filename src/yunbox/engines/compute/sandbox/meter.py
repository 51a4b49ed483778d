"""What running sandboxes use: counters of control groups and network namespaces, or of processes without those."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from yunbox.engines.compute.interface import Interface, Traffic, Usage
from yunbox.engines.compute.sandbox.life import Life
from yunbox.engines.compute.sandbox.places import Places
from yunbox.engines.compute.sandbox.processes import Process
from yunbox.engines.compute.sandbox.roots import size

THREADS_LOOKED_AT = 1024
"""Of so many threads of a sandbox the state is read; beyond that they count as sleeping."""


class Counted(msgspec.Struct, frozen=True):
    """What processes of a sandbox have used: seconds of processors, bytes of memory, and how many they are."""

    cpu: float
    memory: int
    processes: int
    threads: int
    runnable: int


class Meter:
    """Reads the counters of one driver's sandboxes."""

    def __init__(self, places: Places, life: Life) -> None:
        self._places = places
        self._life = life

    def read(self) -> list[Usage]:
        """Return what every running sandbox has used, by id."""
        running = [(each, process) for each in self._life.ids() if (process := self._life.process(each))]
        bare = [process for each, process in running if not self._counted_by_groups(each)]
        counted = _by_processes(bare) if bare else {}
        return [
            used
            for each, process in running
            if (used := self._usage(each, process, counted.get(process.pid))) is not None
        ]

    def occupied(self, sandbox: str) -> Mapping[str, int]:
        """Return what a sandbox's layer and volumes take on disk."""
        if not self._places.sandbox(sandbox).exists():
            return {}
        spec = self._life.spec(sandbox)
        volumes = [each.volume for each in spec.mounts] if spec is not None else []
        found = {each: size(self._life.attachments.data(each)) for each in volumes}
        return {"": size(self._places.layer(sandbox)), **found}

    def _counted_by_groups(self, sandbox: str) -> bool:
        return all(each is not None and each.is_dir() for each in self._life.groups.counters(sandbox))

    def _usage(self, sandbox: str, process: Process, counted: Counted | None) -> Usage | None:
        """Return what a sandbox has used, or None when it has ended meanwhile."""
        at = time.monotonic()
        try:
            if counted is None:
                counted = _by_groups(*self._life.groups.counters(sandbox))
            usage = Usage(id=sandbox, at=at, **msgspec.structs.asdict(counted))
            spec = self._life.spec(sandbox)
            if spec is None or not self._places.namespace(sandbox).exists():
                return usage
            folder = Path(f"/proc/{process.pid}/net")
            established, connections = _connections(folder)
            return msgspec.structs.replace(
                usage,
                traffic=_traffic((folder / "dev").read_text(), spec.interfaces),
                established=established,
                connections=connections,
            )
        except (OSError, ValueError, IndexError):
            return None


def _by_groups(time_: Path | None, memory: Path | None) -> Counted:
    """Return what the processes of groups have used. Raises OSError when the groups are gone."""
    if time_ is None or memory is None:
        raise FileNotFoundError("the sandbox has no control groups")
    account = time_ / "cpuacct.usage"
    if (time_ / "cpu.stat").exists() and not account.exists():
        cpu = _field((time_ / "cpu.stat").read_text(), "usage_usec") / 1e6
        used, inactive = (memory / "memory.current"), "inactive_file"
        tasks = time_ / "cgroup.threads"
    else:
        cpu = int(account.read_text()) / 1e9
        used, inactive = (memory / "memory.usage_in_bytes"), "total_inactive_file"
        tasks = time_ / "tasks"
    cached = _field((memory / "memory.stat").read_text(), inactive)
    threads = tasks.read_text().split()
    processes = (time_ / "cgroup.procs").read_text().split()
    return Counted(
        cpu=cpu,
        memory=max(0, int(used.read_text()) - cached),
        processes=len(processes),
        threads=len(threads),
        runnable=sum(_state(each) in b"RD" for each in threads[:THREADS_LOOKED_AT]),
    )


def _field(text: str, name: str) -> int:
    """Return the number that follows a name on a line of its own, or 0."""
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _state(thread: str) -> bytes:
    try:
        with open(f"/proc/{thread}/stat", "rb") as file:  # noqa: PTH123 - a path object takes as long as the rest
            text = file.read()
    except OSError:
        return b"-"
    at = text.rindex(b")") + 2
    return text[at : at + 1]


def _by_processes(first: list[Process]) -> dict[int, Counted]:
    """Return what sandboxes' processes have used, by the number of the first one: those of its namespace."""
    spaces: dict[str, int] = {}
    for each in first:
        if space := _namespace(str(each.pid)):
            spaces[space] = each.pid
    found: dict[int, Counted] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is wanted
        pid = spaces.get(_namespace(name), 0) if name.isdigit() else 0
        if not pid:
            continue
        try:
            text = Path(f"/proc/{name}/stat").read_bytes()
        except OSError:
            continue
        fields = text[text.rindex(b")") + 2 :].split()
        before = found.get(pid, Counted(0.0, 0, 0, 0, 0))
        # With the time of children that have ended and were waited for.
        ticks = sum(map(int, fields[11:15]))
        found[pid] = Counted(
            cpu=before.cpu + ticks / _ticks(),
            memory=before.memory + int(fields[21]) * _page(),
            processes=before.processes + 1,
            threads=before.threads + int(fields[17]),
            runnable=before.runnable + (fields[0] in (b"R", b"D")),
        )
    return found


def _namespace(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")  # noqa: PTH115 - read for every process of the machine
    except OSError:
        return ""


@cache
def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")


@cache
def _page() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def _traffic(text: str, interfaces: tuple[Interface, ...]) -> tuple[Traffic, ...]:
    """Return what /proc/net/dev says of eth0, eth1 ..., which are the interfaces in their order."""
    lines = {
        name.strip(): values.split()
        for name, _, values in (each.partition(":") for each in text.splitlines())
    }
    found = []
    for number, interface in enumerate(interfaces):
        values = [int(each) for each in lines.get(f"eth{number}", ())]
        if values:
            found.append(
                Traffic(
                    interface=interface.id,
                    bytes_in=values[0],
                    packets_in=values[1],
                    dropped_in=values[3],
                    bytes_out=values[8],
                    packets_out=values[9],
                    dropped_out=values[11],
                )
            )
    return tuple(found)


def _connections(folder: Path) -> tuple[int, int]:
    """Return how many TCP connections are established, and how many there are with those that are ending."""
    snmp = (folder / "snmp").read_text().splitlines()
    names, values = (each.split() for each in snmp if each.startswith("Tcp:"))
    established = int(values[names.index("CurrEstab")])
    for line in (folder / "sockstat").read_text().splitlines():
        kind, *pairs = line.split()
        if kind == "TCP:":
            counts = dict(zip(pairs[::2], map(int, pairs[1::2]), strict=False))
            return established, established + counts.get("tw", 0) + counts.get("orphan", 0)
    return established, established
