"""Network namespaces held by name: a file in the driver's directory on which the namespace is mounted.

Such a namespace needs no process. A namespace belongs to a thread, so that work inside one is done in a thread
of its own, which then ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

_T = TypeVar("_T")

NEW_NETWORK = 0x40000000
_BIND, _DETACH, _NO_FOLLOW = 0x1000, 2, 8

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library. Raises OSError."""
    result = cast(int, getattr(libc, name)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def apart(work: Callable[[], _T]) -> _T:
    """Do some work in a thread of its own, and return what it returns, or raise what it raises."""
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def inside(namespace: Path, work: Callable[[], _T]) -> _T:
    """Do some work in a network namespace."""

    def entered() -> _T:
        descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            call("setns", descriptor, NEW_NETWORK)
        finally:
            os.close(descriptor)
        return work()

    return apart(entered)


def exists(namespace: Path) -> bool:
    """Return whether a namespace is held there."""
    try:
        return namespace.stat().st_dev == _own_device()
    except FileNotFoundError:
        return False


def _own_device() -> int:
    # All namespaces live in one file system of the kernel.
    return Path("/proc/self/ns/net").stat().st_dev


def create(namespace: Path) -> None:
    """Hold a new namespace there."""
    namespace.touch(mode=0o600)

    def make() -> None:
        call("unshare", NEW_NETWORK)
        source = f"/proc/self/task/{threading.get_native_id()}/ns/net".encode()
        call("mount", source, os.fsencode(namespace), None, _BIND, None)

    apart(make)


def remove(namespace: Path) -> None:
    """Let a namespace go; it ends when the last process in it has ended."""
    while exists(namespace):
        try:
            call("umount2", os.fsencode(namespace), _DETACH | _NO_FOLLOW)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            break
    with contextlib.suppress(FileNotFoundError):
        namespace.unlink()


def mounted_below(directory: Path) -> list[Path]:
    """Return what is mounted below a directory, deepest last."""
    prefix = str(directory) + "/"
    found = []
    with Path("/proc/self/mountinfo").open() as lines:
        for line in lines:
            point = line.split(" ", 5)[4].encode().decode("unicode_escape")
            if point.startswith(prefix):
                found.append(Path(point))
    return found
