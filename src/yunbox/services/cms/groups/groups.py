"""CreateMonitorGroup, DescribeMonitorGroups and the like. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import PageNumber, Request, Shape, TagFilter
from yunbox.services.cms.alarms.lifecycle import forget_states
from yunbox.services.cms.alarms.model import Rule
from yunbox.services.cms.answers import Done, Numbered
from yunbox.services.cms.contacts.contacts import Name
from yunbox.services.cms.errors import not_found, quota_exceeded, shown
from yunbox.services.cms.groups.model import GroupInstance, MonitorGroup, group_key
from yunbox.services.cms.product import cms

MOST_GROUPS = 1000

Names = Annotated[str, Meta(max_length=2000)]
GroupId = Annotated[str, Meta(min_length=1, max_length=20)]


class CreateMonitorGroup(Request):
    """Make a group."""

    group_name: Name
    contact_groups: Names = ""


class MonitorGroupCreated(Numbered, kw_only=True):
    """The group's id."""

    group_id: int


@cms.action(CreateMonitorGroup, on="*")
def create_monitor_group(request: CreateMonitorGroup, call: Call) -> MonitorGroupCreated:
    """Store it. Raises CloudError: ExceedingQuota."""
    if call.count(MonitorGroup) >= MOST_GROUPS:
        raise quota_exceeded("monitor groups", MOST_GROUPS)
    number = 0
    while not number or call.change.get(MonitorGroup, group_key(call.account, str(number))) is not None:
        number = 100_000_000 + int.from_bytes(call.cloud.ids.random(4)) % 800_000_000
    call.change.create(
        MonitorGroup(
            id=group_key(call.account, str(number)),
            account=call.account,
            name=request.group_name,
            number=number,
            contact_groups=request.contact_groups,
            created=call.now,
            updated=call.now,
        )
    )
    return MonitorGroupCreated(group_id=number)


class DescribeMonitorGroups(Request):
    """List groups."""

    group_id: Annotated[str, Meta(max_length=2000)] = ""
    group_name: str = ""
    keyword: str = ""
    instance_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    type: Literal["", "custom", "ehpc_cluster", "kubernetes"] = ""
    types: str = ""
    select_contact_groups: bool = True
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 30
    accepted = {"IncludeTemplateHistory": "there are no templates"}


class Named(Shape):
    """A name."""

    name: str


class NamedList(Shape):
    """The wrapping of names."""

    contact_group: list[Named]


class TagShown(Shape):
    """A tag."""

    key: str
    value: str


class TagList(Shape):
    """The wrapping of tags."""

    tag: list[TagShown]


class TemplateIds(Shape):
    """The wrapping of templates: there are none."""

    template_id: list[str] = []


class MonitorGroupShown(Shape, kw_only=True):
    """A group."""

    group_id: int
    group_name: str
    contact_groups: NamedList
    tags: TagList
    type: str = "custom"
    gmt_create: int
    gmt_modified: int
    service_id: str = ""
    bind_url: str = ""
    dynamic_tag_rule_id: str = ""
    template_ids: TemplateIds = TemplateIds()


class MonitorGroupList(Shape):
    """The wrapping of groups."""

    resource: list[MonitorGroupShown]


class MonitorGroupsDescribed(Numbered, kw_only=True):
    """A page of groups."""

    resources: MonitorGroupList
    page_number: int
    page_size: int
    total: int


@cms.action(DescribeMonitorGroups, on="*")
def describe_monitor_groups(request: DescribeMonitorGroups, call: Call) -> MonitorGroupsDescribed:
    """Answer with a page of groups."""
    ids = {each.strip() for each in request.group_id.split(",") if each.strip()}
    having = (
        {each.parent for each in call.find(GroupInstance, name=request.instance_id)}
        if request.instance_id
        else None
    )
    types = {each for each in (request.type, *request.types.split(",")) if each}
    found = [
        each
        for each in call.find(MonitorGroup)
        if (not ids or str(each.number) in ids)
        and request.group_name in each.name
        and request.keyword in each.name
        and (having is None or each.id in having)
        and (not types or "custom" in types)
        and each.has_tags(request.tag)
    ]
    first = (request.page_number - 1) * request.page_size
    listed = [
        MonitorGroupShown(
            group_id=each.number,
            group_name=each.name,
            contact_groups=names_of(each if request.select_contact_groups else None),
            tags=TagList(tag=[TagShown(key=key, value=text) for key, text in sorted(each.tags.items())]),
            gmt_create=int(each.created * 1000),
            gmt_modified=int(each.updated * 1000),
        )
        for each in found[first : first + request.page_size]
    ]
    return MonitorGroupsDescribed(
        resources=MonitorGroupList(resource=listed),
        page_number=request.page_number,
        page_size=request.page_size,
        total=len(found),
    )


def names_of(group: MonitorGroup | None) -> NamedList:
    """Return the contact groups of a group."""
    names = group.contact_groups.split(",") if group is not None else []
    return NamedList(contact_group=[Named(name=each) for each in names if each])


class ModifyMonitorGroup(Request):
    """Change a group."""

    group_id: GroupId
    group_name: str = ""
    contact_groups: Names = ""


def require_group(call: Call, number: str) -> MonitorGroup:
    """Return a group. Raises CloudError: ResourceNotFound."""
    found = call.view.get(MonitorGroup, group_key(call.account, number))
    if found is None:
        raise not_found(f"the monitor group {shown(number)}")
    return found


@cms.action(ModifyMonitorGroup, on="*")
def modify_monitor_group(request: ModifyMonitorGroup, call: Call) -> Numbered:
    """Change what is given. Raises CloudError: ResourceNotFound."""
    group = require_group(call, request.group_id)
    call.change.replace(
        msgspec.structs.replace(
            group,
            name=request.group_name or group.name,
            contact_groups=request.contact_groups or group.contact_groups,
            updated=call.now,
        )
    )
    return Numbered()


class DeleteMonitorGroup(Request):
    """Delete a group, and its rules."""

    group_id: GroupId


class GroupDeleted(Shape):
    """The group that was."""

    group_name: str
    contact_groups: NamedList


class MonitorGroupDeleted(Numbered, kw_only=True):
    """The group that was."""

    group: GroupDeleted


@cms.action(DeleteMonitorGroup, on="*")
def delete_monitor_group(request: DeleteMonitorGroup, call: Call) -> MonitorGroupDeleted:
    """Delete it with its rules; the resources in it stay. Raises CloudError: ResourceNotFound."""
    group = require_group(call, request.group_id)
    for each in call.change.find(GroupInstance, parent=group.id):
        call.change.delete(GroupInstance, each.id)
    for rule in call.change.find(Rule, parent=group.id):
        forget_states(call.change, rule)
        call.change.delete(Rule, rule.id)
    call.change.delete(MonitorGroup, group.id)
    return MonitorGroupDeleted(group=GroupDeleted(group_name=group.name, contact_groups=names_of(group)))


class TagGiven(Shape):
    """A tag."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=128)] = ""


class AddTags(Request):
    """Tag groups."""

    group_ids: Annotated[list[GroupId], Meta(min_length=1, max_length=20)]
    tag: Annotated[list[TagGiven], Meta(min_length=1, max_length=20)]


@cms.action(AddTags, on="*")
def add_tags(request: AddTags, call: Call) -> Done:
    """Tag them. Raises CloudError: ResourceNotFound."""
    for number in request.group_ids:
        group = require_group(call, number)
        tags = group.tags | {each.key: each.value for each in request.tag}
        call.change.replace(msgspec.structs.replace(group, tags=tags))
    return Done()


class RemoveTags(Request):
    """Take tags off groups."""

    group_ids: Annotated[list[GroupId], Meta(min_length=1, max_length=20)]
    tag: Annotated[list[TagGiven], Meta(min_length=1, max_length=20)]


class Removed(Shape):
    """The wrapping of groups that lost a tag."""

    tags: list[str]


class TagsRemoved(Done, kw_only=True):
    """Which groups lost a tag."""

    tag: Removed


@cms.action(RemoveTags, on="*")
def remove_tags(request: RemoveTags, call: Call) -> TagsRemoved:
    """Take them off. Raises CloudError: ResourceNotFound."""
    keys = {each.key for each in request.tag}
    for number in request.group_ids:
        group = require_group(call, number)
        tags = {key: value for key, value in group.tags.items() if key not in keys}
        call.change.replace(msgspec.structs.replace(group, tags=tags))
    return TagsRemoved(tag=Removed(tags=list(request.group_ids)))
