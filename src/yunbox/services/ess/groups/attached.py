"""Balancers and server groups that are attached to a group: how requests name them, and the look-up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Shape
from yunbox.services.ess.checks import Port, Weight
from yunbox.services.ess.errors import quota_exceeded
from yunbox.services.ess.groups.backends import check_balancer, check_server_group
from yunbox.services.ess.groups.model import LoadBalancer, ScalingGroup, ServerGroup, ServerGroupType

MAX_BALANCERS = 30
MAX_SERVER_GROUPS = 30


class LoadBalancerConfig(Shape):
    """A Slb balancer, and the weight of instances in its default group."""

    load_balancer_id: str
    weight: Weight | None = None


class AlbServerGroup(Shape):
    """A server group of Alb."""

    alb_server_group_id: str
    port: Port
    weight: Weight = 50


class AnyServerGroup(Shape):
    """A server group of Alb or another balancer, or (CLB) a VServer group."""

    server_group_id: str
    type: ServerGroupType
    port: Port
    weight: Weight = 50


class VServerGroupAttribute(Shape):
    """A VServer group."""

    v_server_group_id: str = msgspec.field(name="VServerGroupId")
    port: Port
    weight: Weight = 50


class VServerGroup(Shape):
    """VServer groups of one Slb balancer."""

    load_balancer_id: str
    v_server_group_attributes: list[VServerGroupAttribute] = []


def ids_in(text: str, parameter: str) -> list[str]:
    """Return the ids in a text: a JSON list, or ids that commas separate. Raises CloudError."""
    if not text.startswith("["):
        return [each.strip() for each in text.split(",") if each.strip()]
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError:
        raise invalid_parameter(parameter, "a JSON list of ids is expected") from None


def balancers_of(ids: Iterable[str], configs: Iterable[LoadBalancerConfig]) -> list[LoadBalancer]:
    """Return the balancers that a request names in either way."""
    named = [LoadBalancer(id=each) for each in ids]
    return named + [LoadBalancer(id=each.load_balancer_id, weight=each.weight) for each in configs]


def from_alb(asked: Iterable[AlbServerGroup]) -> list[ServerGroup]:
    """Return the stored form of AlbServerGroups."""
    return [
        ServerGroup(
            id=each.alb_server_group_id,
            type="ALB",
            port=each.port,
            weight=each.weight,
            asked_as="AlbServerGroup",
        )
        for each in asked
    ]


def from_any(asked: Iterable[AnyServerGroup]) -> list[ServerGroup]:
    """Return the stored form of ServerGroups."""
    return [
        ServerGroup(id=each.server_group_id, type=each.type, port=each.port, weight=each.weight)
        for each in asked
    ]


def from_vserver(asked: Iterable[VServerGroup]) -> list[ServerGroup]:
    """Return the stored form of VServerGroups."""
    return [
        ServerGroup(
            id=inner.v_server_group_id,
            type="CLB",
            port=inner.port,
            weight=inner.weight,
            load_balancer=each.load_balancer_id,
            asked_as="VServerGroup",
        )
        for each in asked
        for inner in each.v_server_group_attributes
    ]


def with_balancers(call: Call, group: ScalingGroup, wanted: Iterable[LoadBalancer]) -> ScalingGroup:
    """Return a group with balancers attached besides its own. Raises CloudError for one that cannot be."""
    found = {each.id: each for each in group.load_balancers}
    for each in wanted:
        check_balancer(call, each.id)
        found[each.id] = each
    if len(found) > MAX_BALANCERS:
        raise quota_exceeded("LoadBalancer", MAX_BALANCERS)
    return msgspec.structs.replace(group, load_balancers=tuple(found.values()))


def with_server_groups(call: Call, group: ScalingGroup, wanted: Iterable[ServerGroup]) -> ScalingGroup:
    """Return a group with server groups attached besides its own. Raises CloudError for one that cannot be."""
    found = {(each.id, each.port): each for each in group.server_groups}
    for each in wanted:
        check_server_group(call, each)
        found[each.id, each.port] = each
    if len(found) > MAX_SERVER_GROUPS:
        raise quota_exceeded("ServerGroup", MAX_SERVER_GROUPS)
    return msgspec.structs.replace(group, server_groups=tuple(found.values()))
