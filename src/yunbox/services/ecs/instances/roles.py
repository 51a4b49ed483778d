"""AttachInstanceRamRole, DetachInstanceRamRole, DescribeInstanceRamRole. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, PageNumber, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.ram_role import check_role
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.product import ecs

Ids = Annotated[list[str], Meta(min_length=1, max_length=100)]


class AttachInstanceRamRole(Request):
    """Let instances play a role."""

    instance_ids: Ids
    ram_role_name: str


class Attached(Shape):
    """What became of one instance."""

    instance_id: str
    success: bool = True
    code: str = "200"
    message: str = "success"


class AttachedList(Shape):
    """The wrapping of a list of outcomes."""

    attach_instance_ram_role_result: list[Attached]


class RolesAttached(Answer):
    """What became of each."""

    attach_instance_ram_role_results: AttachedList
    ram_role_name: str
    total_count: int
    fail_count: int


@ecs.action(AttachInstanceRamRole, on="instance/{instance_ids}")
def attach_instance_ram_role(request: AttachInstanceRamRole, call: Call) -> RolesAttached:
    """Write the role; an instance that plays another already is told so."""
    check_role(call, request.ram_role_name)
    found = []
    for id_ in dict.fromkeys(request.instance_ids):
        try:
            _attach(call, find_instance(call, id_), request.ram_role_name)
            found.append(Attached(instance_id=id_))
        except CloudError as error:
            found.append(Attached(instance_id=id_, success=False, code=error.code, message=error.message))
    return RolesAttached(
        attach_instance_ram_role_results=AttachedList(attach_instance_ram_role_result=found),
        ram_role_name=request.ram_role_name,
        total_count=len(found),
        fail_count=sum(not each.success for each in found),
    )


def _attach(call: Call, instance: Instance, role: str) -> None:
    if instance.ram_role not in ("", role):
        raise CloudError(
            "InvalidInstance.RamRoleAlreadyAttached",
            403,
            f"The instance {instance.id} plays the role {instance.ram_role}: detach that first.",
        )
    call.change.replace(msgspec.structs.replace(instance, ram_role=role))


class DetachInstanceRamRole(Request):
    """Take roles from instances; without a name, whichever they play."""

    instance_ids: Ids
    ram_role_name: str = ""


class PlayedRole(Shape):
    """Which role an instance plays."""

    instance_id: str
    ram_role_name: str


class PlayedRoles(Shape):
    """The wrapping of a list of roles."""

    instance_ram_role_set: list[PlayedRole]


class Detached(Shape):
    """What became of one instance."""

    instance_id: str
    success: bool = True
    code: str = "200"
    message: str = "success"
    instance_ram_role_sets: PlayedRoles = PlayedRoles(instance_ram_role_set=[])


class DetachedList(Shape):
    """The wrapping of a list of outcomes."""

    detach_instance_ram_role_result: list[Detached]


class RolesDetached(Answer):
    """What became of each."""

    detach_instance_ram_role_results: DetachedList
    ram_role_name: str
    total_count: int
    fail_count: int


@ecs.action(DetachInstanceRamRole, on="instance/{instance_ids}")
def detach_instance_ram_role(request: DetachInstanceRamRole, call: Call) -> RolesDetached:
    """Write that they play none; an instance that plays another role than the one named is told so."""
    found = []
    for id_ in dict.fromkeys(request.instance_ids):
        try:
            found.append(_detach(call, find_instance(call, id_), request.ram_role_name))
        except CloudError as error:
            found.append(Detached(instance_id=id_, success=False, code=error.code, message=error.message))
    return RolesDetached(
        detach_instance_ram_role_results=DetachedList(detach_instance_ram_role_result=found),
        ram_role_name=request.ram_role_name,
        total_count=len(found),
        fail_count=sum(not each.success for each in found),
    )


def _detach(call: Call, instance: Instance, role: str) -> Detached:
    played = instance.ram_role
    if not played or (role and role != played):
        raise CloudError(
            "InvalidRamRole.NotFound",
            404,
            f"The instance {instance.id} does not play the specified RamRoleName.",
        )
    call.change.replace(msgspec.structs.replace(instance, ram_role=""))
    roles = PlayedRoles(instance_ram_role_set=[PlayedRole(instance_id=instance.id, ram_role_name=played)])
    return Detached(instance_id=instance.id, instance_ram_role_sets=roles)


class DescribeInstanceRamRole(Request):
    """Ask which roles instances play, or which instances play a role."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=50)] = 10
    instance_ids: Annotated[list[str], Meta(max_length=100)] = []
    ram_role_name: str = ""


class RolesDescribed(Answer):
    """A page of roles."""

    instance_ram_role_sets: PlayedRoles
    region_id: str
    total_count: int


@ecs.action(DescribeInstanceRamRole, on="instance/{instance_ids}")
def describe_instance_ram_role(request: DescribeInstanceRamRole, call: Call) -> RolesDescribed:
    """Answer a page; instances that play none are shown when they were named."""
    if request.instance_ids:
        named = [call.get(Instance, id_) for id_ in dict.fromkeys(request.instance_ids)]
        found = [one for one in named if one is not None]
    elif request.ram_role_name:
        found = call.find(Instance, descending=True)
    else:
        raise missing_parameter("InstanceIds")
    if request.ram_role_name:
        found = [one for one in found if one.ram_role == request.ram_role_name]
    first = (request.page_number - 1) * request.page_size
    shown = [PlayedRole(instance_id=one.id, ram_role_name=one.ram_role) for one in found]
    return RolesDescribed(
        instance_ram_role_sets=PlayedRoles(instance_ram_role_set=shown[first : first + request.page_size]),
        region_id=call.region,
        total_count=len(found),
    )
