"""The compiled rules of an interface against a plain reading of what the vendor says of security groups."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.engines.compute.interface import Rule
from yunbox.services.ecs.security_groups.firewall import groups_named, rules_for
from yunbox.services.ecs.security_groups.model import GroupRule, SecurityGroup

PEERS = ("10.0.0.1", "10.0.0.2", "10.0.1.9", "192.168.3.4", "203.0.113.7")
BLOCKS = ("0.0.0.0/0", "10.0.0.0/24", "10.0.0.1", "10.0.0.77/24", "192.168.0.0/16", "203.0.113.7/32")
PORTS = (1, 22, 79, 80, 81, 443, 65535)
RANGES = ("1/65535", "80/80", "22/80", "443/443", "65535/65535")
TRAFFIC = ("tcp", "udp", "icmp", "gre")
OWN = "10.0.0.1"

rules = st.builds(
    GroupRule,
    id=st.just("sgr"),
    way=st.sampled_from(("ingress", "egress")),
    protocol=st.sampled_from(("TCP", "UDP", "ICMP", "ICMPv6", "GRE", "ALL")),
    ports=st.sampled_from(RANGES),
    policy=st.sampled_from(("Accept", "Drop")),
    priority=st.integers(1, 100) | st.sampled_from((1, 2)),
    cidr=st.sampled_from(("", *BLOCKS)),
    ipv6_cidr=st.sampled_from(("", "::/0")),
    group=st.sampled_from(("", "sg-a", "sg-b", "sg-other")),
    near_cidr=st.sampled_from(("", "", "10.0.0.0/24", "172.16.0.0/12")),
)
members = st.dictionaries(
    st.sampled_from(("sg-a", "sg-b", "sg-other")), st.frozensets(st.sampled_from(PEERS))
)


def group(id_: str, *its: GroupRule, **fields: Any) -> SecurityGroup:
    """A security group of one VPC."""
    return SecurityGroup(id=id_, parent="vpc-1", rules=its, **fields)


@st.composite
def interfaces(draw: st.DrawFn) -> list[SecurityGroup]:
    """The groups of an interface: one or two of one type."""
    type_ = draw(st.sampled_from(("normal", "enterprise")))
    ids = draw(st.sampled_from((("sg-a",), ("sg-a", "sg-b"))))
    return [
        group(
            id_,
            *draw(st.lists(rules, max_size=6)),
            type=type_,
            inner=draw(st.sampled_from(("Accept", "Drop"))),
        )
        for id_ in ids
    ]


def passes_here(found: Sequence[Rule], direction: str, protocol: str, port: int, peer: str) -> bool:
    """What the engine promises to do: the first rule that matches decides, then the engine's own default."""
    for rule in found:
        if rule.direction != direction or rule.protocol not in (protocol, "all"):
            continue
        if rule.protocol in ("tcp", "udp") and not rule.ports[0] <= port <= rule.ports[1]:
            continue
        if isinstance(rule.peer, str):
            if ipaddress.ip_address(peer) not in ipaddress.ip_network(rule.peer):
                continue
        elif peer not in rule.peer:
            continue
        return rule.action == "accept"
    return direction == "out"


def passes_there(
    groups: Sequence[SecurityGroup],
    who: Mapping[str, frozenset[str]],
    direction: str,
    protocol: str,
    port: int,
    peer: str,
) -> bool:
    """The vendor's words, read plainly: of the rules that match, the lowest number wins, and Drop among equals."""
    way = "ingress" if direction == "in" else "egress"
    matching = [rule for one in groups for rule in one.rules if rule.way == way]
    matching = [rule for rule in matching if speaks_of(rule, who, protocol, port, peer)]
    if matching:
        first = min(rule.priority for rule in matching)
        return all(rule.policy == "Accept" for rule in matching if rule.priority == first)
    if direction == "out":
        return groups[0].type == "normal"
    return any(
        one.type == "normal" and one.inner == "Accept" and peer in who.get(one.id, ()) for one in groups
    )


def speaks_of(
    rule: GroupRule, who: Mapping[str, frozenset[str]], protocol: str, port: int, peer: str
) -> bool:
    if rule.protocol not in (protocol.upper(), "ALL"):
        return False
    if rule.protocol in ("TCP", "UDP"):
        first, last = map(int, rule.ports.split("/"))
        if not first <= port <= last:
            return False
    if rule.near_cidr and ipaddress.ip_address(OWN) not in ipaddress.ip_network(rule.near_cidr, strict=False):
        return False
    if rule.cidr:
        return ipaddress.ip_address(peer) in ipaddress.ip_network(rule.cidr, strict=False)
    return bool(rule.group) and peer in who.get(rule.group, ())


@given(
    interfaces(),
    members,
    st.sampled_from(("in", "out")),
    st.sampled_from(TRAFFIC),
    st.sampled_from(PORTS),
    st.sampled_from(PEERS),
)
def test_compiled_rules_decide_as_the_vendor_says(
    groups: list[SecurityGroup],
    who: dict[str, frozenset[str]],
    direction: str,
    protocol: str,
    port: int,
    peer: str,
) -> None:
    asked = {id_: found for id_, found in who.items() if id_ in groups_named(groups)}
    found = rules_for(groups, asked, (OWN,))
    assert passes_here(found, direction, protocol, port, peer) == passes_there(
        groups, who, direction, protocol, port, peer
    )


@given(st.lists(st.tuples(st.sampled_from(("Accept", "Drop")), st.integers(1, 4)), min_size=1, max_size=6))
def test_of_rules_that_all_match_the_first_priority_decides_and_drop_among_equals(
    stated: list[tuple[str, int]],
) -> None:
    way = {"way": "ingress", "protocol": "ALL", "cidr": "0.0.0.0/0"}
    its = [GroupRule(id=str(n), policy=policy, priority=at, **way) for n, (policy, at) in enumerate(stated)]
    groups = [group("sg-a", *its[::2]), group("sg-b", *its[1::2])]
    first = min(at for _, at in stated)
    expected = all(policy == "Accept" for policy, at in stated if at == first)
    assert passes_here(rules_for(groups, {}, (OWN,)), "in", "tcp", 80, PEERS[0]) is expected


@given(interfaces(), members)
def test_what_the_engine_gets_is_well_formed(
    groups: list[SecurityGroup], who: dict[str, frozenset[str]]
) -> None:
    for rule in rules_for(groups, who, (OWN,)):
        assert 1 <= rule.ports[0] <= rule.ports[1] <= 65535
        if isinstance(rule.peer, str):
            assert str(ipaddress.ip_network(rule.peer)) == rule.peer


@pytest.mark.parametrize(
    ("groups", "peer", "passes"),
    [
        ([group("sg-a")], "10.0.0.2", True),
        ([group("sg-a")], "203.0.113.7", False),
        ([group("sg-a", inner="Drop")], "10.0.0.2", False),
        ([group("sg-a", type="enterprise", inner="Drop")], "10.0.0.2", False),
        ([group("sg-a", inner="Drop"), group("sg-b")], "10.0.0.2", False),
        (
            [
                group(
                    "sg-a", GroupRule(id="1", way="ingress", protocol="ALL", policy="Drop", cidr="10.0.0.0/8")
                )
            ],
            "10.0.0.2",
            False,
        ),
    ],
    ids=[
        "members reach each other",
        "others do not",
        "isolated members do not",
        "members of an enterprise group do not",
        "another open group lets only its own in",
        "a rule goes before the default",
    ],
)
def test_defaults(groups: list[SecurityGroup], peer: str, passes: bool) -> None:
    who = {"sg-a": frozenset({"10.0.0.2", OWN}), "sg-b": frozenset({OWN})}
    assert passes_here(rules_for(groups, who, (OWN,)), "in", "tcp", 80, peer) is passes


def test_a_group_without_members_lets_nobody_in() -> None:
    stated = GroupRule(id="1", way="ingress", protocol="ALL", group="sg-b")
    found = rules_for([group("sg-a", stated)], {}, (OWN,))
    assert not any(passes_here(found, "in", "tcp", 80, peer) for peer in PEERS)


def test_the_ports_of_a_protocol_without_ports_are_all() -> None:
    stated = GroupRule(id="1", way="ingress", protocol="ALL", cidr="0.0.0.0/0")
    (rule, _) = rules_for([group("sg-a", stated)], {}, ())
    assert rule.ports == (1, 65535)
