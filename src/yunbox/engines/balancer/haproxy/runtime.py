"""HAProxy's runtime socket: asking it, and reading what it says."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from yunbox.engines.balancer.errors import BalancerError

SECONDS = 5.0
_LOOK_SECONDS = 0.002
_LONGEST = 8000

Row = dict[str, str]


@contextlib.contextmanager
def reachable(place: Path) -> Iterator[str]:
    """Yield a short path for a socket's long one: an address of that kind has at most 107 characters."""
    folder = os.open(place.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{place.name}"
    finally:
        os.close(folder)


def listening(place: Path) -> socket.socket:
    """Return a socket that listens at a path, for this user alone."""
    place.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with reachable(place) as path:
            made.bind(path)
        place.chmod(0o600)
        made.listen(64)
    except BaseException:
        made.close()
        raise
    return made


async def ask(place: Path, command: str, seconds: float = SECONDS) -> str:
    """Return what HAProxy answers. Raises OSError when none listens, TimeoutError when it says nothing."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        async with asyncio.timeout(seconds):
            with reachable(place) as path:
                await loop.sock_connect(connection, path)
            await loop.sock_sendall(connection, f"{command}\n".encode())
            heard = []
            while part := await loop.sock_recv(connection, 1 << 16):
                heard.append(part)
    return b"".join(heard).decode("utf-8", "replace")


async def deaf(place: Path) -> None:
    """Wait until nobody listens at a runtime socket any more; not for ever."""
    for _ in range(int(SECONDS / _LOOK_SECONDS)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, reachable(place) as path:
            probe.setblocking(False)
            try:
                probe.connect(path)
            except BlockingIOError:
                pass
            except OSError:
                return
        await asyncio.sleep(_LOOK_SECONDS)


async def tell(place: Path, commands: Iterable[str], *, but: str = "") -> None:
    """Give commands, all at once. Raises BalancerError when one is refused; what is said like `but` is no refusal."""
    for some in _chunks(commands):
        said = await ask(place, ";".join(some))
        for line in said.splitlines():
            if (
                line.strip()
                and not line.startswith("New server registered")
                and not (but and line.startswith(but))
            ):
                raise BalancerError(f"HAProxy refused one of '{'; '.join(some)[:300]}': {line}")


def _chunks(commands: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for command in commands:
        if some and sum(len(each) + 1 for each in some) + len(command) > _LONGEST:
            yield some
            some = []
        some.append(command)
    if some:
        yield some


async def statistics(place: Path) -> list[Row]:
    """Return a row for each frontend, backend and server."""
    return read_statistics(await ask(place, "show stat"))


def read_statistics(text: str) -> list[Row]:
    """Return the rows of `show stat`."""
    return list(csv.DictReader(text.removeprefix("# ").splitlines()))


def number(row: Row, column: str) -> int:
    """Return a count, 0 where there is none."""
    value = row.get(column)
    return int(value) if value else 0
