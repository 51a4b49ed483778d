"""JoinSecurityGroup and LeaveSecurityGroup, and which groups may be together on an interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import (
    instance_not_found,
    instance_status,
    interface_not_found,
    security_group_not_found,
)
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.network_interfaces.create import interfaces_of, replace_interface
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups import errors
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup

MAX_GROUPS = 10
"""The groups of one interface."""

MAX_MEMBERS = 65_536
"""The members of a group: what the vendor allows an enterprise group, and a normal one only on request."""

_ON = "securitygroup/{security_group_id}"


class JoinSecurityGroup(Request):
    """Put an instance, by its primary interface, or another interface into a group."""

    security_group_id: str
    instance_id: str = ""
    network_interface_id: str = ""


class LeaveSecurityGroup(JoinSecurityGroup):
    """Take an instance, by its primary interface, or another interface out of a group."""


def choose_groups(
    call: Call, ids: Sequence[str], vpc_id: str, mismatch: Callable[[str], CloudError] = errors.other_vpc
) -> list[SecurityGroup]:
    """Return the groups for an interface of a VPC, by their ids.

    Raises CloudError: for one that does not exist, of another VPC (`mismatch` of its id), or full, for one named
    twice, for normal and enterprise ones together, and for too many.
    """
    if not ids:
        raise missing_parameter("SecurityGroupId")
    if len(ids) > MAX_GROUPS:
        raise errors.too_many_groups()
    if len(set(ids)) < len(ids):
        raise CloudError(
            "InvalidParameter.SecurityGroupIdRepeated", 404, "The specified security group ids has repeated."
        )
    found = [call.require(SecurityGroup, id_, security_group_not_found) for id_ in ids]
    for group in found:
        if group.parent != vpc_id:
            raise mismatch(group.id)
        if call.view.count(Membership, parent=group.id) >= MAX_MEMBERS:
            raise errors.too_many_members(group.id)
    if len({group.type for group in found}) > 1:
        raise errors.mixed_types()
    return found


@ecs.action(JoinSecurityGroup, on=_ON)
def join_security_group(request: JoinSecurityGroup, call: Call) -> Empty:
    """Add the membership."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    interface = _meant(request, call)
    if group.id in interface.security_groups:
        raise errors.member_already(request.instance_id or interface.id)
    groups = choose_groups(call, (*interface.security_groups, group.id), interface.vpc_id)
    _regroup(call, interface, tuple(one.id for one in groups))
    return Empty()


@ecs.action(LeaveSecurityGroup, on=_ON)
def leave_security_group(request: LeaveSecurityGroup, call: Call) -> Empty:
    """Take the membership away; the last one stays."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    interface = _meant(request, call)
    if group.id not in interface.security_groups:
        raise errors.no_member(request.instance_id or interface.id, group.id)
    rest = tuple(id_ for id_ in interface.security_groups if id_ != group.id)
    if not rest:
        raise errors.last_group()
    _regroup(call, interface, rest)
    return Empty()


def _regroup(call: Call, interface: NetworkInterface, groups: tuple[str, ...]) -> None:
    replace_interface(call.change, msgspec.structs.replace(interface, security_groups=groups))
    renew_network(call.change, interface.parent)


def _meant(request: JoinSecurityGroup, call: Call) -> NetworkInterface:
    """Return the interface that a request is about. Raises CloudError, also when the caller may not touch it."""
    if request.instance_id and request.network_interface_id:
        raise errors.instance_or_interface()
    if request.network_interface_id:
        call.authorise(f"eni/{request.network_interface_id}")
        return call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    if not request.instance_id:
        raise missing_parameter("InstanceId")
    call.authorise(f"instance/{request.instance_id}")
    instance = call.require(Instance, request.instance_id, instance_not_found)
    if instance.desired == "Deleted":
        raise instance_not_found(instance.id)
    if instance.status not in ("Running", "Stopped"):
        raise instance_status(instance.id, instance.status, "Running or Stopped")
    primary = next((one for one in interfaces_of(call.view, instance.id) if one.primary), None)
    if primary is None:
        raise invalid_parameter("InstanceId", "the instance has no network interface")
    return primary
