"""Servers of groups as answers show them. Shapes: the SDK alibabacloud_slb20140515."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Shape, Text
from yunbox.services.balancing.members import members_of
from yunbox.services.balancing.wanted import private_ip_of
from yunbox.services.slb.groups.default import type_of


class GroupServer(Shape):
    """A server of a group; a network interface with its address, where a group is asked for."""

    server_id: str
    port: int
    weight: int
    type: str
    description: Text = UNSET
    server_ip: Text = UNSET


class GroupServers(Shape):
    """The wrapping of servers."""

    backend_server: list[GroupServer]


def group_servers(call: Call, group: str, *, addresses: bool = False, described: bool = True) -> GroupServers:
    """Return the servers of a group."""
    return GroupServers(
        backend_server=[
            GroupServer(
                server_id=each.server_id,
                port=each.port,
                weight=each.weight,
                type=type_of(each),
                description=each.description if described else UNSET,
                server_ip=private_ip_of(call.view, each)
                if addresses and each.server_type == "Eni"
                else UNSET,
            )
            for each in members_of(call.view, group)
        ]
    )


class PairServer(Shape):
    """A server of a master-slave group."""

    server_id: str
    port: int
    weight: int
    type: str
    server_type: str
    description: str


class PairServers(Shape):
    """The wrapping of servers."""

    master_slave_backend_server: list[PairServer]


def pair_servers(call: Call, group: str) -> PairServers:
    """Return the servers of a master-slave group."""
    return PairServers(
        master_slave_backend_server=[
            PairServer(
                server_id=each.server_id,
                port=each.port,
                weight=each.weight,
                type=type_of(each),
                server_type=each.role,
                description=each.description,
            )
            for each in members_of(call.view, group)
        ]
    )
