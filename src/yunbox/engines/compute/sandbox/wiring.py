"""How sandboxes are reached: by network namespaces of their own, or, without the rights for those, by the host's
network with a loopback address for each sandbox.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from typing import Protocol

from yunbox.engines.compute.errors import UnsupportedError
from yunbox.engines.compute.interface import Address, Interface, SandboxSpec
from yunbox.engines.compute.sandbox import firewall, links, namespaces, nftables, records
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places
from yunbox.engines.compute.sandbox.routers import Routers, set_kernel, without_ipv6

_EVERY_GROUP = "0 2147483647"


@cache
def namespaces_refused() -> str:
    """Return an empty text when network namespaces with a firewall can be made here, or why not."""
    if os.geteuid() != 0:
        return "yunbox does not run as root"

    def attempt() -> None:
        namespaces.call("unshare", namespaces.NEW_NETWORK)
        without_ipv6()
        links.up("lo")
        links.create_bridge("bridge", "02:00:00:00:00:01")
        descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            links.create_pair("cable", "eth0", descriptor)
        finally:
            os.close(descriptor)
        firewall.apply(
            [Interface(id="i", network="n", address="10.0.0.2", prefix=24, gateway="10.0.0.1", mac="")]
        )
        nat = nftables.Table("nat", nftables.IPV4)
        nat.base_chain("arriving", "nat", nftables.PREROUTING, -100)
        nat.rule("arriving", nftables.redirect("10.0.0.2"))
        nat.base_chain("leaving", "nat", nftables.POSTROUTING, 100)
        nat.rule("leaving", [*nftables.was_redirected(), *nftables.masquerade()])
        nat.commit()

    try:
        namespaces.apart(attempt)
    except OSError as error:
        return f"the kernel refuses a network namespace with a bridge and a packet filter ({error})"
    return ""


class Wiring(Protocol):
    """One way of reaching sandboxes."""

    firewall: bool
    """Whether rules are enforced."""

    def connect(self, spec: SandboxSpec) -> Path | None:
        """Make ready what a sandbox needs before it starts; return the namespace to start it in, if any."""
        ...

    def refresh(self, spec: SandboxSpec) -> None:
        """Make rules and host addresses of a running sandbox what they should be."""
        ...

    def disconnect(self, spec: SandboxSpec) -> None:
        """Take it all away; the sandbox's processes have ended."""
        ...

    def address(self, sandbox: str) -> str:
        """Return the loopback address of a sandbox, or an empty text where it has addresses of its own."""
        ...

    def addresses(self, spec: SandboxSpec) -> tuple[Address, ...]:
        """Return where the host reaches a running sandbox."""
        ...

    def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Return a socket that listens in a network."""
        ...

    def answer(self, network: str, address: str) -> Address:
        """Have a network answer at an address."""
        ...

    def trusted_source(self, address: str) -> str:
        """Return from where the host speaks to a sandbox whatever its firewall says."""
        ...

    def expose(self, address: str, network: str, to: str) -> Address:
        """Lead a further address to a sandbox."""
        ...


class Namespaces:
    """A network namespace for each sandbox, plugged into its networks' routers."""

    firewall = True

    def __init__(self, places: Places, routers: Routers) -> None:
        self._places = places
        self._routers = routers

    def connect(self, spec: SandboxSpec) -> Path:
        """Make the namespace with its interfaces, closed by its rules before it is open."""
        place = self._places.namespace(spec.id)
        namespaces.remove(place)
        namespaces.create(place)
        for number, interface in enumerate(spec.interfaces):
            self._routers.plug(spec.id, interface, f"eth{number}", place)
        namespaces.inside(place, lambda: _configure(spec))
        self._claim(spec)
        return place

    def refresh(self, spec: SandboxSpec) -> None:
        """Put the rules in force, and take host addresses that have become free."""
        namespaces.inside(self._places.namespace(spec.id), lambda: firewall.apply(spec.interfaces))
        self._claim(spec)

    def _claim(self, spec: SandboxSpec) -> None:
        for interface in spec.interfaces:
            for address in (interface.address, *interface.secondary):
                self._routers.claim(interface.network, address)

    def disconnect(self, spec: SandboxSpec) -> None:
        """Take cables, routes and namespace away."""
        for interface in spec.interfaces:
            self._routers.unplug(spec.id, interface)
        namespaces.remove(self._places.namespace(spec.id))

    def address(self, sandbox: str) -> str:
        """Return an empty text: its addresses are its own."""
        del sandbox
        return ""

    def addresses(self, spec: SandboxSpec) -> tuple[Address, ...]:
        """Return each address, and whether the host's route to it leads here."""
        found = []
        for interface in spec.interfaces:
            for each in (interface.address, *interface.secondary):
                reason = self._routers.unreachable(interface.network, each)
                host = "" if reason else each
                found.append(Address(interface=interface.id, address=each, host=host, reason=reason))
        return tuple(found)

    def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Listen in the network's router."""
        return self._routers.listen(network, address, port)

    def answer(self, network: str, address: str) -> Address:
        """Answer in the network's router."""
        return self._routers.answer(network, address)

    def trusted_source(self, address: str) -> str:
        """Return an address of the host's end of the cable."""
        return self._routers.trusted_source(address)

    def expose(self, address: str, network: str, to: str) -> Address:
        """Lead a further address to a sandbox."""
        return self._routers.expose(address, network, to)


def _configure(spec: SandboxSpec) -> None:
    without_ipv6()
    # Ping without the right to send raw packets.
    set_kernel("ipv4/ping_group_range", _EVERY_GROUP)
    set_kernel("ipv4/ip_unprivileged_port_start", "0")
    firewall.apply(spec.interfaces)
    links.up("lo")
    for number, interface in enumerate(spec.interfaces):
        name = f"eth{number}"
        for address in (interface.address, *interface.secondary):
            links.add_address(name, address, interface.prefix)
        links.up(name)
        if number == 0:
            with contextlib.suppress(FileExistsError):
                links.add_default_route(name, interface.gateway)


class Loopback:
    """The host's network; each sandbox has an address of 127.0.0.0/8, kept with it. Rules are not enforced."""

    firewall = False

    def __init__(self, places: Places, why: str) -> None:
        self._places = places
        self._why = why

    def connect(self, spec: SandboxSpec) -> None:
        """Choose its address, unless it has one."""
        self.address(spec.id)

    def refresh(self, spec: SandboxSpec) -> None:
        """Nothing to do."""

    def disconnect(self, spec: SandboxSpec) -> None:
        """Nothing to do: the address goes with the sandbox's folder."""

    def address(self, sandbox: str) -> str:
        """Return its address: derived from its id, the next free one when another sandbox has that."""
        place = self._places.sandbox(sandbox) / "address"
        with held(self._places.locks, "network", "loopback"):
            if place.exists():
                return place.read_text()
            others = self._places.root / "sandboxes"
            taken = {each.read_text() for each in others.glob("*/address")}
            number = int.from_bytes(hashlib.sha256(f"{self._places.prefix}/{sandbox}".encode()).digest()[:4])
            while (address := _loopback(number)) in taken:
                number += 1
            records.write(place, address.encode())
        return address

    def addresses(self, spec: SandboxSpec) -> tuple[Address, ...]:
        """Return the loopback address for every interface."""
        host = self.address(spec.id)
        return tuple(Address(interface=each.id, address=each.address, host=host) for each in spec.interfaces)

    def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"there are no networks to listen in: {self._why}")

    def answer(self, network: str, address: str) -> Address:
        """Raise UnsupportedError."""
        raise UnsupportedError(f"there are no networks to answer in: {self._why}")

    def trusted_source(self, address: str) -> str:
        """Return an empty text: no rules are enforced."""
        del address
        return ""

    def expose(self, address: str, network: str, to: str) -> Address:
        """Return why it is not reachable."""
        return Address(interface="", address=to, host="", reason=f"no network namespaces: {self._why}")


def _loopback(number: int) -> str:
    # 127.64.0.1 to 127.127.255.254, clear of the resolver's 127.0.0.53 and its like.
    return f"127.{64 + (number >> 16) % 64}.{(number >> 8) % 256}.{1 + number % 254}"
