"""What an instance repeats of its network interfaces and elastic addresses, and what its sandbox gets of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from yunbox.control.store import Change, View
from yunbox.engines.compute.interface import Interface, Rule
from yunbox.services.ecs.instances.model import AttachedInterface, BoundEip, Instance
from yunbox.services.ecs.network_interfaces.create import interfaces_of
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.security_groups.firewall import groups_named, rules_for
from yunbox.services.ecs.security_groups.model import SecurityGroup, find_groups, members_of
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.vswitches.model import VSwitch


def renew_network(change: Change, instance_id: str) -> None:
    """Make an instance repeat what its interfaces and elastic address say now; called by whoever changes them.

    Harmless for an id that is no instance's, and when nothing changed. The instance controller is woken by it, and
    calls it itself: what somebody forgets is repaired within seconds.
    """
    instance = change.get(Instance, instance_id)
    if instance is None:
        return
    renewed = repeated(change, instance)
    if renewed != instance:
        change.replace(renewed)


def is_stale(view: View, instance: Instance) -> bool:
    """Return whether the instance repeats what is no more so."""
    return repeated(view, instance) != instance


def repeated(view: View, instance: Instance) -> Instance:
    """Return the instance as it repeats what its interfaces and elastic address say now."""
    interfaces = interfaces_of(view, instance.id)
    eips = view.find(Eip, parent=instance.id, limit=1)
    primary = next((one for one in interfaces if one.primary), None)
    fields: dict[str, object] = {
        "interfaces": tuple(
            AttachedInterface(
                id=one.id,
                mac=one.mac,
                private_ip=one.private_ip,
                primary=one.primary,
                secondary=one.secondary_ips,
            )
            for one in interfaces
        ),
        "eip": None,
    }
    if eips:
        bound = eips[0]
        fields["eip"] = BoundEip(
            id=bound.id,
            address=bound.address,
            bandwidth=bound.bandwidth,
            charge_type=bound.internet_charge_type,
        )
    if primary is not None:
        fields["private_ip"] = primary.private_ip
        fields["security_groups"] = primary.security_groups
    return msgspec.structs.replace(instance, **fields)


def exposures_of(view: View, instance: Instance) -> dict[str, str]:
    """Return the public addresses that lead to an instance, each with the private address that it leads to."""
    found = {}
    if instance.public_ip:
        found[instance.public_ip] = instance.private_ip
    for eip in view.find(Eip, parent=instance.id):
        found[eip.address] = instance.private_ip
    for interface in interfaces_of(view, instance.id):
        for eip in view.find(Eip, parent=interface.id):
            found[eip.address] = eip.private_ip or interface.private_ip
    return found


class Firewalls:
    """The rules of interfaces, worked out of one view: groups that many share are read and compiled once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._groups: dict[tuple[str, ...], tuple[list[SecurityGroup], dict[str, frozenset[str]]]] = {}
        self._plain: dict[tuple[str, ...], tuple[Rule, ...]] = {}

    def rules(self, interface: NetworkInterface) -> tuple[Rule, ...]:
        """Return the rules of an interface."""
        key = interface.security_groups
        if key in self._plain:
            return self._plain[key]
        found = self._groups.get(key)
        if found is None:
            groups = find_groups(self._view, key)
            found = self._groups[key] = groups, members_of(self._view, groups_named(groups))
        groups, members = found
        rules = rules_for(groups, members, interface.addresses)
        if not any(rule.near_cidr for group in groups for rule in group.rules):
            self._plain[key] = rules
        return rules


def wired(view: View, interfaces: Sequence[NetworkInterface]) -> tuple[Interface, ...]:
    """Return the interfaces of a sandbox, with the rules of their firewalls."""
    firewalls = Firewalls(view)
    found = []
    for one in interfaces:
        vswitch = view.get(VSwitch, one.vswitch_id)
        if vswitch is None:
            continue
        found.append(
            Interface(
                id=one.id,
                network=one.vpc_id,
                address=one.private_ip,
                prefix=vswitch.prefix,
                gateway=vswitch.gateway,
                mac=one.mac,
                rules=firewalls.rules(one),
                secondary=one.secondary_ips,
            )
        )
    return tuple(found)
