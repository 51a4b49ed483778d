"""What a product contributes to the balancing controller: a function from what is stored to what is to run.

Each product has one `Source`; `sources` names them all. Its `draw` reads a view and nothing else, with the help of a
`Draft`, which finds the servers of groups and notes what the result rests on: the controller draws a balancer anew
when any of that changes, or when something is stored whose parent is one of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from yunbox.control.store import View
from yunbox.control.store_resource import Resource
from yunbox.engines.balancer.interface import Balancer, Server
from yunbox.services.balancing.model import Member
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server of a backend comes from; `port` is where it is reached, `listener` may be empty (Alb)."""

    group: str
    member: str
    server: str
    port: int
    listener: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to run for one stored balancer. `balancer` is None while it has nothing to listen to.

    `origins` are by the engine's ids of backend and server; those of servers that are being taken out are among
    them, though the specification is without them. `unreached` says of servers, by their ids, why this machine does
    not reach them: the specification is without them, too.
    """

    account: str
    region: str
    balancer: Balancer | None
    rests_on: frozenset[str]
    origins: Mapping[tuple[str, str], Origin]
    unreached: Mapping[str, str] = {}


class Source(msgspec.Struct, frozen=True):
    """A product's balancers: their type, the types of what they are made of, and how one is drawn.

    `parts` need not name members of groups, instances and network interfaces. `draw` returns None for a balancer
    that is not stored (any more).
    """

    balancers: type[Resource]
    parts: tuple[type[Resource], ...]
    draw: Callable[[View, str], Wanted | None]


class Draft:
    """Gathers what one balancer is to be."""

    def __init__(self, view: View, balancer: Resource) -> None:
        self._view = view
        self._owner = balancer
        self._rests_on = {balancer.id}
        self._origins: dict[tuple[str, str], Origin] = {}
        self._unreached: dict[str, str] = {}

    def rest_on(self, *ids: str) -> None:
        """Note that the result depends on what is stored under some ids, of any kind, and on what lies below."""
        self._rests_on.update(ids)

    def servers(self, backend: str, group: str, *, port: int = 0, listener: str = "") -> tuple[Server, ...]:
        """Return the servers of a group for a backend; `port` is for members without one of their own.

        An instance that does not run stays: its checks fail. One that is deleted, or that has no address, is left
        out, as is a member that is being taken out.
        """
        self.rest_on(group)
        found = []
        for member in sorted(self._view.find(Member, parent=group), key=lambda each: (each.added, each.id)):
            self.rest_on(member.id, member.server_id)
            at = member.port or port
            id_ = f"{member.server_id}:{at}"
            self._origins[backend, id_] = Origin(
                group=group, member=member.id, server=member.server_id, port=at, listener=listener
            )
            address = self._address_of(member)
            if member.status == "Removing" or not address:
                continue
            found.append(
                Server(id=id_, address=address, port=at, weight=member.weight, backup=member.role == "Slave")
            )
        return tuple(found)

    def done(self, balancer: Balancer | None) -> Wanted:
        """Return the result."""
        return Wanted(
            account=self._owner.account,
            region=self._owner.region,
            balancer=balancer,
            rests_on=frozenset(self._rests_on),
            origins=self._origins,
            unreached=self._unreached,
        )

    def _address_of(self, member: Member) -> str:
        """Return the address at which balancers reach a member, or nothing when there is none (any more).

        Another network may have the same addresses, and the host's route to one of them: never is that one meant.
        """
        instance = self._view.get(Instance, member.server_id) if member.server_type == "Ecs" else None
        if instance is not None and instance.unreached:
            self._unreached[member.server_id] = instance.unreached
            return ""
        private = private_ip_of(self._view, member)
        return (instance.reached_at if instance and private else "") or private


def private_ip_of(view: View, member: Member) -> str:
    """Return the private address of a member, or nothing when there is none (any more)."""
    if member.server_type == "Ecs":
        instance = view.get(Instance, member.server_id)
        return "" if instance is None or instance.desired == "Deleted" else instance.private_ip
    if member.server_type == "Eni":
        interface = view.get(NetworkInterface, member.server_id)
        return "" if interface is None else member.ip or interface.private_ip
    return member.ip
