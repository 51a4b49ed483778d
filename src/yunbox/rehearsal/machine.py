"""What a rehearsal ran on, for its report."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from yunbox import __version__
from yunbox.rehearsal.report import Machine


def machine() -> Machine:
    """Return what this machine and this yunbox are."""
    return Machine(
        cpus=len(os.sched_getaffinity(0)),
        model=_model(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        yunbox=__version__,
        commit=_commit(),
    )


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """Return the commit of the source tree that runs, with a plus sign when it was changed; empty elsewhere."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - git on its own tree
            ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
