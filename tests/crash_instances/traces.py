"""What a cloud's instances leave on the machine: processes, mounts, interfaces, control groups."""

from __future__ import annotations

import contextlib
from pathlib import Path

from yunbox.engines.compute.sandbox.places import Places


def traces(data: Path) -> list[str]:
    """Return everything there is of the instances of a data directory, but for files in it."""
    places = Places(data / "compute")
    return [*_processes(places), *_mounts(places), *_interfaces(places), *_groups(places)]


def _processes(places: Places) -> list[str]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                groups = (process / "cgroup").read_text()
                if f"{places.root}/" in command or places.prefix in groups:
                    found.append(f"process {process.name}: {command[:200]}")
    return found


def _mounts(places: Places) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [f"mount: {line.split()[4]}" for line in lines if f"{places.root}/" in line]


def _interfaces(places: Places) -> list[str]:
    return [f"interface: {each.name}" for each in Path("/sys/class/net").glob(f"{places.prefix}*")]


def _groups(places: Places) -> list[str]:
    below = Path("/sys/fs/cgroup")
    found = [*below.glob(f"yunbox-{places.prefix}/*/"), *below.glob(f"*/yunbox-{places.prefix}/*/")]
    return [f"control group: {each}" for each in found]
