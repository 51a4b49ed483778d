"""DescribeSecurityGroups and DescribeSecurityGroupReferences. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape, TagFilter
from yunbox.services.ecs.errors import security_group_not_found
from yunbox.services.ecs.pages import Listing, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.membership import MAX_MEMBERS
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeSecurityGroups(Listing):
    """Ask for groups by their ids, VPC, name, type, tags or resource group."""

    accepted = {"IsQueryEcsCount": "the counts are always there"}

    security_group_id: str = ""
    security_group_ids: Annotated[list[str], Meta(max_length=100)] = []
    security_group_name: str = ""
    security_group_type: Literal["", "normal", "enterprise"] = ""
    vpc_id: str = ""
    network_type: Literal["", "vpc", "classic"] = ""
    resource_group_id: str = ""
    service_managed: bool = False
    fuzzy_query: bool = False
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class Group(Shape, kw_only=True):
    """One security group."""

    security_group_id: str
    security_group_name: str
    security_group_type: str
    description: str
    vpc_id: str
    creation_time: str
    resource_group_id: str
    ecs_count: int
    available_instance_amount: int
    rule_count: int
    group_to_group_rule_count: int
    service_managed: bool = False
    tags: TagList


class GroupList(Shape):
    """The wrapping of a list of groups."""

    security_group: list[Group]


class SecurityGroupsDescribed(Answer):
    """One page of groups."""

    security_groups: GroupList
    region_id: str
    total_count: int
    page_number: int
    page_size: int
    next_token: str = ""


class DescribeSecurityGroupReferences(Request):
    """Ask which groups' rules name the given groups."""

    security_group_id: Annotated[list[str], Meta(min_length=1, max_length=10)]


class Referencing(Shape):
    """A group whose rules name another."""

    ali_uid: str
    security_group_id: str


class ReferencingList(Shape):
    """The wrapping of a list of referencing groups."""

    referencing_security_group: list[Referencing]


class Reference(Shape):
    """A group and who names it."""

    security_group_id: str
    referencing_security_groups: ReferencingList


class ReferenceList(Shape):
    """The wrapping of a list of references."""

    security_group_reference: list[Reference]


class SecurityGroupReferencesDescribed(Answer):
    """Who names which group; groups that nobody names are left out."""

    security_group_references: ReferenceList


@ecs.action(DescribeSecurityGroups, on="securitygroup/{security_group_id}")
def describe_security_groups(request: DescribeSecurityGroups, call: Call) -> SecurityGroupsDescribed:
    """Answer with one page, newest first."""
    ids = {*request.security_group_ids, request.security_group_id} - {""}
    page = page_of(call, SecurityGroup, request, _filter(request), ids=ids, parent=request.vpc_id)
    return SecurityGroupsDescribed(
        security_groups=GroupList(security_group=[_shown(call, group) for group in page.found]),
        region_id=call.region,
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


def _filter(request: DescribeSecurityGroups) -> Callable[[SecurityGroup], bool] | None:
    """Return what a group must be like, or None when a request asks for no more than ids and a VPC."""
    tests: list[Callable[[SecurityGroup], bool]] = []
    if request.security_group_id:
        tests.append(lambda group: group.id == request.security_group_id)
    if request.security_group_name:
        if request.fuzzy_query:
            tests.append(lambda group: request.security_group_name in group.name)
        else:
            tests.append(lambda group: group.name == request.security_group_name)
    if request.security_group_type:
        tests.append(lambda group: group.type == request.security_group_type)
    if request.network_type == "classic" or request.service_managed:
        tests.append(lambda _: False)
    if request.resource_group_id:
        tests.append(lambda group: group.resource_group == request.resource_group_id)
    if request.tag:
        tests.append(lambda group: group.has_tags(request.tag))
    return (lambda group: all(test(group) for test in tests)) if tests else None


def _shown(call: Call, group: SecurityGroup) -> Group:
    members = call.view.count(Membership, parent=group.id)
    return Group(
        security_group_id=group.id,
        security_group_name=group.name,
        security_group_type=group.type,
        description=group.description,
        vpc_id=group.parent,
        creation_time=seconds(group.created),
        resource_group_id=group.resource_group,
        ecs_count=members,
        available_instance_amount=max(MAX_MEMBERS - members, 0),
        rule_count=len(group.rules),
        group_to_group_rule_count=sum(1 for rule in group.rules if rule.group),
        tags=tag_list(group.tags),
    )


@ecs.action(DescribeSecurityGroupReferences, on="securitygroup/{security_group_id}")
def describe_security_group_references(
    request: DescribeSecurityGroupReferences, call: Call
) -> SecurityGroupReferencesDescribed:
    """Answer with the groups of the same VPC that name each."""
    found = []
    for id_ in request.security_group_id:
        group = call.require(SecurityGroup, id_, security_group_not_found)
        naming = [
            Referencing(ali_uid=other.account, security_group_id=other.id)
            for other in call.find(SecurityGroup, parent=group.parent)
            if any(rule.group == id_ for rule in other.rules)
        ]
        if naming:
            wrapped = ReferencingList(referencing_security_group=naming)
            found.append(Reference(security_group_id=id_, referencing_security_groups=wrapped))
    return SecurityGroupReferencesDescribed(
        security_group_references=ReferenceList(security_group_reference=found)
    )
