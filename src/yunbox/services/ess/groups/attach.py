"""Balancers and server groups of groups that exist: Attach..., Detach... Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, field

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Empty, Request, Shape
from yunbox.services.ess.checks import Port, living_group
from yunbox.services.ess.groups.attached import (
    AlbServerGroup,
    AnyServerGroup,
    LoadBalancerConfig,
    VServerGroup,
    balancers_of,
    from_alb,
    from_any,
    from_vserver,
    with_balancers,
    with_server_groups,
)
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup, ServerGroup, ServerGroupType
from yunbox.services.ess.members.attach import ActivityBegun
from yunbox.services.ess.product import ess

ALWAYS = (
    "Instances come into what is attached and leave what is detached whether ForceAttach and ForceDetach say so or "
    "not, and without a scaling activity."
)

_NO_ACTIVITY = ActivityBegun(scaling_activity_id=UNSET)


class _Forced(Request):
    """What those that attach have in common."""

    scaling_group_id: str
    force_attach: bool = False


class _ForcedOut(Request):
    """What those that detach have in common."""

    scaling_group_id: str
    force_detach: bool = False


class AttachLoadBalancers(_Forced, kw_only=True):
    """Have instances be backends of Slb balancers, in their default groups."""

    load_balancers: Annotated[list[str], Meta(max_length=5)] = []
    load_balancer_configs: Annotated[list[LoadBalancerConfig], Meta(max_length=5)] = []
    accepted = {"Async": "it happens after the answer either way"}


class DetachLoadBalancers(_ForcedOut, kw_only=True):
    """Have instances be backends of Slb balancers no longer."""

    load_balancers: Annotated[list[str], Meta(min_length=1, max_length=5)]
    accepted = {"Async": "it happens after the answer either way"}


class AttachAlbServerGroups(_Forced, kw_only=True):
    """Have instances be servers of Alb's server groups."""

    alb_server_groups: Annotated[list[AlbServerGroup], Meta(min_length=1, max_length=10)]


class AlbServerGroupNamed(Shape):
    """A server group of Alb, and the port of its servers."""

    alb_server_group_id: str
    port: Port


class DetachAlbServerGroups(_ForcedOut, kw_only=True):
    """Have instances be servers of Alb's server groups no longer."""

    alb_server_groups: Annotated[list[AlbServerGroupNamed], Meta(min_length=1, max_length=10)]


class AttachServerGroups(_Forced, kw_only=True):
    """Have instances be servers of server groups."""

    server_groups: Annotated[list[AnyServerGroup], Meta(min_length=1, max_length=10)]


class ServerGroupNamed(Shape):
    """A server group, and the port of its servers."""

    server_group_id: str
    type: ServerGroupType
    port: Port


class DetachServerGroups(_ForcedOut, kw_only=True):
    """Have instances be servers of server groups no longer."""

    server_groups: Annotated[list[ServerGroupNamed], Meta(min_length=1, max_length=10)]


class AttachVServerGroups(_Forced, kw_only=True):
    """Have instances be servers of VServer groups."""

    v_server_groups: Annotated[list[VServerGroup], Meta(min_length=1, max_length=5)] = field(
        name="VServerGroups"
    )


class VServerGroupAttributeNamed(Shape):
    """A VServer group, and the port of its servers."""

    v_server_group_id: str = field(name="VServerGroupId")
    port: Port


class VServerGroupNamed(Shape):
    """VServer groups of one balancer."""

    load_balancer_id: str
    v_server_group_attributes: list[VServerGroupAttributeNamed] = field(
        name="VServerGroupAttributes", default_factory=list
    )


class DetachVServerGroups(_ForcedOut, kw_only=True):
    """Have instances be servers of VServer groups no longer."""

    v_server_groups: Annotated[list[VServerGroupNamed], Meta(min_length=1, max_length=5)] = field(
        name="VServerGroups"
    )


@ess.action(AttachLoadBalancers, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def attach_load_balancers(request: AttachLoadBalancers, call: Call) -> ActivityBegun:
    """Store what is attached. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    group = living_group(call, request.scaling_group_id)
    wanted = balancers_of(request.load_balancers, request.load_balancer_configs)
    if not wanted:
        raise missing_parameter("LoadBalancers")
    attached = with_balancers(call, group, wanted)
    replaced(group, call, load_balancers=attached.load_balancers)
    return _NO_ACTIVITY


@ess.action(DetachLoadBalancers, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def detach_load_balancers(request: DetachLoadBalancers, call: Call) -> ActivityBegun:
    """Store what is attached no longer."""
    group = living_group(call, request.scaling_group_id)
    kept = tuple(each for each in group.load_balancers if each.id not in request.load_balancers)
    replaced(group, call, load_balancers=kept)
    return _NO_ACTIVITY


@ess.action(AttachAlbServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def attach_alb_server_groups(request: AttachAlbServerGroups, call: Call) -> ActivityBegun:
    """Store what is attached. Raises CloudError: InvalidServerGroupId.NotFound."""
    _attach(call, request.scaling_group_id, from_alb(request.alb_server_groups))
    return _NO_ACTIVITY


@ess.action(DetachAlbServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def detach_alb_server_groups(request: DetachAlbServerGroups, call: Call) -> ActivityBegun:
    """Store what is attached no longer."""
    named = {(each.alb_server_group_id, each.port) for each in request.alb_server_groups}
    _detach(call, request.scaling_group_id, named)
    return _NO_ACTIVITY


@ess.action(AttachServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def attach_server_groups(request: AttachServerGroups, call: Call) -> ActivityBegun:
    """Store what is attached. Raises CloudError: InvalidServerGroupId.NotFound."""
    _attach(call, request.scaling_group_id, from_any(request.server_groups))
    return _NO_ACTIVITY


@ess.action(DetachServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def detach_server_groups(request: DetachServerGroups, call: Call) -> ActivityBegun:
    """Store what is attached no longer."""
    _detach(
        call, request.scaling_group_id, {(each.server_group_id, each.port) for each in request.server_groups}
    )
    return _NO_ACTIVITY


@ess.action(AttachVServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def attach_v_server_groups(request: AttachVServerGroups, call: Call) -> Empty:
    """Store what is attached. Raises CloudError: InvalidVServerGroupId.NotFound."""
    _attach(call, request.scaling_group_id, from_vserver(request.v_server_groups))
    return Empty()


@ess.action(DetachVServerGroups, on="scalinggroup/{scaling_group_id}", partial=ALWAYS)
def detach_v_server_groups(request: DetachVServerGroups, call: Call) -> Empty:
    """Store what is attached no longer."""
    named = {
        (inner.v_server_group_id, inner.port)
        for each in request.v_server_groups
        for inner in each.v_server_group_attributes
    }
    _detach(call, request.scaling_group_id, named)
    return Empty()


def _attach(call: Call, group_id: str, wanted: list[ServerGroup]) -> ScalingGroup:
    group = living_group(call, group_id)
    attached = with_server_groups(call, group, wanted)
    return replaced(group, call, server_groups=attached.server_groups)


def _detach(call: Call, group_id: str, named: set[tuple[str, int]]) -> ScalingGroup:
    group = living_group(call, group_id)
    kept = tuple(each for each in group.server_groups if (each.id, each.port) not in named)
    return replaced(group, call, server_groups=kept)
