"""CreateMonitorGroupInstances, DescribeMonitorGroupInstances and the like. Shapes: the SDK."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.services.cms.answers import Numbered
from yunbox.services.cms.errors import quota_exceeded
from yunbox.services.cms.groups.groups import GroupId, require_group
from yunbox.services.cms.groups.model import GroupInstance, MonitorGroup, instance_key
from yunbox.services.cms.product import cms

MOST_INSTANCES = 3000

Short = Annotated[str, Meta(min_length=1, max_length=128)]


class InstanceGiven(Shape):
    """A resource."""

    category: Short
    instance_id: Short
    instance_name: Annotated[str, Meta(max_length=256)]
    region_id: Short


class CreateMonitorGroupInstances(Request):
    """Put resources into a group."""

    group_id: GroupId
    instances: Annotated[list[InstanceGiven], Meta(min_length=1, max_length=2000)]


class ModifyMonitorGroupInstances(Request):
    """Have these resources in a group, and no others."""

    group_id: GroupId
    instances: Annotated[list[InstanceGiven], Meta(min_length=1, max_length=2000)]


def _put(call: Call, group: MonitorGroup, given: list[InstanceGiven]) -> None:
    known = {each.id: each for each in call.change.find(GroupInstance, parent=group.id)}
    number = max((each.number for each in known.values()), default=0)
    for each in given:
        id_ = instance_key(group.id, each.category, each.instance_id)
        before = known.get(id_)
        number += before is None
        row = GroupInstance(
            id=id_,
            account=call.account,
            parent=group.id,
            name=each.instance_id,
            category=each.category,
            instance_name=each.instance_name,
            instance_region=each.region_id,
            number=before.number if before is not None else number,
        )
        known[id_] = call.change.replace(row) if before is not None else call.change.create(row)
    if len(known) > MOST_INSTANCES:
        raise quota_exceeded("resources of a monitor group", MOST_INSTANCES)


@cms.action(CreateMonitorGroupInstances, on="*")
def create_monitor_group_instances(request: CreateMonitorGroupInstances, call: Call) -> Numbered:
    """Store them. Raises CloudError: ResourceNotFound, ExceedingQuota."""
    _put(call, require_group(call, request.group_id), request.instances)
    return Numbered()


@cms.action(ModifyMonitorGroupInstances, on="*")
def modify_monitor_group_instances(request: ModifyMonitorGroupInstances, call: Call) -> Numbered:
    """Store them in place of those there were. Raises CloudError: ResourceNotFound, ExceedingQuota."""
    group = require_group(call, request.group_id)
    wanted = {instance_key(group.id, each.category, each.instance_id) for each in request.instances}
    for each in call.change.find(GroupInstance, parent=group.id):
        if each.id not in wanted:
            call.change.delete(GroupInstance, each.id)
    _put(call, group, request.instances)
    return Numbered()


class DescribeMonitorGroupInstances(Request):
    """List the resources of a group."""

    group_id: GroupId
    category: str = ""
    instance_ids: Annotated[str, Meta(max_length=5000)] = ""
    keyword: str = ""
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 10


class InstanceShown(Shape):
    """A resource."""

    id: int
    category: str
    instance_id: str
    instance_name: str
    region_id: str


class InstanceList(Shape):
    """The wrapping of resources."""

    resource: list[InstanceShown]


class InstancesDescribed(Numbered, kw_only=True):
    """A page of resources."""

    resources: InstanceList
    page_number: int
    page_size: int
    total: int


@cms.action(DescribeMonitorGroupInstances, on="*")
def describe_monitor_group_instances(
    request: DescribeMonitorGroupInstances, call: Call
) -> InstancesDescribed:
    """Answer with a page of resources. Raises CloudError: ResourceNotFound."""
    group = require_group(call, request.group_id)
    ids = {each.strip() for each in request.instance_ids.split(",") if each.strip()}
    found = [
        each
        for each in call.view.find(GroupInstance, parent=group.id)
        if request.category.lower() in ("", each.category.lower())
        and (not ids or each.name in ids)
        and request.keyword in each.instance_name
    ]
    first = (request.page_number - 1) * request.page_size
    listed = [
        InstanceShown(
            id=each.number,
            category=each.category,
            instance_id=each.name,
            instance_name=each.instance_name,
            region_id=each.instance_region,
        )
        for each in found[first : first + request.page_size]
    ]
    return InstancesDescribed(
        resources=InstanceList(resource=listed),
        page_number=request.page_number,
        page_size=request.page_size,
        total=len(found),
    )


class DeleteMonitorGroupInstances(Request):
    """Take resources out of a group."""

    group_id: GroupId
    category: Short
    instance_id_list: Annotated[str, Meta(max_length=5000)]


@cms.action(DeleteMonitorGroupInstances, on="*")
def delete_monitor_group_instances(request: DeleteMonitorGroupInstances, call: Call) -> Numbered:
    """Take them out. Raises CloudError: ResourceNotFound."""
    group = require_group(call, request.group_id)
    ids = {each.strip() for each in request.instance_id_list.split(",") if each.strip()}
    for each in call.change.find(GroupInstance, parent=group.id):
        if each.name in ids and each.category.lower() == request.category.lower():
            call.change.delete(GroupInstance, each.id)
    return Numbered()
