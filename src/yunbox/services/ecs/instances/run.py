"""RunInstances and CreateInstance. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import ClassVar

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Shape
from yunbox.services.ecs.errors import conflict
from yunbox.services.ecs.instances.launch import Particulars, launch
from yunbox.services.ecs.instances.moments import release_at
from yunbox.services.ecs.instances.naming import check_host_name, check_name, default_host_name, names_for
from yunbox.services.ecs.instances.parameters import LaunchRequest, NetworkInterfaceAsked, RunRequest
from yunbox.services.ecs.instances.plan import plan_of
from yunbox.services.ecs.instances.template import merged
from yunbox.services.ecs.product import ecs
from yunbox.services.vpc.vswitches.addresses import free_addresses


class RunInstances(RunRequest):
    """Make instances that start at once."""


class InstanceIds(Shape):
    """The wrapping of a list of ids."""

    instance_id_set: list[str]


class InstancesRun(Answer):
    """Which instances were made."""

    instance_id_sets: InstanceIds
    order_id: str = ""
    trade_price: float = 0.0


class CreateInstance(LaunchRequest):
    """Make one instance that does not start yet."""

    accepted: ClassVar[dict[str, str]] = {**LaunchRequest.accepted, "UseAdditionalService": "there is none"}


class InstanceCreated(Answer):
    """Which instance was made."""

    instance_id: str
    order_id: str = ""
    trade_price: float = 0.0


@ecs.action(RunInstances, on="instance/*")
def run_instances(request: RunInstances, call: Call) -> InstancesRun:
    """Store the instances with all that belongs to them; the instance controller starts them."""
    request = merged(call, request)
    primary = _primary(request)
    vswitch_id = request.v_switch_id or primary.v_switch_id
    groups = [request.security_group_id, *request.security_group_ids]
    if request.security_group_id and request.security_group_ids:
        raise conflict("SecurityGroupId and SecurityGroupIds exclude each other.")
    groups += [primary.security_group_id, *primary.security_group_ids]
    plan = plan_of(call, request, vswitch_id=vswitch_id, groups=groups)
    amount = _amount(request, free_addresses(call, plan.vswitch))
    private_ip = request.private_ip_address or primary.primary_ip_address
    if private_ip and amount > 1:
        raise invalid_parameter("PrivateIpAddress", "it is for one instance, and Amount asks for several")
    release = release_at(request.auto_release_time, call.now)
    ids = [call.new_id("i") for _ in range(amount)]
    names = _names(request, ids)
    hosts = _hosts(request, ids)
    for id_, name, host in zip(ids, names, hosts, strict=True):
        own = Particulars(
            id=id_,
            name=name,
            host_name=host,
            private_ip=private_ip,
            public=request.internet_max_bandwidth_out > 0,
            auto_release=release,
        )
        launch(call, request, plan, own)
    return InstancesRun(instance_id_sets=InstanceIds(instance_id_set=ids))


def _primary(request: RunInstances) -> NetworkInterfaceAsked:
    found = [each for each in request.network_interface if each.instance_type == "Primary"]
    if len(found) > 1:
        raise invalid_parameter("NetworkInterface", "one primary interface is expected")
    if not found:
        return NetworkInterfaceAsked()
    primary = found[0]
    if primary.network_interface_id:
        raise invalid_parameter("NetworkInterface.N.NetworkInterfaceId", "a primary interface is made anew")
    if request.v_switch_id or request.security_group_id or request.private_ip_address:
        raise conflict("A primary NetworkInterface excludes VSwitchId, SecurityGroupId and PrivateIpAddress.")
    return primary


def _amount(request: RunInstances, free: int) -> int:
    """Return how many instances to make: fewer than Amount only where MinAmount allows it."""
    if request.min_amount > request.amount:
        raise invalid_parameter("MinAmount", "it is greater than Amount")
    if request.min_amount:
        return max(min(request.amount, free), request.min_amount)
    return request.amount


def _names(request: RunInstances, ids: list[str]) -> list[str]:
    if not request.instance_name:
        return ids
    return names_for(request.instance_name, len(ids), unique=request.unique_suffix, check=check_name)


def _hosts(request: RunInstances, ids: list[str]) -> list[str]:
    if request.host_names:
        if request.host_name:
            raise conflict("HostName and HostNames exclude each other.")
        if len(request.host_names) != request.amount:
            raise invalid_parameter("HostNames", "one name an instance is expected")
        return [check_host_name(each) for each in request.host_names[: len(ids)]]
    if not request.host_name:
        return [default_host_name(each) for each in ids]
    return names_for(request.host_name, len(ids), unique=request.unique_suffix, check=check_host_name)


@ecs.action(CreateInstance, on="instance/*")
def create_instance(request: CreateInstance, call: Call) -> InstanceCreated:
    """Store an instance that is to be stopped: StartInstance starts it, AllocatePublicIpAddress exposes it."""
    if not request.security_group_id:
        raise missing_parameter("SecurityGroupId")
    plan = plan_of(call, request, vswitch_id=request.v_switch_id, groups=[request.security_group_id])
    id_ = call.new_id("i")
    own = Particulars(
        id=id_,
        name=check_name(request.instance_name) if request.instance_name else id_,
        host_name=check_host_name(request.host_name) if request.host_name else default_host_name(id_),
        private_ip=request.private_ip_address,
        desired="Stopped",
    )
    launch(call, request, plan, own)
    return InstanceCreated(instance_id=id_)
