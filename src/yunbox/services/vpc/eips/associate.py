"""AssociateEipAddress and UnassociateEipAddress. Wire shapes: VPC API 2016-04-28.

What an address leads to stands in the address; the controllers of instances and of balancers make it reachable.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import (
    already_bound,
    eip_not_found,
    eip_status,
    has_public_address,
    in_use,
    instance_not_found,
    instance_status,
    not_bound,
)
from yunbox.services.vpc.nat_gateways.model import NatGateway, SnatEntry
from yunbox.services.vpc.product import vpc

Bindable = Literal["EcsInstance", "NetworkInterface", "Nat", "SlbInstance"]

_STEADY = ("Running", "Stopped")


class AssociateEipAddress(Request):
    """Bind an elastic IP address to an instance, a secondary network interface, a NAT gateway or a load balancer."""

    allocation_id: str
    instance_id: str
    instance_type: Bindable = "EcsInstance"
    private_ip_address: str = ""
    mode: Literal["", "NAT"] = "NAT"
    accepted = {
        "InstanceRegionId": "the instance is in the region of the request",
        "VpcId": "it goes with the instance type IpAddress, which is refused",
    }


class UnassociateEipAddress(Request):
    """Take an elastic IP address off what it is bound to."""

    allocation_id: str
    instance_id: str = ""
    instance_type: Bindable | Literal[""] = ""
    private_ip_address: str = ""
    force: bool = False


@vpc.action(
    AssociateEipAddress,
    on="eip/{allocation_id}",
    partial="An address of a NAT gateway is recorded and carries nothing; the mode is NAT.",
)
def associate_eip_address(request: AssociateEipAddress, call: Call) -> Empty:
    """Bind it.

    Raises CloudError: InvalidAllocationId.NotFound, IncorrectEipStatus, InvalidInstanceId.NotFound,
    IncorrectInstanceStatus, InvalidAssociation.Duplicated, InvalidInstanceId.AlreadyExistPublicIp.
    """
    eip = call.require(Eip, request.allocation_id, eip_not_found)
    if eip.parent:
        raise eip_status(eip.id, eip.status, "Available")
    bind = {
        "EcsInstance": _to_instance,
        "NetworkInterface": _to_interface,
        "Nat": _to_gateway,
        "SlbInstance": _to_balancer,
    }
    private_ip = bind[request.instance_type](request, call)
    call.change.replace(
        msgspec.structs.replace(
            eip,
            parent=request.instance_id,
            instance_type=request.instance_type,
            private_ip=private_ip,
            private_ip_asked=bool(request.private_ip_address),
        )
    )
    _renew(call, request.instance_id)
    return Empty()


def _to_instance(request: AssociateEipAddress, call: Call) -> str:
    """Return the private address of the instance that a request names. Raises CloudError."""
    instance = call.require(Instance, request.instance_id, instance_not_found)
    if instance.desired == "Deleted":
        raise instance_not_found(instance.id)
    if instance.status not in _STEADY:
        raise instance_status(instance.id, instance.status)
    if instance.public_ip:
        raise has_public_address(instance.id)
    _check_unbound(call, instance.id)
    if request.private_ip_address not in ("", instance.private_ip):
        raise invalid_parameter("PrivateIpAddress", f"the instance's is {instance.private_ip}")
    return instance.private_ip


def _to_interface(request: AssociateEipAddress, call: Call) -> str:
    interface = call.require(NetworkInterface, request.instance_id, instance_not_found)
    if interface.primary:
        raise invalid_parameter("InstanceId", "a primary network interface takes the address of its instance")
    wanted = request.private_ip_address or interface.private_ip
    if wanted not in interface.addresses:
        raise invalid_parameter("PrivateIpAddress", f"{', '.join(interface.addresses)} are the interface's")
    for other in call.find(Eip, parent=interface.id):
        if other.private_ip == wanted:
            raise already_bound(wanted)
    return wanted


def _to_gateway(request: AssociateEipAddress, call: Call) -> str:
    gateway = call.require(NatGateway, request.instance_id, instance_not_found)
    if gateway.network_type != "internet":
        raise invalid_parameter("InstanceId", "a NAT gateway of the network type internet is expected")
    return ""


def _to_balancer(request: AssociateEipAddress, call: Call) -> str:
    from yunbox.services.slb.load_balancers.model import LoadBalancer  # noqa: PLC0415 - Slb stands on Vpc

    balancer = call.require(LoadBalancer, request.instance_id, instance_not_found)
    if balancer.address_type != "intranet":
        raise has_public_address(balancer.id)
    _check_unbound(call, balancer.id)
    return balancer.address


def _check_unbound(call: Call, instance_id: str) -> None:
    if call.find(Eip, parent=instance_id, limit=1):
        raise already_bound(instance_id)


@vpc.action(UnassociateEipAddress, on="eip/{allocation_id}")
def unassociate_eip_address(request: UnassociateEipAddress, call: Call) -> Empty:
    """Take it off.

    Raises CloudError: InvalidAllocationId.NotFound, IncorrectEipStatus, InvalidAssociation.NotFound ...
    """
    eip = call.require(Eip, request.allocation_id, eip_not_found)
    if not eip.parent:
        raise eip_status(eip.id, eip.status, "InUse")
    if request.instance_id not in ("", eip.parent) or request.instance_type not in ("", eip.instance_type):
        raise not_bound(eip.id, request.instance_id or request.instance_type)
    if request.private_ip_address not in ("", eip.private_ip):
        raise not_bound(eip.id, request.private_ip_address)
    if eip.instance_type == "SlbInstance" and eip.parent.startswith("alb-"):
        raise in_use("Alb", eip.id, eip.parent)
    if eip.instance_type == "Nat":
        _leave_gateway(call, eip, request.force)
    unbind(call, eip)
    return Empty()


def unbind(call: Call, eip: Eip) -> None:
    """Take an address off what it is bound to."""
    call.change.replace(eip.unbound())
    _renew(call, eip.parent)


def _leave_gateway(call: Call, eip: Eip, force: bool) -> None:
    """Take an address out of the gateway's SNAT entries, or refuse when it is in one."""
    gateway = call.get(NatGateway, eip.parent)
    if gateway is None:
        return
    for entry in call.find(SnatEntry, parent=gateway.snat_table_id):
        if eip.address not in entry.snat_ips:
            continue
        if not force:
            raise in_use("SnatEntry", eip.id, entry.id)
        rest = tuple(each for each in entry.snat_ips if each != eip.address)
        if rest:
            call.change.replace(msgspec.structs.replace(entry, snat_ips=rest))
        else:
            call.change.delete(SnatEntry, entry.id)


def _renew(call: Call, id_: str) -> None:
    """Let the instance, or the one that has the interface, repeat what is bound to it now."""
    from yunbox.services.ecs.instances.network import renew_network  # noqa: PLC0415 - Ecs stands on Vpc

    interface = call.change.get(NetworkInterface, id_)
    renew_network(call.change, interface.parent if interface else id_)
