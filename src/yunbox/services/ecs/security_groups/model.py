"""What a security group is, and who belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource
from yunbox.control.store import View
from yunbox.control.store_resource import Resource

Way = Literal["ingress", "egress"]


class GroupRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule, with its words as the vendor answers them.

    `peer` is what is at the other end: `cidr` (IPv4) or `ipv6_cidr` or `group` (of the account `group_account`).
    `near_cidr` and `near_ipv6_cidr` narrow the end of the group's own members; empty they say nothing. `ports` is
    such as `80/90`, or `-1/-1` for protocols without ports.
    """

    id: str
    way: Way
    protocol: Literal["TCP", "UDP", "ICMP", "ICMPv6", "GRE", "ALL"]
    ports: str = "-1/-1"
    policy: Literal["Accept", "Drop"] = "Accept"
    priority: int = 1
    cidr: str = ""
    ipv6_cidr: str = ""
    group: str = ""
    group_account: str = ""
    near_cidr: str = ""
    near_ipv6_cidr: str = ""
    description: str = ""
    created: float = 0.0

    @property
    def meaning(self) -> tuple[object, ...]:
        """What makes it the same rule as another: everything but its id, description and time."""
        return (
            self.way,
            self.protocol,
            self.ports,
            self.policy,
            self.priority,
            self.cidr,
            self.ipv6_cidr,
            self.group,
            self.near_cidr,
            self.near_ipv6_cidr,
        )


class SecurityGroup(CloudResource, kind="ecs.security_group"):
    """A security group of a VPC: `parent` is the VPC's id.

    `inner` is whether the members of a normal group reach each other when no rule says otherwise.
    """

    description: str = ""
    type: Literal["normal", "enterprise"] = "normal"
    inner: Literal["Accept", "Drop"] = "Accept"
    rules: tuple[GroupRule, ...] = ()


class Membership(Resource, kind="ecs.security_group_member"):
    """A network interface (`name`) in a security group (`parent`), with its private addresses.

    `instance` is the instance that the interface is attached to, or empty. Written with the interface, by
    `network_interfaces.create`: so a group's members are found without reading every interface.
    """

    instance: str = ""
    addresses: tuple[str, ...] = ()


def membership_id(group: str, interface: str) -> str:
    """Return the id of the record that an interface is in a group."""
    return f"{group}/{interface}"


def members_of(view: View, groups: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the private addresses of the members of each group."""
    return {
        group: frozenset(address for one in view.find(Membership, parent=group) for address in one.addresses)
        for group in groups
    }


def find_groups(view: View, ids: Iterable[str]) -> list[SecurityGroup]:
    """Return the security groups that exist among some ids."""
    return [found for id_ in ids if (found := view.get(SecurityGroup, id_)) is not None]
