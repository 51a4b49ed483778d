"""From security groups to the rules of a network interface's firewall: pure.

The rules of all groups of an interface stand in one list: the lower number of priority first, at equal priority
Drop before Accept, and the first that matches decides. Then come the defaults: the members of a normal group reach
each other while its inner access policy says Accept; a normal group lets everything out, an enterprise group
nothing. Source: ECS user guide, "Security group rules" and "Basic and enterprise security groups".

What only speaks of IPv6 has no effect: instances have IPv4 addresses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from yunbox.engines.compute.interface import Action, Direction, Rule, Transport
from yunbox.services.ecs.security_groups.model import GroupRule, SecurityGroup

EVERY_PORT = (1, 65535)

_TRANSPORT: dict[str, Transport] = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "GRE": "gre", "ALL": "all"}
_DIRECTION: dict[str, Direction] = {"ingress": "in", "egress": "out"}
_LAST = 101


def groups_named(groups: Sequence[SecurityGroup]) -> set[str]:
    """Return the ids of the groups whose members `rules_for` asks for."""
    inner = {group.id for group in groups if _is_open_inside(group)}
    return inner | {rule.group for group in groups for rule in group.rules if rule.group}


def rules_for(
    groups: Sequence[SecurityGroup], members: Mapping[str, Collection[str]], own: Collection[str] = ()
) -> tuple[Rule, ...]:
    """Return the rules of an interface that belongs to `groups`, in the order in which they decide.

    `members` are the private addresses of the members of the groups that `groups_named` returns; a group that it
    lacks has none. `own` are the interface's addresses. A rule that narrows the members' end counts when it covers
    all of them, and to drop when it covers any: what cannot be told apart stays shut.
    """
    stated = [rule for group in groups for rule in group.rules if _counts(rule, own)]
    stated.sort(key=lambda rule: (rule.priority, rule.policy != "Drop"))
    found = [_compiled(rule, members) for rule in stated]
    for group in groups:
        if _is_open_inside(group):
            peers = frozenset(members.get(group.id, ()))
            found.append(Rule(direction="in", action="accept", peer=peers, priority=_LAST))
    if any(group.type == "enterprise" for group in groups):
        found.append(Rule(direction="out", action="drop", priority=_LAST))
    return tuple(found)


def _is_open_inside(group: SecurityGroup) -> bool:
    return group.type == "normal" and group.inner == "Accept"


def _counts(rule: GroupRule, own: Collection[str]) -> bool:
    if rule.protocol not in _TRANSPORT or not (rule.cidr or rule.group):
        return False
    if not rule.near_cidr:
        return True
    near = ipaddress.ip_network(rule.near_cidr, strict=False)
    covered = [ipaddress.ip_address(address) in near for address in own]
    return bool(covered) and all(covered) if rule.policy == "Accept" else any(covered) or not covered


def _compiled(rule: GroupRule, members: Mapping[str, Collection[str]]) -> Rule:
    block = str(ipaddress.ip_network(rule.cidr, strict=False)) if rule.cidr else ""
    return Rule(
        direction=_DIRECTION[rule.way],
        action=cast(Action, rule.policy.lower()),
        protocol=_TRANSPORT[rule.protocol],
        ports=ports_of(rule.ports),
        peer=block or frozenset(members.get(rule.group, ())),
        priority=rule.priority,
    )


def ports_of(text: str) -> tuple[int, int]:
    """Return the first and last port of a range such as `80/90`; every port for `-1/-1`."""
    first, _, last = text.partition("/")
    return EVERY_PORT if first == "-1" else (int(first), int(last or first))
