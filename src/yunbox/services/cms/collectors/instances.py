"""What instances use, as metrics of acs_ecs_dashboard: the difference of two readings of the engine's counters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from yunbox.control.store import Store
from yunbox.engines.compute.interface import Compute, Traffic, Usage
from yunbox.engines.metrics.interface import Sample, Series, one
from yunbox.services.cms.metrics.catalogue import ECS
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.model import Instance

DISK_SECONDS = 15.0
"""So many seconds of the machine's clock pass at least between two looks at files."""

LOADS = (("load_1m", 60.0), ("load_5m", 300.0), ("load_15m", 900.0))

Value = tuple[str, float, tuple[tuple[str, str], ...]]
"""A metric, what it amounts to, and the dimensions that it has besides the instance."""


class Machine(msgspec.Struct, frozen=True):
    """What of an instance its usage is held against; `disks` are devices and sizes (bytes) by the engine's volume."""

    account: str
    cpus: float
    memory: int
    disks: Mapping[str, tuple[str, int]] = {}


def rates(before: Usage, now: Usage, machine: Machine) -> Iterator[Value]:
    """Yield what an instance used between two readings. Rates are by the second of the machine's clock.

    Nothing when the second is of another run of the instance.
    """
    seconds = now.at - before.at
    if seconds <= 0 or now.cpu < before.cpu:
        return
    cpu = _percent(now.cpu - before.cpu, seconds * machine.cpus)
    yield "CPUUtilization", cpu, ()
    yield "cpu_total", cpu, ()
    yield "cpu_idle", 100.0 - cpu, ()
    yield from _memory(now.memory, machine.memory)
    if now.established is not None and now.connections is not None:
        yield "concurrentConnections", now.connections, ()
        yield "net_tcpconnection", now.established, (("state", "ESTABLISHED"),)
        yield "net_tcpconnection", now.connections - now.established, (("state", "NON_ESTABLISHED"),)
        yield "net_tcpconnection", now.connections, (("state", "TCP_TOTAL"),)
    if before.traffic is not None and now.traffic is not None:
        yield from _traffic(before.traffic, now.traffic, seconds)


def _memory(used: int, all_: int) -> Iterator[Value]:
    yield "memory_totalspace", all_, ()
    yield "memory_usedspace", used, ()
    yield "memory_actualusedspace", used, ()
    yield "memory_freespace", max(0, all_ - used), ()
    yield "memory_usedutilization", _percent(used, all_), ()
    yield "memory_freeutilization", 100.0 - _percent(used, all_), ()


def _traffic(before: tuple[Traffic, ...], now: tuple[Traffic, ...], seconds: float) -> Iterator[Value]:
    earlier = {each.interface: each for each in before}
    received = sent = 0.0
    for number, each in enumerate(now):
        old = earlier.get(each.interface, each)
        device = (("device", f"eth{number}"),)
        rate_in = max(0, each.bytes_in - old.bytes_in) * 8 / seconds
        rate_out = max(0, each.bytes_out - old.bytes_out) * 8 / seconds
        received, sent = received + rate_in, sent + rate_out
        yield "networkin_rate", rate_in, device
        yield "networkout_rate", rate_out, device
        yield "networkin_packages", max(0, each.packets_in - old.packets_in) / seconds, device
        yield "networkout_packages", max(0, each.packets_out - old.packets_out) / seconds, device
    yield "IntranetInRate", received, ()
    yield "IntranetOutRate", sent, ()


def filled(occupied: Mapping[str, int], machine: Machine) -> Iterator[Value]:
    """Yield what files take of an instance's disks."""
    for volume, used in occupied.items():
        if volume in machine.disks:
            device, size = machine.disks[volume]
            where = (("device", device),)
            yield "diskusage_total", size, where
            yield "diskusage_used", used, where
            yield "diskusage_free", max(0, size - used), where
            yield "diskusage_utilization", _percent(used, size), where


def damped(load: float, runnable: int, seconds: float, span: float) -> float:
    """Return a load over `span` seconds, after another `seconds` in which so many threads ran or wanted to."""
    kept = math.exp(-seconds / span)
    return load * kept + runnable * (1.0 - kept)


def _percent(part: float, whole: float) -> float:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else 0.0


class InstanceCollector:
    """Measures all running instances; what it keeps in memory may be lost at any moment."""

    def __init__(self, store: Store, compute: Compute) -> None:
        self._store = store
        self._compute = compute
        self._generation: object = None
        self._machines: dict[str, Machine] = {}
        self._before: dict[str, Usage] = {}
        self._loads: dict[str, tuple[float, ...]] = {}
        self._occupied: dict[str, Mapping[str, int]] = {}
        self._disks_at = -math.inf

    async def measure(self, cells: list[float], seconds: float) -> list[Sample]:
        """Return what was measured in the last `seconds`, once for each of the cells."""
        machines = self._known()
        if not machines:
            self._before.clear()
            return []
        usage = {each.id: each for each in await self._compute.usage() if each.id in machines}
        await self._look_at_files(usage)
        samples: list[Sample] = []
        for id_, now in usage.items():
            values = list(self._values(id_, now, machines[id_], seconds))
            samples += _samples(id_, machines[id_].account, values, cells)
        self._before = usage
        for kept in (self._loads, self._occupied):
            for gone in kept.keys() - usage.keys():
                del kept[gone]
        return samples

    def _values(self, id_: str, now: Usage, machine: Machine, seconds: float) -> Iterator[Value]:
        before = self._before.get(id_)
        found = list(rates(before, now, machine)) if before is not None else []
        if not found:
            self._loads.pop(id_, None)
            return
        yield from found
        yield from filled(self._occupied.get(id_, {}), machine)
        old = self._loads.get(id_, (float(now.runnable),) * len(LOADS))
        loads = self._loads[id_] = tuple(
            damped(load, now.runnable, seconds, span) for load, (_, span) in zip(old, LOADS, strict=True)
        )
        for load, (name, _) in zip(loads, LOADS, strict=True):
            yield name, load, ()

    async def _look_at_files(self, usage: Mapping[str, Usage]) -> None:
        """Look at the files of some instances: of each once in twenty turns, for that takes its time."""
        at = max((each.at for each in usage.values()), default=-math.inf)
        if at < self._disks_at + DISK_SECONDS:
            return
        self._disks_at = at
        never = [each for each in usage if each not in self._occupied]
        longest_ago = [each for each in self._occupied if each in usage]
        for id_ in (never + longest_ago)[: math.ceil(len(usage) / 20)]:
            self._occupied.pop(id_, None)
            self._occupied[id_] = await self._compute.occupied(id_)

    def _known(self) -> dict[str, Machine]:
        """Return the instances that are to run, as they were at the last change of the store."""
        generation = self._store.generation()
        if generation != self._generation:
            with self._store.read() as view:
                disks: dict[str, dict[str, tuple[str, int]]] = {}
                for disk in view.find(Disk):
                    if disk.parent:
                        volume = "" if disk.type == "system" else disk.id
                        disks.setdefault(disk.parent, {})[volume] = (disk.device, disk.size << 30)
                self._machines = {
                    each.id: Machine(each.account, float(each.cpu), each.memory << 20, disks.get(each.id, {}))
                    for each in view.find(Instance)
                    if each.desired == "Running"
                }
            self._generation = generation
        return self._machines


def _samples(id_: str, account: str, values: list[Value], cells: list[float]) -> Iterator[Sample]:
    own = (("instanceId", id_), ("userId", account))
    for metric, value, more in values:
        series = Series(account, ECS, metric, tuple(sorted((*own, *more))) if more else own)
        for at in cells:
            yield one(series, at, float(value))
