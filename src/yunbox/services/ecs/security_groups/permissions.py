"""The rules of security groups as requests state them, and how they are read.

Both forms are understood: the parameters of one rule in the request itself, and `Permissions.N`. Wire shapes:
AuthorizeSecurityGroup and AuthorizeSecurityGroupEgress of the ECS API.
"""

from __future__ import annotations

import ipaddress
from typing import Literal, cast

import msgspec

from yunbox.api.errors import missing_parameter, unsupported_parameter
from yunbox.api.shapes import Shape
from yunbox.services.ecs.security_groups import rule_errors
from yunbox.services.ecs.security_groups.errors import malformed_description
from yunbox.services.ecs.security_groups.model import GroupRule, Way

Protocol = Literal["TCP", "UDP", "ICMP", "ICMPv6", "GRE", "ALL"]

_PROTOCOLS: dict[str, Protocol] = {
    "TCP": "TCP",
    "UDP": "UDP",
    "ICMP": "ICMP",
    "ICMPV6": "ICMPv6",
    "GRE": "GRE",
    "ALL": "ALL",
}
_NO_PORTS = "-1/-1"
_EVERY_PORT = ("", _NO_PORTS, "1/65535")
_LAST_PORT = 65535
_MAX_PRIORITY = 100
_MAX_DESCRIPTION = 512


class _Stated(Shape):
    """What the rules of both directions have in common."""

    ip_protocol: str = ""
    port_range: str = ""
    source_port_range: str = ""
    policy: str = "accept"
    priority: str | int = 1
    nic_type: str = ""
    description: str = ""
    source_cidr_ip: str = ""
    dest_cidr_ip: str = ""
    ipv6_source_cidr_ip: str = ""
    ipv6_dest_cidr_ip: str = ""


class Ingress(_Stated):
    """A rule about what comes in: the source is the other end."""

    source_group_id: str = ""
    source_group_owner_id: str | int = ""
    source_group_owner_account: str = ""
    source_prefix_list_id: str = ""


class Egress(_Stated):
    """A rule about what goes out: the destination is the other end."""

    dest_group_id: str = ""
    dest_group_owner_id: str | int = ""
    dest_group_owner_account: str = ""
    dest_prefix_list_id: str = ""


class IngressPermission(Ingress):
    """An item of `Permissions` of an incoming direction."""

    port_range_list_id: str = ""


class EgressPermission(Egress):
    """An item of `Permissions` of an outgoing direction."""

    port_range_list_id: str = ""


STATED = frozenset(field.name for type_ in (Ingress, Egress) for field in msgspec.structs.fields(type_)) - {
    "policy",
    "priority",
    "nic_type",
}
"""The parameters that state a rule; those with a default, and the one that says nothing in a VPC, do not."""


def is_stated(request: Shape) -> bool:
    """Return whether a request has a rule in its own parameters."""
    return any(getattr(request, name, "") for name in STATED)


class _Reader:
    """Reads one rule. `where` is how it stands in the request, `Permissions.1.` or nothing."""

    def __init__(self, way: Way, stated: Ingress | Egress, where: str, action: str) -> None:
        self.way = way
        self.stated = stated
        self.where = where
        self.action = action
        self.end, self.near = ("Source", "Dest") if way == "ingress" else ("Dest", "Source")

    def name(self, field: str) -> str:
        return f"{self.where}{field}"

    def text(self, field: str) -> str:
        """Return what stands in a parameter of the other end, such as `GroupId`."""
        return str(getattr(self.stated, f"{self.end.lower()}_{field}"))

    def read(self) -> GroupRule:
        protocol = self.protocol()
        cidr, ipv6 = self.blocks(self.end)
        near, near6 = self.blocks(self.near)
        if (cidr and near6) or (ipv6 and near):
            raise rule_errors.mixed_families()
        if protocol == "ICMP" and (ipv6 or near6):
            raise rule_errors.ipv4_protocol()
        if protocol == "ICMPv6" and (cidr or near):
            raise rule_errors.ipv6_protocol()
        group = "" if cidr or ipv6 else self.text("group_id")
        if not (cidr or ipv6 or group):
            self.refuse_prefix_list()
            raise rule_errors.no_peer(self.end, f" in {self.where[:-1]}" if self.where else "")
        owner = self.text("group_owner_id") or self.text("group_owner_account")
        self.check_source_ports()
        return GroupRule(
            id="",
            way=self.way,
            protocol=protocol,
            ports=self.ports(protocol),
            policy=self.policy(),
            priority=self.priority(),
            cidr=cidr,
            ipv6_cidr=ipv6,
            group=group,
            group_account=owner if group else "",
            near_cidr=near,
            near_ipv6_cidr=near6,
            description=self.description(),
        )

    def protocol(self) -> Protocol:
        if not self.stated.ip_protocol:
            raise missing_parameter(self.name("IpProtocol"))
        found = _PROTOCOLS.get(self.stated.ip_protocol.upper())
        if found is None:
            raise rule_errors.protocol(self.name("IpProtocol"))
        return found

    def ports(self, protocol: Protocol) -> str:
        text = self.stated.port_range
        name = self.name("PortRange")
        if getattr(self.stated, "port_range_list_id", "") and not text:
            raise unsupported_parameter(self.name("PortRangeListId"), self.action)
        if protocol not in ("TCP", "UDP"):
            if text not in ("", _NO_PORTS):
                raise rule_errors.port_range(name, f"{protocol} has no ports, -1/-1 is expected")
            return _NO_PORTS
        if not text:
            raise rule_errors.port_range_missing(name)
        first, slash, last = text.partition("/")
        if not (slash and _is_port(first) and _is_port(last) and int(first) <= int(last)):
            raise rule_errors.port_range(
                name, "two integers of 1 to 65535 in the form first/last are expected"
            )
        return f"{int(first)}/{int(last)}"

    def check_source_ports(self) -> None:
        """Refuse what would narrow a rule in a way that no engine enforces: an open door must not look shut."""
        if self.stated.source_port_range not in _EVERY_PORT:
            raise unsupported_parameter(self.name("SourcePortRange"), self.action)

    def refuse_prefix_list(self) -> None:
        if self.text("prefix_list_id"):
            raise unsupported_parameter(self.name(f"{self.end}PrefixListId"), self.action)

    def policy(self) -> Literal["Accept", "Drop"]:
        found = self.stated.policy.capitalize() or "Accept"
        if found not in ("Accept", "Drop"):
            raise rule_errors.policy(self.name("Policy"))
        return cast(Literal["Accept", "Drop"], found)

    def priority(self) -> int:
        text = str(self.stated.priority) or "1"
        if not (
            text.isascii() and text.isdigit() and len(text) <= len("100") and 1 <= int(text) <= _MAX_PRIORITY
        ):
            raise rule_errors.priority(self.name("Priority"))
        return int(text)

    def description(self) -> str:
        if self.stated.nic_type not in ("", "internet", "intranet"):
            raise rule_errors.nic_type(self.name("NicType"))
        if len(self.stated.description) > _MAX_DESCRIPTION:
            raise malformed_description()
        return self.stated.description

    def blocks(self, end: str) -> tuple[str, str]:
        """Return the IPv4 and the IPv6 block of an end, at most one of them not empty."""
        low = end.lower()
        fields = (f"{low}_cidr_ip", f"{end}CidrIp"), (f"ipv6_{low}_cidr_ip", f"Ipv6{end}CidrIp")
        texts = [getattr(self.stated, attribute) for attribute, _ in fields]
        if all(texts):
            raise rule_errors.both_families(end, f" in {self.where[:-1]}" if self.where else "")
        found = []
        for version, text, (_, field) in zip((4, 6), texts, fields, strict=True):
            block = _block(text, version) if text else ""
            if block is None:
                raise rule_errors.block(field, self.name(field))
            found.append(block)
        return found[0], found[1]


def read_rule(way: Way, stated: Ingress | Egress, action: str, number: int = 0) -> GroupRule:
    """Return the rule that a request states, without an id; `number` is its place in `Permissions`, from 1.

    Raises CloudError; by name for what would need to be enforced and is not: prefix lists, lists of ports, and a
    range of source ports. A block next to a group wins, and a prefix list next to either is passed over, as the
    vendor has it.
    """
    return _Reader(way, stated, f"Permissions.{number}." if number else "", action).read()


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("65535") and 1 <= int(text) <= _LAST_PORT


def _block(text: str, version: int) -> str | None:
    """Return an address or block in its shortest writing, with the bits of the host as they came; None for others."""
    _, slash, length = text.partition("/")
    try:
        found = ipaddress.ip_interface(text)
        if found.version != version or "%" in text:
            return None
        if slash and not (length.isascii() and length.isdigit()):
            return None
    except ValueError:
        return None
    return f"{found.ip.compressed}/{int(length)}" if slash else found.ip.compressed
