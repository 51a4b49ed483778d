"""DescribeScalingInstances. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.resource import minutes, seconds
from yunbox.api.shapes import Count, Shape, Text
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.checks import the_group
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess


class DescribeScalingInstances(Listing):
    """List the instances of groups."""

    scaling_group_id: str = ""
    scaling_configuration_id: str = ""
    scaling_activity_id: str = ""
    instance_ids: Annotated[list[str], Meta(max_length=20)] = []
    health_status: str = ""
    lifecycle_state: str = ""
    lifecycle_states: Annotated[list[str], Meta(max_length=10)] = []
    creation_type: str = ""
    creation_types: Annotated[list[str], Meta(max_length=5)] = []


class InstanceShown(Shape):
    """An instance of a group."""

    instance_id: str
    scaling_instance_id: str
    scaling_group_id: str
    lifecycle_state: str
    health_status: str
    creation_type: str
    creation_time: str
    created_time: str
    entrusted: bool
    warmup_state: str
    scaling_activity_id: Text
    scaling_configuration_id: Text
    launch_template_id: Text
    launch_template_version: Text
    load_balancer_weight: Count
    weighted_capacity: int
    spot_strategy: str
    zone_id: Text
    private_ip_address: Text


class InstancesDescribed(Listed):
    """A page of instances."""

    total_spot_count: int
    scaling_instances: list[InstanceShown]


@ess.action(DescribeScalingInstances, on="scalinggroup/*")
def describe_scaling_instances(request: DescribeScalingInstances, call: Call) -> InstancesDescribed:
    """Answer a page of instances. Raises CloudError: InvalidScalingGroupId.NotFound."""
    if request.scaling_group_id:
        the_group(call, request.scaling_group_id)
    states = request.lifecycle_states or ([request.lifecycle_state] if request.lifecycle_state else [])
    types = request.creation_types or ([request.creation_type] if request.creation_type else [])
    spot = 0

    def keep(member: Member) -> bool:
        nonlocal spot
        kept = (
            (not states or member.lifecycle in states)
            and (not types or member.creation_type in types)
            and request.health_status in ("", member.health)
            and request.scaling_configuration_id in ("", member.configuration)
            and request.scaling_activity_id in ("", member.activity_id)
        )
        spot += kept and member.spot_strategy != "NoSpot"
        return kept

    page = page_of(
        call, Member, request, keep, ids=request.instance_ids, parent=request.scaling_group_id, most=100
    )
    return InstancesDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        total_spot_count=spot,
        scaling_instances=[_shown(call, each) for each in page.items],
    )


def _shown(call: Call, member: Member) -> InstanceShown:
    instance = call.view.get(Instance, member.id)
    return InstanceShown(
        instance_id=member.id,
        scaling_instance_id=member.id,
        scaling_group_id=member.parent,
        lifecycle_state=member.lifecycle,
        health_status=member.health,
        creation_type=member.creation_type,
        creation_time=minutes(member.created),
        created_time=seconds(member.created),
        entrusted=member.entrusted or member.creation_type == "AutoCreated",
        warmup_state="InWarmup" if member.warm_at > call.time else "NoNeedWarmup",
        scaling_activity_id=member.activity_id or UNSET,
        scaling_configuration_id=member.configuration or UNSET,
        launch_template_id=member.launch_template or UNSET,
        launch_template_version=member.launch_template_version or UNSET,
        load_balancer_weight=UNSET if member.weight is None else member.weight,
        weighted_capacity=member.weighted_capacity,
        spot_strategy=member.spot_strategy,
        zone_id=member.zone_id or UNSET,
        private_ip_address=UNSET if instance is None else instance.private_ip or UNSET,
    )
