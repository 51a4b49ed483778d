"""AttachNetworkInterface and DetachNetworkInterface. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.errors import interface_not_found
from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.network_interfaces import errors
from yunbox.services.ecs.network_interfaces.addresses import PARTIAL
from yunbox.services.ecs.network_interfaces.create import interfaces_of, replace_interface
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.product import ecs


class AttachNetworkInterface(Request):
    """Give an instance an interface."""

    accepted: ClassVar[dict[str, str]] = {"WaitForNetworkConfigurationReady": "the vendor no longer uses it"}

    network_interface_id: str
    instance_id: str
    network_card_index: Literal[0] = 0


class DetachNetworkInterface(Request):
    """Take a secondary interface from an instance."""

    network_interface_id: str
    instance_id: str


@ecs.action(AttachNetworkInterface, on="eni/{network_interface_id}", partial=PARTIAL)
def attach_network_interface(request: AttachNetworkInterface, call: Call) -> Empty:
    """Attach it."""
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    instance = _instance(request.instance_id, call)
    if interface.primary:
        raise errors.primary_type()
    if interface.status != "Available":
        raise errors.interface_status(interface.id, interface.status, "Available")
    if interface.vpc_id != instance.vpc_id:
        raise errors.other_vpc(f"the instance {instance.id}")
    if interface.zone_id != instance.zone_id:
        raise errors.other_zone()
    others = interfaces_of(call.view, instance.id)
    type_ = find_type(instance.instance_type)
    if type_ is not None and len(others) >= type_.eni:
        raise errors.too_many_interfaces(type_.id, type_.eni)
    taken = {other.index for other in others}
    index = next(number for number in range(1, len(others) + 2) if number not in taken)
    replace_interface(
        call.change, msgspec.structs.replace(interface, parent=instance.id, status="InUse", index=index)
    )
    renew_network(call.change, instance.id)
    return Empty()


@ecs.action(DetachNetworkInterface, on="eni/{network_interface_id}", partial=PARTIAL)
def detach_network_interface(request: DetachNetworkInterface, call: Call) -> Empty:
    """Detach it; it keeps its addresses and security groups."""
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    instance = _instance(request.instance_id, call)
    if interface.primary:
        raise errors.primary_stays()
    if interface.parent != instance.id:
        raise errors.interface_status(interface.id, interface.status, f"InUse by {instance.id}")
    replace_interface(call.change, msgspec.structs.replace(interface, parent="", status="Available", index=0))
    renew_network(call.change, instance.id)
    return Empty()


def _instance(id_: str, call: Call) -> Instance:
    """Return an instance that runs or is stopped. Raises CloudError, also when the caller may not touch it."""
    call.authorise(f"instance/{id_}")
    instance = call.require(Instance, id_, errors.instance_not_found)
    if instance.desired == "Deleted":
        raise errors.instance_not_found(id_)
    if instance.status not in ("Running", "Stopped"):
        raise errors.instance_status(instance.id, instance.status)
    return instance
