"""Protection, health and other attributes of instances in groups. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Empty, Request
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.model import Asked
from yunbox.services.ess.checks import TwentyIds, idle_group, living_group
from yunbox.services.ess.errors import instance_not_found, not_in_group
from yunbox.services.ess.groups.check import to_rebalance
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.attach import ActivityBegun
from yunbox.services.ess.members.model import Member, MemberLifecycle
from yunbox.services.ess.product import ess
from yunbox.services.ess.turn import Turn


class SetInstancesProtection(Request):
    """Keep instances from being removed when the group scales in, or no longer."""

    scaling_group_id: str
    instance_ids: TwentyIds
    protected_from_scale_in: bool


class SetInstanceHealth(Request):
    """Say that an instance is healthy, or is to be replaced."""

    instance_id: str
    health_status: Literal["Healthy", "Unhealthy"]


class ModifyInstanceAttribute(Request):
    """Say whether a group manages the life of instances that were attached to it."""

    scaling_group_id: str
    instance_id: str = ""
    instance_ids: Annotated[list[str], Meta(max_length=20)] = []
    entrusted: bool | UnsetType = UNSET
    plural = frozenset({"InstanceIds"})


class RebalanceInstances(Request):
    """Even out the zones of a group."""

    scaling_group_id: str


@ess.action(SetInstancesProtection, on="scalinggroup/{scaling_group_id}")
def set_instances_protection(request: SetInstancesProtection, call: Call) -> Empty:
    """Store which instances are protected. Raises CloudError: InvalidInstanceId.NotFound."""
    group = living_group(call, request.scaling_group_id)
    state: dict[MemberLifecycle, MemberLifecycle] = (
        {"InService": "Protected"} if request.protected_from_scale_in else {"Protected": "InService"}
    )
    for id_ in request.instance_ids:
        member = _member(call, group, id_)
        call.change.replace(
            msgspec.structs.replace(
                member,
                protected=request.protected_from_scale_in,
                lifecycle=state.get(member.lifecycle, member.lifecycle),
            )
        )
    return Empty()


@ess.action(SetInstanceHealth, on="")
def set_instance_health(request: SetInstanceHealth, call: Call) -> Empty:
    """Store what a user says of an instance. Raises CloudError: InvalidInstanceId.NotFound."""
    member = call.get(Member, request.instance_id)
    call.authorise(f"scalinggroup/{'*' if member is None else member.parent}")
    if member is None:
        raise instance_not_found(request.instance_id)
    unhealthy = request.health_status == "Unhealthy"
    call.change.replace(
        msgspec.structs.replace(
            member, health=request.health_status, health_since=call.time, health_asked=unhealthy
        )
    )
    return Empty()


@ess.action(ModifyInstanceAttribute, on="scalinggroup/{scaling_group_id}")
def modify_instance_attribute(request: ModifyInstanceAttribute, call: Call) -> Empty:
    """Store it. Raises CloudError: InvalidInstanceId.NotFound."""
    group = living_group(call, request.scaling_group_id)
    ids = request.instance_ids or [request.instance_id]
    if not any(ids):
        raise missing_parameter("InstanceId")
    for id_ in ids:
        member = _member(call, group, id_)
        if request.entrusted is not UNSET:
            call.change.replace(msgspec.structs.replace(member, entrusted=request.entrusted))
    return Empty()


@ess.action(RebalanceInstances, on="scalinggroup/{scaling_group_id}")
def rebalance_instances(request: RebalanceInstances, call: Call) -> ActivityBegun:
    """Begin an activity that replaces instances of full zones by others; none where the zones are even."""
    group = idle_group(call, request.scaling_group_id)
    chosen = to_rebalance(
        Turn(change=call.change, cloud=call.cloud, group=group, now=call.time, machine=call.now)
    )
    if not chosen:
        return ActivityBegun(scaling_activity_id=UNSET)
    activity = begin(
        call.change,
        call.cloud.ids,
        group,
        Asked(work="Rebalance", instances=tuple(chosen)),
        now=call.time,
        cause="A user requests to rebalance the zones of the scaling group.",
        source_type="Api",
        source=call.action,
        request_id=call.request_id,
        cooldown=0,
    )
    return ActivityBegun(scaling_activity_id=activity.id)


def _member(call: Call, group: ScalingGroup, id_: str) -> Member:
    member = call.get(Member, id_)
    if member is None or member.parent != group.id:
        raise not_in_group(id_, group.id)
    return member
