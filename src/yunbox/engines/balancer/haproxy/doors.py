"""Where balancers listen: addresses in networks, of the host, or of its loopback where nothing else is allowed.

The sockets are made here and handed to HAProxy, so that they stay open when it is replaced, or killed.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import socket
from collections.abc import Iterable, Mapping

import msgspec

from yunbox.engines.balancer.haproxy import configuration
from yunbox.engines.balancer.haproxy.records import Door, Folder, Place, Run
from yunbox.engines.balancer.haproxy.starting import take_back
from yunbox.engines.balancer.interface import Balancer, Reached
from yunbox.engines.balancer.interface import Place as WantedPlace
from yunbox.engines.compute.errors import UnsupportedError
from yunbox.engines.compute.interface import Compute
from yunbox.engines.compute.sandbox import links

BACKLOG = 16384
_PATIENCE_SECONDS = 2.0


Doors = Mapping[configuration.Door, tuple[Door, socket.socket]]
"""Sockets by place and port, with what is kept of them."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The sockets that are open, by place and port, and where the host reaches the places."""

    doors: dict[configuration.Door, tuple[Door, socket.socket]]
    reached: tuple[Reached, ...]


class Doorway:
    """The sockets of one balancer that this process holds."""

    def __init__(self, compute: Compute, folder: Folder) -> None:
        self._compute = compute
        self._folder = folder
        self._held: dict[tuple[str, str, int], tuple[Door, socket.socket]] = {}

    def adopt(self, run: Run) -> None:
        """Take back the sockets that a running process holds."""
        if run.process is None:
            return
        for door in run.doors:
            key = (door.network, door.address, door.port)
            if key not in self._held:
                listens_at = door.address if door.network else door.host
                if door.host.startswith("127."):
                    listens_at = door.host
                found = take_back(run.process, door.descriptor, listens_at, door.port)
                if found is not None:
                    self._held[key] = (msgspec.structs.replace(door, descriptor=found.fileno()), found)

    def holds(self, doors: Iterable[Door]) -> bool:
        """Return whether this process has all those sockets; it has not where it may not take them back."""
        return all((each.network, each.address, each.port) in self._held for each in doors)

    def held(self, wanted: Balancer) -> Doors:
        """Return the sockets that are held for a balancer."""
        found = {}
        for index, place in enumerate(wanted.places):
            for listener in wanted.listeners:
                held = self._held.get((place.network, place.address, listener.port))
                if held is not None:
                    found[configuration.Door(index, listener.port)] = held
        return found

    async def open(self, wanted: Balancer, run: Run) -> Opened:
        """Open the ports of a balancer, those that are not; `run.places` says what was claimed, before it is."""
        doors: dict[configuration.Door, tuple[Door, socket.socket]] = {}
        reached = []
        for index, place in enumerate(wanted.places):
            claimed = Place(network=place.network, address=place.address)
            mine = claimed in run.places
            if not mine:
                run.places.append(claimed)
                self._folder.keep(run)
            where = await self._claim(wanted.id, place, mine=mine)
            if not mine and not where.host and not place.network:
                # Somebody else's: it must not go with the balancer.
                run.places.remove(claimed)
            closed: list[tuple[int, str]] = []
            for listener in wanted.listeners:
                try:
                    opened = await self._open(place, where, listener.port)
                except OSError as error:
                    closed.append((listener.port, _why(error, listener.port)))
                else:
                    doors[configuration.Door(index, listener.port)] = opened
            reached.append(msgspec.structs.replace(where, closed=tuple(closed)))
        return Opened(doors=doors, reached=tuple(reached))

    async def _claim(self, balancer: str, place: WantedPlace, *, mine: bool) -> Reached:
        try:
            if place.network:
                found = await self._compute.answer(place.network, place.address)
                return Reached(address=place.address, host=found.host, reason=found.reason)
            return await asyncio.to_thread(_claim_on_host, place.address, mine)
        except (UnsupportedError, PermissionError):
            return Reached(
                address=place.address, host=_loopback(f"{self._folder.path}/{balancer}/{place.address}")
            )

    async def _open(self, place: WantedPlace, where: Reached, port: int) -> tuple[Door, socket.socket]:
        key = (place.network, place.address, port)
        if (held := self._held.get(key)) is not None:
            return held
        inside = place.network and not where.host.startswith("127.")
        if not inside and not where.host:
            raise OSError(errno.EADDRNOTAVAIL, where.reason)
        for _ in range(int(_PATIENCE_SECONDS / 0.02)):
            # The process that listened there may be about to end.
            try:
                if inside:
                    made = await self._compute.listen(place.network, place.address, port)
                else:
                    made = _listen(where.host, port)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                await asyncio.sleep(0.02)
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        made.listen(BACKLOG)
        made.setblocking(False)
        door = Door(
            network=place.network, address=place.address, host=where.host, port=port, descriptor=made.fileno()
        )
        self._held[key] = (door, made)
        return self._held[key]

    async def keep_only(self, wanted: Balancer, run: Run) -> None:
        """Close what a balancer has no more, and give its addresses back."""
        ports = {each.port for each in wanted.listeners}
        places = {(each.network, each.address) for each in wanted.places}
        for key in list(self._held):
            if key[:2] not in places or key[2] not in ports:
                self._held.pop(key)[1].close()
        for place in list(run.places):
            if (place.network, place.address) not in places:
                await self.release((place,))
                run.places.remove(place)

    async def release(self, places: Iterable[Place]) -> None:
        """Give addresses back."""
        for place in places:
            if place.network:
                await self._compute.unanswer(place.network, place.address)
            elif os.geteuid() == 0:
                await asyncio.to_thread(links.remove_address, "lo", place.address, 32)

    def close(self) -> None:
        """Close this process's ends of all sockets."""
        for _, held in self._held.values():
            held.close()
        self._held.clear()


def _claim_on_host(address: str, mine: bool) -> Reached:
    if address.startswith("127."):
        return Reached(address=address, host=address)
    found = links.route_to(address)
    if found is not None and found.prefix and not (mine and found.interface == "lo"):
        reason = f"the host itself uses this address, through {found.interface}"
        return Reached(address=address, host="", reason=reason)
    links.add_address("lo", address, 32)
    return Reached(address=address, host=address)


def _listen(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def _why(error: OSError, port: int) -> str:
    if error.errno == errno.EACCES and port < 1024:
        return f"port {port} is for root alone on this machine (net.ipv4.ip_unprivileged_port_start)"
    return f"port {port}: {error.strerror or error}"


def _loopback(text: str) -> str:
    # 127.128.0.1 to 127.191.255.254: instances without networks have those below.
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    return f"127.{128 + (number >> 16) % 64}.{(number >> 8) % 256}.{1 + number % 254}"
