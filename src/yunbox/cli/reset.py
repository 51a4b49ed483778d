"""`yunbox reset`: delete all data of a cloud."""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
from pathlib import Path

from yunbox.cli.main import CommandError
from yunbox.cli.places import LOCK, MARKER, HeldError, add_data, held
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Known
from yunbox.engines.compute.sandbox.engine import SandboxCompute

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPE = re.compile(r"\\([0-7]{3})")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Delete what is in the data directory, and end what runs of it.

    Refused while a cloud runs on it, and for any other folder.
    """
    data: Path = arguments.data
    if not data.exists():
        print(f"There is nothing in {data}.")
        return 0
    if data.is_symlink() or not (data / MARKER).is_file():
        raise CommandError(
            f"{data} is not a data directory of yunbox: it has no file {MARKER}. Nothing was deleted."
        )
    if not arguments.yes and not _agreed(data):
        print("Nothing was deleted.")
        return 1
    try:
        with held(data, 0.0):
            _end_instances(data)
            _refuse_mounts(data)
            _delete(data)
    except HeldError:
        raise CommandError(f"a cloud runs on {data}. Stop it first. Nothing was deleted.") from None
    except OSError as error:
        raise CommandError(
            f"{error.filename or data}: {error.strerror}. Not everything was deleted."
        ) from None
    print(f"Deleted all data in {data}.")
    return 0


def _agreed(data: Path) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("this deletes all buckets, instances, keys and users. Confirm with --yes.")
    answer = input(f"Delete all buckets, instances, keys and users in {data}? Type yes: ")
    return answer.strip().lower() == "yes"


def _end_instances(data: Path) -> None:
    """End what a killed cloud left running, and take its networks and mounts away."""
    if not (data / "compute").is_dir():
        return

    async def sweep() -> None:
        compute = SandboxCompute(data / "compute")
        balancers = HaproxyEngine(data / "balancers", compute)
        await balancers.power_off()
        await balancers.close()
        await compute.sweep(Known())
        await compute.close()

    try:
        asyncio.run(sweep())
    except ComputeError as error:
        raise CommandError(f"instances could not be removed: {error}. Nothing was deleted.") from None


def _refuse_mounts(data: Path) -> None:
    """Return when nothing is mounted below the folder: deleting would reach into it. Raises CommandError."""
    below = str(data.resolve()) + "/"
    mounted = [
        each for each in mount_points(_MOUNTS.read_text("utf-8", "surrogateescape")) if each.startswith(below)
    ]
    if mounted:
        raise CommandError(f"something is mounted at {mounted[0]}. Unmount it first. Nothing was deleted.")


def mount_points(mountinfo: str) -> list[str]:
    """Return the mount points that a `mountinfo` file lists. Source: proc_pid_mountinfo(5)."""
    found = [line.split(" ")[4] for line in mountinfo.splitlines() if line.count(" ") > 4]
    return [_ESCAPE.sub(lambda match: chr(int(match[1], 8)), each) for each in found]


def _delete(data: Path) -> None:
    """Empty the folder. The marker and the lock go last: an interrupted reset can be repeated."""
    for each in data.iterdir():
        if each.name in (MARKER, LOCK, "lost+found"):
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    (data / MARKER).unlink()
    (data / LOCK).unlink()
    if not any(data.iterdir()):
        data.rmdir()
