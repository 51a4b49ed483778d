"""The firewall of a sandbox's interfaces, in its own network namespace, where it has no right to change it."""

from __future__ import annotations

from collections.abc import Iterable

from yunbox.engines.compute.interface import Interface, Rule
from yunbox.engines.compute.sandbox import nftables
from yunbox.engines.compute.sandbox.nftables import ACCEPT, DROP, JUMP, Match, Table, verdict
from yunbox.engines.compute.sandbox.routers import TRUSTED

_BALANCERS = frozenset(TRUSTED.values())
"""No sandbox can take these for its own: what leaves one bears its own addresses, or is dropped there."""

_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47}


def apply(interfaces: Iterable[Interface]) -> None:
    """Put the rules of all interfaces in force, in one step, in the calling thread's network namespace."""
    table = Table("yunbox", nftables.INET)
    table.base_chain("input", "filter", nftables.INPUT, 0, DROP)
    table.base_chain("output", "filter", nftables.OUTPUT, 0, ACCEPT)
    for chain in ("input", "output"):
        itself = nftables.comes_from("lo") if chain == "input" else nftables.leaves_by("lo")
        table.rule(chain, [*itself, verdict(ACCEPT)])
    interfaces = list(interfaces)
    for number, interface in enumerate(interfaces):
        _nothing_under_other_names(table, f"eth{number}", interface)
    for chain in ("input", "output"):
        table.rule(chain, [*nftables.belongs_to_connection(), verdict(ACCEPT)])
    for number, interface in enumerate(interfaces):
        _interface(table, f"eth{number}", interface)
    table.commit()


def _nothing_under_other_names(table: Table, name: str, interface: Interface) -> None:
    own = table.addresses((interface.address, *interface.secondary), source=True, inverted=True)
    table.rule("output", [*nftables.leaves_by(name), *nftables.is_ipv4(), *own, verdict(DROP)])


def _interface(table: Table, name: str, interface: Interface) -> None:
    for direction in ("in", "out"):
        chain = f"{direction}-{name}"
        table.chain(chain)
        if direction == "in":
            balancers = Rule(direction="in", action="accept", protocol="tcp", peer=_BALANCERS)
            table.rule(chain, [*(_match(table, balancers) or []), verdict(ACCEPT)])
        for rule in interface.rules:
            if rule.direction == direction:
                matched = _match(table, rule)
                if matched is not None:
                    table.rule(chain, [*matched, verdict(ACCEPT if rule.action == "accept" else DROP)])
    table.rule("input", [*nftables.comes_from(name), verdict(JUMP, f"in-{name}")])
    table.rule("output", [*nftables.leaves_by(name), verdict(JUMP, f"out-{name}")])


def _match(table: Table, rule: Rule) -> Match | None:
    """Return what the rule matches, or None when that is nothing."""
    source = rule.direction == "in"
    match: Match = nftables.is_ipv4()
    if isinstance(rule.peer, str):
        match += nftables.address_in(rule.peer, source=source)
    elif not rule.peer:
        return None
    else:
        match += table.addresses(sorted(rule.peer), source=source)
    if rule.protocol != "all":
        match += nftables.is_protocol(_PROTOCOLS[rule.protocol])
    if rule.protocol in ("tcp", "udp"):
        match += nftables.has_port(*rule.ports)
    return match
