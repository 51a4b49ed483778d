"""Keeping the driver's directory: opening it, taking archives in, and removing what was cut short."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from yunbox.engines.compute.errors import BadImageError, ComputeError
from yunbox.engines.compute.sandbox import records
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places
from yunbox.engines.compute.sandbox.routers import Routers
from yunbox.engines.compute.sandbox.wiring import Loopback, Namespaces, Wiring, namespaces_refused

MAX_ARCHIVE_BYTES = 64 << 30


def open_places(root: Path) -> Places:
    """Return the layout of a directory, made if need be. Raises ComputeError when it is of a later version."""
    places = Places(root)
    places.make()
    mark = places.root / "format"
    try:
        found = int(mark.read_text())
    except FileNotFoundError:
        records.write(mark, b"%d\n" % records.FORMAT)
        return places
    if found > records.FORMAT:
        raise ComputeError(f"{places.root} was written by a later version of yunbox (format {found})")
    return places


class Lazy:
    """What is found out about the network when it is first needed."""

    def __init__(self, places: Places, network: bool) -> None:
        self._places = places
        self._network = network
        self._wiring: Wiring | None = None
        self.routers = Routers(places)

    def refused(self) -> str:
        """Return why there are no network namespaces, or an empty text."""
        return namespaces_refused() if self._network else "they are switched off"

    def wiring(self) -> Wiring:
        """Return how sandboxes are reached here."""
        if self._wiring is None:
            why = self.refused()
            self._wiring = Loopback(self._places, why) if why else Namespaces(self._places, self.routers)
        return self._wiring


async def spool(archive: AsyncIterator[bytes], place: Path) -> None:
    """Write what comes into a file. Raises BadImageError when it is more than an image may be."""
    left = MAX_ARCHIVE_BYTES
    with place.open("xb") as file:
        async for part in archive:
            left -= len(part)
            if left < 0:
                raise BadImageError("the archive is larger than is allowed")
            await asyncio.to_thread(file.write, part)


def collect(places: Places) -> None:
    """Remove what lies aside and nobody works on: its maker was killed."""
    for entry in places.asides.iterdir():
        kind, _, rest = entry.name.partition(".")
        name = rest.partition(".")[0]
        if kind in ("probe", "import"):
            if not _lives(name.partition("-")[0]):
                records.erase(entry)
            continue
        with held(places.locks, kind, name):
            if kind == "volume" and rest.endswith(".restored"):
                _finish_restoring(places, name, entry)
            records.erase(entry)


def _finish_restoring(places: Places, volume: str, entry: Path) -> None:
    """A volume whose old bytes are gone already gets the new ones, which are whole then."""
    data = places.volume(volume) / "data"
    if places.volume(volume).exists() and not data.exists():
        entry.rename(data)


def _lives(pid: str) -> bool:
    with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
        return int(pid) == os.getpid() or Path(f"/proc/{int(pid)}").exists()
    return False
