"""Advisory locks between the processes and threads that use one directory; a killed holder lets go."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yunbox.engines.compute.sandbox.places import digest


@contextmanager
def held(directory: Path, kind: str, name: str) -> Iterator[None]:
    """Hold the lock of `name`, waiting for it. The names of a kind share 256 files, which are never removed.

    Who holds a lock must not ask for another of the same kind: they may be the same file. Kinds are taken in the
    order sandbox, volume, network.
    """
    path = directory / f"{kind}-{digest(name, 2)}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
