"""DescribeInstanceAttribute, ModifyInstanceAttribute, DescribeUserData. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import base64
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.services.ecs.errors import instance_status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import NEVER
from yunbox.services.ecs.instances.naming import check_description, check_host_name, check_name
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.instances.parameters import MAX_USER_DATA, CpuOptions
from yunbox.services.ecs.instances.plan import find_security_groups, hashed_password, read_user_data
from yunbox.services.ecs.instances.shown import (
    Addresses,
    GroupIds,
    ShownEip,
    VpcAttributes,
    shown_eip,
    vpc_attributes,
)
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.network_interfaces.create import interfaces_of, replace_interface
from yunbox.services.ecs.product import ecs


class DescribeInstanceAttribute(Request):
    """Ask about one instance."""

    instance_id: str


class Host(Shape):
    """The dedicated host: there is none."""

    dedicated_host_id: str = ""
    dedicated_host_name: str = ""


class Lock(Shape):
    """Why an instance is locked."""

    lock_reason: str


class LockList(Shape):
    """The wrapping of a list of locks."""

    lock_reason: list[Lock] = []


class ShownNetworkOptions(Shape):
    """Options of the network."""

    enable_jumbo_frame: bool


class InstanceAttribute(Answer, kw_only=True):
    """One instance."""

    instance_id: str
    instance_name: str
    description: str
    status: str
    region_id: str
    zone_id: str
    host_name: str
    instance_type: str
    cpu: int
    memory: int
    image_id: str
    creation_time: str
    expired_time: str
    instance_charge_type: str
    instance_network_type: str = "vpc"
    internet_charge_type: str
    internet_max_bandwidth_in: int
    internet_max_bandwidth_out: int
    public_ip_address: Addresses
    inner_ip_address: Addresses = Addresses()
    eip_address: ShownEip
    vpc_attributes: VpcAttributes
    security_group_ids: GroupIds
    credit_specification: str
    stopped_mode: str
    serial_number: str
    io_optimized: str = "optimized"
    operation_locks: LockList = LockList()
    dedicated_host_attribute: Host = Host()
    enable_jumbo_frame: bool
    network_options: ShownNetworkOptions
    cluster_id: str = ""
    vlan_id: str = ""


@ecs.action(DescribeInstanceAttribute, on="instance/{instance_id}")
def describe_instance_attribute(request: DescribeInstanceAttribute, call: Call) -> InstanceAttribute:
    """Answer what is known of it."""
    one = find_instance(call, request.instance_id)
    return InstanceAttribute(
        instance_id=one.id,
        instance_name=one.name,
        description=one.description,
        status=one.status,
        region_id=one.region,
        zone_id=one.zone_id,
        host_name=one.host_name,
        instance_type=one.instance_type,
        cpu=one.cpu,
        memory=one.memory,
        image_id=one.image_id,
        creation_time=minutes(one.created),
        expired_time=minutes(one.expires) or NEVER,
        instance_charge_type=one.charge_type,
        internet_charge_type=one.internet_charge_type,
        internet_max_bandwidth_in=one.bandwidth_in,
        internet_max_bandwidth_out=one.bandwidth_out,
        public_ip_address=Addresses(ip_address=one.public_addresses),
        eip_address=shown_eip(one),
        vpc_attributes=vpc_attributes(one),
        security_group_ids=GroupIds(security_group_id=list(one.security_groups)),
        credit_specification=one.credit,
        stopped_mode=one.stopped_mode,
        serial_number=one.serial,
        enable_jumbo_frame=one.jumbo_frames,
        network_options=ShownNetworkOptions(enable_jumbo_frame=one.jumbo_frames),
    )


class ModifyInstanceAttribute(Request):
    """Change an instance. Host name, password and user data count from its next start."""

    accepted: ClassVar[dict[str, str]] = {
        "Recyclable": "released instances are not kept",
        "NetworkInterfaceQueueNumber": "interfaces have no queues to count",
    }

    instance_id: str
    instance_name: str = ""
    description: str | None = None
    host_name: str = ""
    password: str = ""
    user_data: Annotated[str, Meta(max_length=2 * MAX_USER_DATA)] | None = None
    deletion_protection: bool | None = None
    credit_specification: Literal["", "Standard", "Unlimited"] = ""
    security_group_ids: Annotated[list[str], Meta(max_length=16)] = []
    enable_jumbo_frame: bool | None = None
    cpu_options: CpuOptions = CpuOptions()


@ecs.action(ModifyInstanceAttribute, on="instance/{instance_id}")
def modify_instance_attribute(request: ModifyInstanceAttribute, call: Call) -> Empty:
    """Write what was given."""
    instance = find_instance(call, request.instance_id)
    if request.password and instance.status == "Starting":
        raise instance_status(instance.id, instance.status, "Running or Stopped")
    changed = msgspec.structs.replace(instance, **_changes(request, call))
    if request.cpu_options != CpuOptions():
        changed = _with_cpu_options(changed, request.cpu_options)
    if changed != instance:
        call.change.replace(changed)
    if request.security_group_ids:
        _regroup(call, instance, request.security_group_ids)
    return Empty()


def _changes(request: ModifyInstanceAttribute, call: Call) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if request.instance_name:
        found["name"] = check_name(request.instance_name)
    if request.description is not None:
        found["description"] = check_description(request.description)
    if request.host_name:
        found["host_name"] = check_host_name(request.host_name)
    if request.password:
        found["password"] = hashed_password(call, request.password)
    if request.user_data is not None:
        found["user_data"] = read_user_data(request.user_data)
    if request.deletion_protection is not None:
        found["deletion_protection"] = request.deletion_protection
    if request.credit_specification:
        found["credit"] = request.credit_specification
    if request.enable_jumbo_frame is not None:
        found["jumbo_frames"] = request.enable_jumbo_frame
    return found


def _with_cpu_options(instance: Instance, options: CpuOptions) -> Instance:
    if instance.status != "Stopped":
        raise instance_status(instance.id, instance.status, "Stopped")
    return msgspec.structs.replace(
        instance,
        core_count=options.core or instance.core_count,
        threads_per_core=options.threads_per_core or instance.threads_per_core,
        topology=options.topology_type or instance.topology,
    )


def _regroup(call: Call, instance: Instance, ids: list[str]) -> None:
    groups = find_security_groups(call, ids, instance.vpc_id)
    for interface in interfaces_of(call.view, instance.id):
        if interface.primary:
            wanted = tuple(each.id for each in groups)
            replace_interface(call.change, msgspec.structs.replace(interface, security_groups=wanted))
    renew_network(call.change, instance.id)


class DescribeUserData(Request):
    """Ask for the user data of an instance."""

    instance_id: str


class UserDataDescribed(Answer):
    """User data, in base64."""

    instance_id: str
    region_id: str
    user_data: str


@ecs.action(DescribeUserData, on="instance/{instance_id}")
def describe_user_data(request: DescribeUserData, call: Call) -> UserDataDescribed:
    """Answer what it was given."""
    instance = find_instance(call, request.instance_id)
    text = base64.b64encode(instance.user_data).decode()
    return UserDataDescribed(instance_id=instance.id, region_id=instance.region, user_data=text)
