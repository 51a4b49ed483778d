"""Limits of processors, memory and processes, by control groups of either version."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from functools import cache
from pathlib import Path

from yunbox.engines.compute.sandbox.places import Places

PROCESSES = 4096
"""So many processes and threads a sandbox may have."""

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
_SMALLEST_QUOTA = 1000
_ATTEMPTS, _MOMENT = 200, 0.01
_LIMITS = ("cpu", "memory", "pids")
_ACCOUNT = "cpuacct"
"""Where groups of the first version count processor time apart from limiting it; it limits nothing."""


class Groups:
    """The control groups of one driver's sandboxes."""

    def __init__(self, places: Places) -> None:
        self._name = f"yunbox-{places.prefix}"

    def _folders(self) -> dict[str, Path]:
        """Return the folder of this driver by what its groups are for, of those that can be had."""
        return {kind: parent / self._name for kind, parent in _parents().items()}

    def create(self, sandbox: str, cpus: float, memory: int) -> dict[str, Path]:
        """Make a sandbox's groups with these limits; return them by what they are for, of those that can be had."""
        made = {}
        for kind, folder in self._folders().items():
            try:
                place = folder / sandbox
                if _unified():
                    folder.mkdir(exist_ok=True)
                    _hand_down(folder)
                place.mkdir(parents=True, exist_ok=True)
                _set(place, kind, cpus, memory)
                made[kind] = place
            except OSError:
                continue
        return made

    def places(self, sandbox: str) -> list[Path]:
        """Return the groups that a sandbox has."""
        found = {folder / sandbox for folder in self._folders().values()}
        return sorted(each for each in found if each.is_dir())

    def limits(self, sandbox: str) -> tuple[str, ...]:
        """Return which limits a sandbox has."""
        folders = self._folders()
        return tuple(kind for kind in _LIMITS if kind in folders and (folders[kind] / sandbox).is_dir())

    def counters(self, sandbox: str) -> tuple[Path | None, Path | None]:
        """Return the groups that count a sandbox's processor time and its memory, where there are any."""
        folders = self._folders()
        time_, memory = folders.get(_ACCOUNT, folders.get("cpu")), folders.get("memory")
        return time_ and time_ / sandbox, memory and memory / sandbox

    def remove(self, sandbox: str) -> None:
        """Remove a sandbox's groups; its processes must have ended."""
        for place in self.places(sandbox):
            _remove(place)

    def sweep(self, known: set[str]) -> None:
        """Remove the groups of sandboxes that are not known, and this driver's own when nothing is left in them."""
        for folder in set(self._folders().values()):
            if not folder.is_dir():
                continue
            for place in folder.iterdir():
                if place.is_dir() and place.name not in known:
                    with contextlib.suppress(OSError):
                        place.rmdir()
            with contextlib.suppress(OSError):
                folder.rmdir()


def _remove(place: Path) -> None:
    """Remove a group. The kernel takes a moment to see that the processes in it have ended, and tells nobody."""
    for attempt in range(_ATTEMPTS):
        try:
            place.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_MOMENT)
        else:
            return


def join(places: list[Path], pid: int) -> None:
    """Put a process into groups."""
    for place in places:
        (place / "cgroup.procs").write_text(str(pid))


def enforced() -> dict[str, str]:
    """Return, by limit, an empty text when this machine enforces it, or why not."""
    possible = _parents()
    why = "no control group of this kind is writable under /sys/fs/cgroup"
    return {kind: "" if kind in possible else why for kind in _LIMITS}


def _unified() -> bool:
    return (_ROOT / "cgroup.controllers").exists()


@cache
def _parents() -> dict[str, Path]:
    """Return, by what they are for, the folder in which groups can be made."""
    if _unified():
        return _unified_parents()
    found = {}
    for kind in _LIMITS:
        for name in (kind, f"{kind},cpuacct", f"cpuacct,{kind}"):
            place = _ROOT / name
            if (place / "cgroup.procs").exists() and os.access(place, os.W_OK):
                found[kind] = place
                break
    account = _ROOT / _ACCOUNT
    apart = "cpu" not in found or not account.samefile(found["cpu"]) if account.exists() else False
    if apart and os.access(account / "cgroup.procs", os.W_OK):
        found[_ACCOUNT] = account
    return found


def _unified_parents() -> dict[str, Path]:
    if not os.access(_ROOT / "cgroup.subtree_control", os.W_OK):
        return {}
    _hand_down(_ROOT)
    try:
        given = (_ROOT / "cgroup.subtree_control").read_text().split()
    except OSError:
        return {}
    return {kind: _ROOT for kind in _LIMITS if kind in given}


def _hand_down(folder: Path) -> None:
    """Let groups below have the limits; where processes stand in the folder itself, the kernel refuses that."""
    for kind in _LIMITS:
        with contextlib.suppress(OSError):
            (folder / "cgroup.subtree_control").write_text(f"+{kind}")


def _set(place: Path, kind: str, cpus: float, memory: int) -> None:
    if kind == _ACCOUNT:
        return
    quota = max(_SMALLEST_QUOTA, int(cpus * _PERIOD))
    if kind == "pids":
        (place / "pids.max").write_text(str(PROCESSES))
    elif kind == "cpu" and _unified():
        (place / "cpu.max").write_text(f"{quota} {_PERIOD}")
    elif kind == "cpu":
        (place / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (place / "cpu.cfs_quota_us").write_text(str(quota))
    elif _unified():
        (place / "memory.max").write_text(str(memory))
        with contextlib.suppress(FileNotFoundError):
            (place / "memory.swap.max").write_text("0")
    else:
        (place / "memory.limit_in_bytes").write_text(str(memory))
