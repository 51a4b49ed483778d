"""DescribeScalingGroups and DescribeScalingGroupDetail. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Answer, Request, TagFilter
from yunbox.services.ess.checks import the_group
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.groups.shown import GroupBasics, GroupShown, basics_of, shown
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.pages import Listed, Listing, page_of
from yunbox.services.ess.product import ess


class GroupListing(Listing):
    """List groups; in 2014-08-28 ScalingGroupName is a name, or a list of names."""

    scaling_group_ids: Annotated[list[str], Meta(max_length=50)] = []
    scaling_group_names: Annotated[list[str], Meta(max_length=50)] = []
    resource_group_id: str = ""
    group_type: Literal["", "ECS", "ECI"] = ""
    tags: Annotated[list[TagFilter], Meta(max_length=20)] = []


class DescribeScalingGroups(GroupListing):
    """List groups; `scaling_group_name` is a part of the name."""

    scaling_group_name: str = ""


class GroupsDescribed(Listed):
    """A page of groups."""

    scaling_groups: list[GroupShown]


@ess.action(GroupListing, name="DescribeScalingGroups", on="scalinggroup/*", only="old")
def list_groups(request: GroupListing, call: Call) -> GroupsDescribed:
    """Answer a page of groups."""
    return _listed(request, call, "")


@ess.action(DescribeScalingGroups, on="scalinggroup/*", only="new")
def describe_scaling_groups(request: DescribeScalingGroups, call: Call) -> GroupsDescribed:
    """Answer a page of groups."""
    return _listed(request, call, request.scaling_group_name)


def _listed(request: GroupListing, call: Call, part: str) -> GroupsDescribed:
    def keep(group: ScalingGroup) -> bool:
        return (
            (not request.scaling_group_names or group.name in request.scaling_group_names)
            and part in group.name
            and request.resource_group_id in ("", group.resource_group)
            and request.group_type in ("", group.group_type)
            and group.has_tags(request.tags)
        )

    page = page_of(call, ScalingGroup, request, keep, ids=request.scaling_group_ids)
    return GroupsDescribed(
        total_count=page.total,
        page_number=page.number,
        page_size=page.size,
        scaling_groups=[shown(each, call.view.find(Member, parent=each.id)) for each in page.items],
    )


class DescribeScalingGroupDetail(Request):
    """Ask for one group."""

    scaling_group_id: str
    output_format: Literal["", "JSON", "json", "YAML", "yaml"] = ""


class GroupDetail(Answer):
    """One group."""

    scaling_group: GroupBasics


@ess.action(DescribeScalingGroupDetail, on="scalinggroup/{scaling_group_id}", only="new")
def describe_scaling_group_detail(request: DescribeScalingGroupDetail, call: Call) -> GroupDetail:
    """Answer a group. Raises CloudError: InvalidScalingGroupId.NotFound."""
    group = the_group(call, request.scaling_group_id)
    if request.output_format.lower() == "yaml":
        raise unsupported_parameter("OutputFormat", "DescribeScalingGroupDetail")
    members = call.view.find(Member, parent=group.id)
    return GroupDetail(scaling_group=GroupBasics(**basics_of(group, members)))  # type: ignore[arg-type]
