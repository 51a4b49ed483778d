"""Network interfaces come, change and go. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter, unsupported_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag
from yunbox.api.tagging import MAX_TAGS, check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import conflict, interface_not_found, vswitch_not_found
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.network_interfaces import errors
from yunbox.services.ecs.network_interfaces.addresses import add_addresses
from yunbox.services.ecs.network_interfaces.create import (
    create_interface,
    delete_interface,
    replace_interface,
)
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.network_interfaces.shown import (
    Ipv4PrefixList,
    Ipv6List,
    Ipv6PrefixList,
    SecurityGroupIdList,
)
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.groups import is_description
from yunbox.services.ecs.security_groups.membership import MAX_GROUPS, choose_groups
from yunbox.services.ecs.tags import TagList, tag_list
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.vswitches.model import VSwitch

_NAME = re.compile(r"[^\W\d_][\w:.-]{1,127}")
_Groups = Annotated[list[str], Meta(max_length=MAX_GROUPS + 1)]
_Queues = Annotated[int, Meta(ge=1, le=2048)]


class CreateNetworkInterface(Request):
    """Make a secondary interface in a vSwitch."""

    accepted: ClassVar[dict[str, str]] = {
        "BusinessType": "the vendor no longer uses it",
        "Visible": "the vendor no longer uses it",
    }

    v_switch_id: str
    security_group_id: str = ""
    security_group_ids: _Groups = []
    network_interface_name: str = ""
    description: str = ""
    primary_ip_address: str = ""
    private_ip_address: Annotated[list[str], Meta(max_length=49)] = []
    secondary_private_ip_address_count: Annotated[int, Meta(ge=0, le=49)] = 0
    instance_type: Literal["", "Secondary"] = ""
    network_interface_traffic_mode: Literal["", "Standard"] = ""
    queue_number: _Queues = 1
    delete_on_release: bool = False
    source_dest_check: bool = False
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=MAX_TAGS)] = []
    ipv4_prefix_count: Literal[0] = 0
    ipv6_address_count: Literal[0] = 0
    ipv6_prefix_count: Literal[0] = 0


class NewPrivateIp(Shape):
    """One private address of a new interface."""

    private_ip_address: str
    primary: bool


class NewPrivateIpList(Shape):
    """The wrapping of a list of new addresses."""

    private_ip_set: list[NewPrivateIp]


class NetworkInterfaceCreated(Answer):
    """The new interface."""

    network_interface_id: str
    network_interface_name: str
    description: str
    status: str
    type: str
    vpc_id: str
    v_switch_id: str
    zone_id: str
    mac_address: str
    private_ip_address: str
    private_ip_sets: NewPrivateIpList
    security_group_ids: SecurityGroupIdList
    owner_id: str
    resource_group_id: str
    tags: TagList
    ipv6_sets: Ipv6List = Ipv6List()
    ipv4_prefix_sets: Ipv4PrefixList = Ipv4PrefixList()
    ipv6_prefix_sets: Ipv6PrefixList = Ipv6PrefixList()
    service_managed: bool = False
    source_dest_check: bool = False


class ModifyNetworkInterfaceAttribute(Request):
    """Change an interface; what is not given stays as it is."""

    network_interface_id: str
    network_interface_name: str = ""
    description: str = ""
    security_group_id: _Groups = []
    queue_number: _Queues | None = None
    delete_on_release: bool | None = None
    source_dest_check: bool = False


class DeleteNetworkInterface(Request):
    """Delete an interface that is not attached."""

    network_interface_id: str


@ecs.action(CreateNetworkInterface, on="eni/*")
def create_network_interface(request: CreateNetworkInterface, call: Call) -> NetworkInterfaceCreated:
    """Make the interface, with its addresses."""
    _check(request, call)
    vswitch = call.require(VSwitch, request.v_switch_id, vswitch_not_found)
    if request.security_group_id and request.security_group_ids:
        raise conflict("SecurityGroupId and SecurityGroupIds exclude each other.")
    ids = request.security_group_ids or [request.security_group_id]
    if not ids[0]:
        raise missing_parameter("SecurityGroupId")
    groups = choose_groups(call, ids, vswitch.vpc_id, _other_vpc)
    try:
        made = create_interface(
            call,
            vswitch,
            groups,
            private_ip=request.primary_ip_address,
            name=request.network_interface_name,
            description=request.description,
            delete_on_release=request.delete_on_release,
            resource_group=request.resource_group_id,
            tags=check_tags(request.tag),
            queues=request.queue_number,
        )
    except CloudError as error:
        raise errors.in_these_words(error) from None
    if request.private_ip_address or request.secondary_private_ip_address_count:
        made, _ = add_addresses(
            call, made, request.private_ip_address, request.secondary_private_ip_address_count
        )
    return NetworkInterfaceCreated(
        network_interface_id=made.id,
        network_interface_name=made.name,
        description=made.description,
        status=made.status,
        type="Secondary",
        vpc_id=made.vpc_id,
        v_switch_id=made.vswitch_id,
        zone_id=made.zone_id,
        mac_address=made.mac,
        private_ip_address=made.private_ip,
        private_ip_sets=NewPrivateIpList(
            private_ip_set=[
                NewPrivateIp(private_ip_address=address, primary=address == made.private_ip)
                for address in made.addresses
            ]
        ),
        security_group_ids=SecurityGroupIdList(security_group_id=list(made.security_groups)),
        owner_id=made.account,
        resource_group_id=made.resource_group,
        tags=tag_list(made.tags),
    )


@ecs.action(ModifyNetworkInterfaceAttribute, on="eni/{network_interface_id}")
def modify_network_interface_attribute(request: ModifyNetworkInterfaceAttribute, call: Call) -> Empty:
    """Change the interface. Of a primary one only the words, as the rest is its instance's."""
    _check(request, call)
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    fields: dict[str, Any] = {}
    if request.network_interface_name:
        fields["name"] = request.network_interface_name
    if request.description:
        fields["description"] = request.description
    if request.delete_on_release is not None:
        fields["delete_on_release"] = request.delete_on_release
    if request.queue_number is not None:
        _check_queues(interface, call)
        fields["queues"] = request.queue_number
    if request.security_group_id:
        groups = choose_groups(call, request.security_group_id, interface.vpc_id, _other_vpc)
        fields["security_groups"] = tuple(group.id for group in groups)
    if interface.primary and fields.keys() - {"name", "description"}:
        raise errors.primary_keeps_groups()
    replace_interface(call.change, msgspec.structs.replace(interface, **fields))
    renew_network(call.change, interface.parent)
    return Empty()


@ecs.action(DeleteNetworkInterface, on="eni/{network_interface_id}")
def delete_network_interface(request: DeleteNetworkInterface, call: Call) -> Empty:
    """Delete the interface; elastic addresses are free again."""
    interface = call.require(NetworkInterface, request.network_interface_id, interface_not_found)
    if interface.primary:
        raise errors.primary_stays()
    if interface.status != "Available":
        raise errors.interface_status(interface.id, interface.status, "Available")
    for eip in call.view.find(Eip, parent=interface.id):
        free = eip.unbound()
        call.change.replace(free)
    delete_interface(call.change, interface)
    return Empty()


def _check(request: CreateNetworkInterface | ModifyNetworkInterfaceAttribute, call: Call) -> None:
    name = request.network_interface_name
    if name and not (_NAME.fullmatch(name) and not name.lower().startswith(("http://", "https://"))):
        raise errors.malformed_name()
    if request.description and not is_description(request.description):
        raise errors.malformed_description()
    if request.source_dest_check:
        raise unsupported_parameter("SourceDestCheck", call.action)


def _check_queues(interface: NetworkInterface, call: Call) -> None:
    """Return when the number of queues may change: of what is not attached, or does not run."""
    instance = call.view.get(Instance, interface.parent) if interface.parent else None
    if instance is not None and instance.status != "Stopped":
        raise errors.instance_status(instance.id, instance.status)


def _other_vpc(group: str) -> CloudError:
    return errors.other_vpc(f"the security group {group}")
