"""Where load may go: to this machine, and to what was allowed by name. Nowhere else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from yunbox.rehearsal.generator import Place
from yunbox.rehearsal.plan import Plan, Target
from yunbox.rehearsal.plan_file import PlanError

Locate = Callable[[str, int], tuple[str, int]]
"""Takes a balancer's id and a port of its, and returns where the machine reaches it. Raises PlanError."""


def no_cloud(balancer: str, port: int) -> tuple[str, int]:
    """Refuse to locate a balancer: there is no cloud to ask."""
    raise PlanError(f"target.balancer: {balancer} is of a cloud; give its --data, or a url")


def places(
    plan: Plan, locate: Locate = no_cloud, *, allow: Collection[str] = (), own: Collection[str] = ()
) -> tuple[Place, ...]:
    """Return where each of the plan's requests goes.

    `own` are the running cloud's networks, `allow` further addresses that a person named. Raises PlanError.
    """
    permitted = [_network(each) for each in (*own, *allow)]
    known: dict[Target, Place] = {}
    found = []
    for index, request in enumerate(plan.requests):
        field = "target" if request.target is None else f"requests[{index}].target"
        target = request.target or plan.target
        if target not in known:
            known[target] = _place(target, field, locate, permitted)
        found.append(known[target])
    return tuple(found)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise PlanError(f"--allow takes an address or a network: {error}") from None


def check_addresses(plan: Plan, *, own: Collection[str]) -> None:
    """Refuse a plan whose load would go elsewhere than to this machine and the cloud. Raises PlanError."""
    places(plan, own=own)


def _place(
    target: Target,
    field: str,
    locate: Locate,
    permitted: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
) -> Place:
    if bool(target.url) == bool(target.balancer):
        raise PlanError(f"{field}: give either a url or a balancer")
    if target.balancer:
        address, port = locate(target.balancer, target.port)
        return Place(address, port, address if port == 80 else f"{address}:{port}")
    parts = urlsplit(target.url)
    try:
        port = parts.port or 80
    except ValueError as error:
        raise PlanError(f"{field}.url: {error}") from None
    if parts.scheme != "http" or not parts.hostname:
        raise PlanError(f"{field}.url: http://ADDRESS:PORT is expected, not {target.url!r}")
    if parts.path.strip("/") or parts.query or parts.username:
        raise PlanError(f"{field}.url: paths stand in the requests, not in {target.url!r}")
    address = _address(parts.hostname, field)
    if not _is_permitted(address, permitted):
        raise PlanError(
            f"{field}.url: {address} is neither this machine's own nor an address of the cloud. Load goes only "
            f"to what is yours: if it is, say so with --allow {address}"
        )
    return Place(address, port, parts.netloc)


def _address(host: str, field: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        raise PlanError(f"{field}.url: there is no address of {host!r}") from None


def _is_permitted(address: str, permitted: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_loopback or any(found in network for network in permitted)
