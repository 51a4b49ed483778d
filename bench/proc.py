"""What the kernel says about processes and block devices: memory, CPU, flushes. Linux only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat, as far as it matters here. `cpu` is user and system time in seconds."""

    pid: int
    parent: int
    session: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes over all processes of a tree; RSS counts a shared page in each process, PSS divides it."""

    processes: int
    rss: int
    pss: int


def parse_stat(text: str) -> Process:
    """Read a stat line. The command in parentheses may itself hold spaces and parentheses."""
    pid = int(text[: text.index(" ")])
    fields = text[text.rindex(")") + 2 :].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return Process(pid, int(fields[1]), int(fields[3]), (int(fields[11]) + int(fields[12])) / ticks)


def tree(root: int, processes: list[Process]) -> list[Process]:
    """`root`, its descendants, and all of the session that it leads."""
    by_parent: dict[int, list[Process]] = {}
    for process in processes:
        by_parent.setdefault(process.parent, []).append(process)
    found = {process.pid: process for process in processes if process.pid == root or process.session == root}
    waiting = list(found)
    while waiting:
        for child in by_parent.get(waiting.pop(), []):
            if child.pid not in found:
                found[child.pid] = child
                waiting.append(child.pid)
    return [found[pid] for pid in sorted(found)]


def snapshot() -> list[Process]:
    """Every process there is now; one that ends meanwhile is left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append(parse_stat((entry / "stat").read_text(errors="replace")))
            except (OSError, ValueError):
                continue
    return found


def parse_rollup(text: str) -> tuple[int, int]:
    """RSS and PSS in bytes from the text of smaps_rollup. Raises ValueError when either is missing."""
    values = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            values[name] = int(rest.split()[0]) * 1024
    if len(values) != 2:
        raise ValueError("no Rss and Pss in smaps_rollup")
    return values["Rss"], values["Pss"]


def memory(root: int) -> Memory:
    """Memory of a process tree now. Raises OSError when the root is gone."""
    parts = []
    for process in tree(root, snapshot()):
        try:
            parts.append(parse_rollup(Path(f"/proc/{process.pid}/smaps_rollup").read_text()))
        except (OSError, ValueError):
            if process.pid == root:
                raise
    return Memory(len(parts), sum(rss for rss, _ in parts), sum(pss for _, pss in parts))


def cpu(root: int) -> float:
    """CPU seconds that the living processes of a tree have used."""
    return sum(process.cpu for process in tree(root, snapshot()))


def parse_busy(text: str) -> float:
    """CPU seconds that all cores were not idle, from the first line of /proc/stat."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, text.split(None, 9)[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def busy() -> float:
    """CPU seconds this machine has been busy since it started."""
    return parse_busy(Path("/proc/stat").read_text())


def flushes(directory: Path) -> int | None:
    """Flush requests completed so far by the block device under `directory`; None when it has none to tell.

    Field 16 of the device's `stat` (Documentation/block/stat.rst, since 5.5). It counts the whole device,
    so it is evidence of who asks for durability, not an account of one process.
    """
    device = directory.stat().st_dev
    path = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    try:
        return int(path.read_text().split()[15])
    except (OSError, IndexError, ValueError):
        return None
