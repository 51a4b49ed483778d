"""AttachInstances: instances that exist come into a group. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Request, Text
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.capacity import total
from yunbox.services.ess.activities.causes import user_cause
from yunbox.services.ess.activities.model import Asked, ScalingActivity
from yunbox.services.ess.checks import TwentyIds, Weight, idle_group
from yunbox.services.ess.errors import (
    above_maximum,
    in_a_group,
    instance_not_found,
    instance_of_other_network,
    instance_status,
)
from yunbox.services.ess.groups.create import replaced
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.product import ess


class AttachInstances(Request):
    """Take instances into a group, `entrusted` to be released by it; hooks hold them where `lifecycle_hook`."""

    scaling_group_id: str
    instance_ids: TwentyIds
    load_balancer_weights: Annotated[list[Weight], Meta(max_length=20)] = []
    entrusted: bool = False
    lifecycle_hook: bool = False
    ignore_invalid_instance: bool = False


class ActivityBegun(Answer):
    """Which activity does what was asked; none where it is done already."""

    scaling_activity_id: Text


@ess.action(AttachInstances, on="scalinggroup/{scaling_group_id}")
def attach_instances(request: AttachInstances, call: Call) -> ActivityBegun:
    """Begin an activity that takes instances in.

    Raises CloudError: IncorrectCapacity.MaxSize, InvalidInstanceId.NotFound, InvalidInstanceId.InUse,
    InvalidInstanceId.VPCMismatch, IncorrectInstanceStatus, ScalingActivityInProgress ...
    """
    group = idle_group(call, request.scaling_group_id)
    activity = attach(
        call,
        group,
        request.instance_ids,
        weights=request.load_balancer_weights,
        entrusted=request.entrusted,
        hooks=request.lifecycle_hook,
        skip_unfit=request.ignore_invalid_instance,
    )
    return ActivityBegun(scaling_activity_id=activity.id)


def attach(
    call: Call,
    group: ScalingGroup,
    ids: Sequence[str],
    *,
    weights: Sequence[int] = (),
    entrusted: bool = False,
    hooks: bool = False,
    skip_unfit: bool = False,
) -> ScalingActivity:
    """Begin an activity that takes instances in, and return it. Raises CloudError."""
    if weights and len(weights) != len(ids):
        raise invalid_parameter("LoadBalancerWeights", "one weight an instance is expected")
    weight_of = dict(zip(ids, weights, strict=False))
    found = _fitting(call, group, list(dict.fromkeys(ids)), skip_unfit=skip_unfit)
    before = total(call.view, group)
    after = before + len(found)
    if after > group.max_size:
        raise above_maximum(group.id, group.max_size)
    if group.desired is not None:
        group = replaced(group, call, desired=min(group.desired + len(found), group.max_size))
    activity = begin(
        call.change,
        call.cloud.ids,
        group,
        Asked(work="Attach", instances=tuple(each.id for each in found), hooks=hooks),
        now=call.time,
        cause=user_cause(f'to attach "{len(found)}" instance', before, after),
        source_type="Api",
        source=call.action,
        request_id=call.request_id,
        target=after,
    )
    for instance in found:
        call.change.create(
            Member(
                id=instance.id,
                account=group.account,
                region=group.region,
                parent=group.id,
                created=call.time,
                since=call.time,
                creation_type="Attached",
                entrusted=entrusted,
                activity_id=activity.id,
                instance_type=instance.instance_type,
                vswitch=instance.parent,
                zone_id=instance.zone_id,
                weight=weight_of.get(instance.id),
            )
        )
    return activity


def _fitting(call: Call, group: ScalingGroup, ids: Sequence[str], *, skip_unfit: bool) -> list[Instance]:
    found, refused = [], None
    for id_ in ids:
        try:
            found.append(_fit(call, group, id_))
        except CloudError as error:
            refused = refused or error
    if refused is not None and (not skip_unfit or not found):
        raise refused
    return found


def _fit(call: Call, group: ScalingGroup, id_: str) -> Instance:
    """Return an instance that can come into a group. Raises CloudError."""
    instance = call.require(Instance, id_, instance_not_found)
    if instance.desired == "Deleted":
        raise instance_not_found(id_)
    if instance.status != "Running":
        raise instance_status(id_, instance.status)
    if group.vpc_id and instance.vpc_id != group.vpc_id:
        raise instance_of_other_network(id_)
    if (member := call.view.get(Member, id_)) is not None:
        raise in_a_group(id_, member.parent)
    return instance
