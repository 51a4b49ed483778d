"""Networks: each has a router, a network namespace of its own in which a bridge stands for each subnet.

The host leads single addresses into a router through a cable of its own (the uplink); out by that way goes
nothing but answers, so that no sandbox reaches what listens on the host.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from yunbox.engines.compute.interface import Address, Interface
from yunbox.engines.compute.sandbox import links, namespaces, nftables, records
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.nftables import ACCEPT, DROP, Table, verdict
from yunbox.engines.compute.sandbox.places import Places, digest

_T = TypeVar("_T")

_UPLINK = "up0"
_PAIRS = (
    ("100.64.0.1", "100.64.0.2"),
    ("100.127.255.1", "100.127.255.2"),
    ("169.254.255.1", "169.254.255.2"),
)
"""Addresses of an uplink's two ends, the host's and the router's; the first pair that the host does not use."""

TRUSTED = {"100.64.0.1": "100.64.0.3", "100.127.255.1": "100.127.255.3", "169.254.255.1": "169.254.255.3"}
"""A second address of the host's end, by its first. What comes from there passes every sandbox's firewall."""

_OURS = re.compile(r"y[0-9a-f]{5}h[0-9a-f]{8}")


class Network(records.Record, frozen=True, kw_only=True):
    """What is kept of a network: its name, its uplink's two ends, and the exposed addresses with their targets."""

    name: str
    host: str
    router: str
    exposed: dict[str, str] = {}


class Routers:
    """The networks of one driver. Its methods wait for the kernel, so they belong in threads."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def _held(self, network: str) -> contextlib.AbstractContextManager[None]:
        return held(self._places.locks, "network", network)

    def _namespace(self, network: str) -> Path:
        return self._places.network(network) / "net"

    def _record(self, network: str) -> Network | None:
        return records.load(self._places.network(network) / "network.json", Network)

    def names(self) -> list[str]:
        """Return all networks that exist."""
        kept = (records.load(each / "network.json", Network) for each in self._folders())
        return sorted(each.name for each in kept if each is not None)

    def _folders(self) -> list[Path]:
        return sorted((self._places.root / "networks").iterdir())

    # Routers

    def ensure(self, network: str) -> Network:
        """Make the network's router, or what of it is missing."""
        with self._held(network):
            return self._ensure(network)

    def _ensure(self, network: str) -> Network:
        record = self._record(network)
        if record is None:
            host, router = _free_pair()
            record = Network(name=network, host=host, router=router)
            self._places.network(network).mkdir(exist_ok=True, mode=0o700)
            records.keep(self._places.network(network) / "network.json", record)
        # The host's end is switched on last, which says that all before it stands.
        if not namespaces.exists(self._namespace(network)) or not links.is_up(self._places.uplink(network)):
            self._build(record)
        return record

    def _build(self, record: Network) -> None:
        name, namespace = self._places.uplink(record.name), self._namespace(record.name)
        links.remove(name)
        if not namespaces.exists(namespace):
            namespaces.create(namespace)
        namespaces.inside(namespace, lambda: _prepare(record))
        with _opened(namespace) as descriptor:
            links.create_pair(name, _UPLINK, descriptor)
        namespaces.inside(namespace, lambda: _connect(record))
        links.add_address(name, record.host, 32)
        links.add_address(name, TRUSTED[record.host], 32)
        links.up(name)

    def remove(self, network: str) -> None:
        """Remove a network, with its routes, and forget it."""
        with self._held(network):
            links.remove(self._places.uplink(network))
            namespaces.remove(self._namespace(network))
            folder = self._places.network(network)
            records.discard(folder, self._places.aside("network", folder.name, "gone"))

    def enter(self, network: str, work: Callable[[], _T]) -> _T:
        """Do some work in the router's namespace."""
        return namespaces.inside(self._namespace(network), work)

    # Ports

    def plug(self, sandbox: str, interface: Interface, name: str, namespace: Path) -> None:
        """Give a sandbox's namespace an interface on the bridge of its subnet."""
        with self._held(interface.network), _opened(namespace) as descriptor:
            self._ensure(interface.network)

            def work() -> None:
                bridge = _ensure_bridge(interface)
                port = port_name(sandbox, interface.id)
                links.remove(port)
                links.create_pair(port, name, descriptor, interface.mac)
                links.up(port, bridge)

            self.enter(interface.network, work)

    def unplug(self, sandbox: str, interface: Interface) -> None:
        """Take an interface away, with the host's routes to it."""
        with self._held(interface.network):
            if not namespaces.exists(self._namespace(interface.network)):
                return
            for address in (interface.address, *interface.secondary):
                links.remove_route(address, self._places.uplink(interface.network))
            self.enter(interface.network, lambda: links.remove(port_name(sandbox, interface.id)))

    # Addresses

    def claim(self, network: str, address: str) -> str:
        """Make the host reach an address in a network. Return an empty text, or why it does not."""
        uplink = self._places.uplink(network)
        record = self._record(network)
        if record is None or not links.index(uplink):
            return "the network is not up"
        reason = self._taken(address, uplink)
        if reason is None:
            try:
                links.add_route(address, 32, uplink, via=record.router, source=record.host)
            except FileExistsError:
                reason = self._taken(address, uplink)
        return reason or ""

    def unreachable(self, network: str, address: str) -> str:
        """Return an empty text when the host reaches an address in a network, or why it does not."""
        reason = self._taken(address, self._places.uplink(network))
        return "the host has no route to it" if reason is None else reason

    def _taken(self, address: str, uplink: str) -> str | None:
        """Return None when the address is free, an empty text when it leads to the uplink, or why it is taken."""
        found = links.route_to(address)
        if found is None or found.prefix == 0:
            return None
        if found.prefix == 32 and found.interface == uplink:
            return ""
        if _OURS.fullmatch(found.interface):
            return "another network was first with this address"
        return f"the host itself uses this address, through {found.interface or 'its routes'}"

    def answer(self, network: str, address: str) -> Address:
        """Add an address to the router, which answers for it on every bridge, and lead the host there."""
        self.ensure(network)
        self.enter(network, lambda: links.add_address("lo", address, 32))
        reason = self.claim(network, address)
        return Address(interface="", address=address, host="" if reason else address, reason=reason)

    def unanswer(self, network: str, address: str) -> None:
        """Take it back."""
        with self._held(network):
            if namespaces.exists(self._namespace(network)):
                links.remove_route(address, self._places.uplink(network))
                self.enter(network, lambda: links.remove_address("lo", address, 32))

    def trusted_source(self, address: str) -> str:
        """Return the second address of the uplink that leads to an address, or would if its sandbox ran."""
        found = links.route_to(address)
        if ipaddress.IPv4Address(address).is_loopback or (
            found is not None and found.prefix and not _OURS.fullmatch(found.interface)
        ):
            return ""
        if found is not None:
            for network in self.names():
                record = self._record(network)
                if record is not None and self._places.uplink(network) == found.interface:
                    return TRUSTED[record.host]
        return TRUSTED[_free_pair()[0]]

    def expose(self, address: str, network: str, to: str) -> Address:
        """Lead a further address to a sandbox."""
        for other in self._exposing(address):
            if other != network:
                self._change_exposed(other, address, None)
        self.ensure(network)
        self._change_exposed(network, address, to)
        reason = self.claim(network, address)
        return Address(interface="", address=to, host="" if reason else address, reason=reason)

    def unexpose(self, address: str) -> None:
        """Take it back, in whatever network it is."""
        for network in self._exposing(address):
            self._change_exposed(network, address, None)

    def exposed(self) -> list[str]:
        """Return all exposed addresses."""
        kept = (self._record(each) for each in self.names())
        return sorted(address for record in kept if record for address in record.exposed)

    def _exposing(self, address: str) -> list[str]:
        kept = (self._record(each) for each in self.names())
        return [record.name for record in kept if record and address in record.exposed]

    def _change_exposed(self, network: str, address: str, to: str | None) -> None:
        with self._held(network):
            record = self._record(network)
            if record is None:
                return
            exposed = {key: value for key, value in record.exposed.items() if key != address}
            if to is None:
                links.remove_route(address, self._places.uplink(network))
            else:
                exposed[address] = to
            changed = Network(name=network, host=record.host, router=record.router, exposed=exposed)
            records.keep(self._places.network(network) / "network.json", changed)
            if namespaces.exists(self._namespace(network)):
                self.enter(network, lambda: _filter(changed))

    def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Return a socket that listens in the router at an address that is added to it."""
        self.ensure(network)

        def work() -> socket.socket:
            links.add_address("lo", address, 32)
            server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind((address, port))
                server.listen(128)
                server.setblocking(False)
            except BaseException:
                server.close()
                raise
            return server

        return self.enter(network, work)

    # The whole

    def sweep(self, known: Iterable[str]) -> None:
        """Remove every network that is not known, and uplinks and folders that killed calls left."""
        wanted = set(known)
        for name in self.names():
            if name not in wanted:
                self.remove(name)
        uplinks = {self._places.uplink(each) for each in wanted}
        for name in links.names():
            if name.startswith(f"{self._places.prefix}h") and name not in uplinks:
                links.remove(name)
        folders = {self._places.network(each) for each in wanted}
        for folder in self._folders():
            if folder not in folders:
                namespaces.remove(folder / "net")
                records.discard(folder, self._places.aside("network", folder.name, "gone"))


def port_name(sandbox: str, interface: str) -> str:
    """Return the name of the router's end of a sandbox's cable."""
    return "v" + digest(f"{sandbox}/{interface}", 12)


@contextlib.contextmanager
def _opened(namespace: Path) -> Iterator[int]:
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _free_pair() -> tuple[str, str]:
    for host, router in _PAIRS:
        found = links.route_to(host)
        if found is None or found.prefix == 0 or _OURS.fullmatch(found.interface):
            return host, router
    return _PAIRS[-1]


def set_kernel(name: str, value: str) -> None:
    """Set a parameter of the calling thread's network namespace, where the kernel has it."""
    with contextlib.suppress(FileNotFoundError):
        (Path("/proc/sys/net") / name).write_text(value)


def without_ipv6() -> None:
    """Switch IPv6 off: no rule is about it, so nothing may pass by it."""
    for each in ("all", "default"):
        set_kernel(f"ipv6/conf/{each}/disable_ipv6", "1")


def _prepare(record: Network) -> None:
    without_ipv6()
    links.up("lo")
    set_kernel("ipv4/ip_forward", "1")
    for each in ("all", "default"):
        set_kernel(f"ipv4/conf/{each}/send_redirects", "0")
    _filter(record)


def _connect(record: Network) -> None:
    links.add_address(_UPLINK, record.router, 32)
    links.up(_UPLINK)
    with contextlib.suppress(FileExistsError):
        links.add_route(record.host, 32, _UPLINK)
    with contextlib.suppress(FileExistsError):
        links.add_default_route(_UPLINK, record.host)


def _filter(record: Network) -> None:
    """Out to the host go answers alone; exposed addresses lead where they should."""
    table = Table("yunbox", nftables.IPV4)
    table.base_chain("forward", "filter", nftables.FORWARD, 0)
    table.rule("forward", [*nftables.belongs_to_connection(), verdict(ACCEPT)])
    table.rule("forward", [*nftables.leaves_by(_UPLINK), verdict(DROP)])
    table.base_chain("arriving", "nat", nftables.PREROUTING, -100)
    for address, to in sorted(record.exposed.items()):
        matched = nftables.address_in(f"{address}/32", source=False)
        table.rule("arriving", [*matched, *nftables.redirect(to)])
    # A neighbour's answer to an exposed address would not pass here, did the request not seem to come from here.
    table.base_chain("leaving", "nat", nftables.POSTROUTING, 100)
    from_inside = nftables.comes_from(_UPLINK, other=True)
    table.rule("leaving", [*from_inside, *nftables.was_redirected(), *nftables.masquerade()])
    table.commit()


def _ensure_bridge(interface: Interface) -> str:
    """Return the bridge of the interface's subnet, made if need be; its address is the gateway's."""
    subnet = f"{interface.gateway}/{interface.prefix}"
    name = "b" + digest(subnet, 12)
    if not links.index(name):
        links.create_bridge(name, "02:" + ":".join(re.findall("..", digest(subnet, 10))))
    links.add_address(name, interface.gateway, interface.prefix)
    links.up(name)
    return name
