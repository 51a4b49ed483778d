"""ModifyInstanceSpec, ModifyPrepayInstanceSpec, ModifyInstanceNetworkSpec, AllocatePublicIpAddress.

Wire shapes: ECS API 2014-05-26.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import instance_status, instance_type_not_supported
from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.instances.agreements import order_id
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.parameters import Bandwidth
from yunbox.services.ecs.instances.plan import bandwidth_in
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.product import ecs
from yunbox.services.vpc.eips.pool import release_public_address, take_public_address

Out = Annotated[int, Meta(ge=0, le=200)] | None


class ModifyInstanceSpec(Request):
    """Change the type or the bandwidth of a pay-as-you-go instance."""

    accepted: ClassVar[dict[str, str]] = {
        "AllowMigrateAcrossZone": "there is nowhere to migrate to",
        "Async": "it is done at once either way",
    }

    instance_id: str
    instance_type: str = ""
    internet_max_bandwidth_out: Out = None
    internet_max_bandwidth_in: Bandwidth = -1


class ModifyPrepayInstanceSpec(Request):
    """Change the type of a subscription."""

    accepted: ClassVar[dict[str, str]] = {
        "AutoPay": "nothing is paid",
        "MigrateAcrossZone": "there is nowhere to migrate to",
    }

    instance_id: str
    instance_type: str
    operator_type: Literal["upgrade", "downgrade"] = "upgrade"


class Ordered(Answer):
    """The order."""

    order_id: str


@ecs.action(ModifyInstanceSpec, on="instance/{instance_id}")
def modify_instance_spec(request: ModifyInstanceSpec, call: Call) -> Empty:
    """Write the new type, which counts from the next start, and the new bandwidth."""
    instance = find_instance(call, request.instance_id)
    _charged(instance, "PostPaid")
    if not request.instance_type and request.internet_max_bandwidth_out is None:
        raise missing_parameter("InstanceType")
    if request.instance_type:
        instance = _with_type(instance, request.instance_type)
    out = (
        instance.bandwidth_out
        if request.internet_max_bandwidth_out is None
        else request.internet_max_bandwidth_out
    )
    call.change.replace(_with_bandwidth(call, instance, out, request.internet_max_bandwidth_in))
    return Empty()


@ecs.action(ModifyPrepayInstanceSpec, on="instance/{instance_id}")
def modify_prepay_instance_spec(request: ModifyPrepayInstanceSpec, call: Call) -> Ordered:
    """Write the new type, which counts from the next start."""
    instance = find_instance(call, request.instance_id)
    _charged(instance, "PrePaid")
    call.change.replace(_with_type(instance, request.instance_type))
    return Ordered(order_id=order_id(call))


def _charged(instance: Instance, wanted: str) -> None:
    if instance.charge_type != wanted:
        raise CloudError(
            "InvalidInstanceChargeType.ValueNotSupported",
            403,
            f"The operation is for {wanted} instances, and {instance.id} is {instance.charge_type}.",
        )


def _with_type(instance: Instance, name: str) -> Instance:
    type_ = find_type(name)
    if type_ is None:
        raise instance_type_not_supported(name)
    if instance.status != "Stopped":
        raise instance_status(instance.id, instance.status, "Stopped")
    if len(instance.interfaces) > type_.eni:
        raise CloudError(
            "InvalidInstanceType.EniLimitExceeded",
            403,
            f"{type_.id} has at most {type_.eni} network interfaces, and {instance.id} has more.",
        )
    return msgspec.structs.replace(
        instance,
        instance_type=type_.id,
        cpu=type_.cpu,
        memory=int(type_.memory * 1024),
        core_count=0,
        threads_per_core=0,
        credit=(instance.credit or "Standard") if type_.initial_credit else "",
    )


class ModifyInstanceNetworkSpec(Request):
    """Change the bandwidth of an instance's public address."""

    accepted: ClassVar[dict[str, str]] = {"AutoPay": "nothing is paid"}

    instance_id: str
    internet_max_bandwidth_out: Out = None
    internet_max_bandwidth_in: Bandwidth = -1
    network_charge_type: Literal["", "PayByTraffic", "PayByBandwidth"] = ""
    allocate_public_ip: bool = False


@ecs.action(ModifyInstanceNetworkSpec, on="instance/{instance_id}")
def modify_instance_network_spec(request: ModifyInstanceNetworkSpec, call: Call) -> Ordered:
    """Write it. With no bandwidth left the address is given back; a subscription gets one by itself."""
    instance = find_instance(call, request.instance_id)
    _settled(instance)
    if request.network_charge_type:
        instance = msgspec.structs.replace(instance, internet_charge_type=request.network_charge_type)
    out = (
        instance.bandwidth_out
        if request.internet_max_bandwidth_out is None
        else request.internet_max_bandwidth_out
    )
    changed = _with_bandwidth(call, instance, out, request.internet_max_bandwidth_in)
    if out and not changed.public_ip and (request.allocate_public_ip or instance.charge_type == "PrePaid"):
        changed = msgspec.structs.replace(changed, public_ip=take_public_address(call, instance.id))
    call.change.replace(changed)
    return Ordered(order_id=order_id(call))


def _with_bandwidth(call: Call, instance: Instance, out: int, into: int) -> Instance:
    fields: dict[str, Any] = {"bandwidth_out": out}
    if into > 0 or out != instance.bandwidth_out:
        fields["bandwidth_in"] = bandwidth_in(into, out)
    if not out and instance.public_ip:
        release_public_address(call.change, instance.public_ip)
        fields["public_ip"] = ""
    return msgspec.structs.replace(instance, **fields)


class AllocatePublicIpAddress(Request):
    """Give an instance a public address."""

    instance_id: str
    ip_address: str = ""


class PublicIpAllocated(Answer):
    """The address."""

    ip_address: str


@ecs.action(AllocatePublicIpAddress, on="instance/{instance_id}")
def allocate_public_ip_address(request: AllocatePublicIpAddress, call: Call) -> PublicIpAllocated:
    """Take an address; the instance controller exposes the instance at it."""
    instance = find_instance(call, request.instance_id)
    _settled(instance)
    if instance.public_ip:
        raise CloudError("AllocatedAlready", 403, f"The instance {instance.id} has a public address already.")
    if instance.eip is not None:
        raise CloudError(
            "OperationDenied.EipBindedAlready",
            403,
            f"An elastic address is bound to the instance {instance.id}.",
        )
    if not instance.bandwidth_out:
        raise CloudError(
            "InvalidParameter.Bandwidth",
            403,
            f"The InternetMaxBandwidthOut of {instance.id} is 0: ModifyInstanceNetworkSpec raises it.",
        )
    address = take_public_address(call, instance.id, request.ip_address)
    call.change.replace(msgspec.structs.replace(instance, public_ip=address))
    return PublicIpAllocated(ip_address=address)


def _settled(instance: Instance) -> None:
    if instance.desired == "Deleted" or instance.status not in ("Running", "Stopped"):
        raise instance_status(instance.id, instance.status, "Running or Stopped")
