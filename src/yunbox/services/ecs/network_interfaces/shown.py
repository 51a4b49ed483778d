"""A network interface as answers show it. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Count, Shape, Text
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.tags import TagList, tag_list
from yunbox.services.vpc.eips.model import Eip


class AssociatedPublicIp(Shape):
    """The elastic address of an interface; nothing when there is none."""

    public_ip_address: Text = UNSET
    allocation_id: Text = UNSET


class Attachment(Shape):
    """Where an interface is attached; nothing when it is not."""

    instance_id: Text = UNSET
    device_index: Count = UNSET
    network_card_index: Count = UNSET
    trunk_network_interface_id: Text = UNSET


class PrivateIp(Shape):
    """One private address."""

    private_ip_address: str
    primary: bool
    associated_public_ip: AssociatedPublicIp


class PrivateIpList(Shape):
    """The wrapping of a list of private addresses."""

    private_ip_set: list[PrivateIp]


class Ipv6(Shape):
    """One IPv6 address."""

    ipv6_address: str


class Ipv6List(Shape):
    """The wrapping of a list of IPv6 addresses, of which there are none."""

    ipv6_set: list[Ipv6] = []


class Ipv4Prefix(Shape):
    """One prefix of IPv4 addresses."""

    ipv4_prefix: str


class Ipv4PrefixList(Shape):
    """The wrapping of a list of IPv4 prefixes, of which there are none."""

    ipv4_prefix_set: list[Ipv4Prefix] = []


class Ipv6Prefix(Shape):
    """One prefix of IPv6 addresses."""

    ipv6_prefix: str


class Ipv6PrefixList(Shape):
    """The wrapping of a list of IPv6 prefixes, of which there are none."""

    ipv6_prefix_set: list[Ipv6Prefix] = []


class SecurityGroupIdList(Shape):
    """The wrapping of a list of security groups."""

    security_group_id: list[str]


class ShownInterface(Answer, kw_only=True):
    """A network interface: an answer of its own, and an item of a listing."""

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
    private_ip_sets: PrivateIpList
    security_group_ids: SecurityGroupIdList
    instance_id: str
    attachment: Attachment
    associated_public_ip: AssociatedPublicIp
    creation_time: str
    delete_on_release: bool
    resource_group_id: str
    owner_id: str
    queue_number: int
    tags: TagList
    ipv6_sets: Ipv6List = Ipv6List()
    ipv4_prefix_sets: Ipv4PrefixList = Ipv4PrefixList()
    ipv6_prefix_sets: Ipv6PrefixList = Ipv6PrefixList()
    network_interface_traffic_mode: str
    queue_pair_number: Count = UNSET
    service_managed: bool = False
    source_dest_check: bool


def _private_ips(interface: NetworkInterface, public: dict[str, AssociatedPublicIp]) -> PrivateIpList:
    """Return the private addresses in their wrapping, the primary one first."""
    return PrivateIpList(
        private_ip_set=[
            PrivateIp(
                private_ip_address=address,
                primary=address == interface.private_ip,
                associated_public_ip=public.get(address, AssociatedPublicIp()),
            )
            for address in interface.addresses
        ]
    )


def shown(call: Call, interface: NetworkInterface) -> ShownInterface:
    """Return an interface as answers show it."""
    public = _public(call, interface)
    return ShownInterface(
        network_interface_id=interface.id,
        network_interface_name=interface.name,
        description=interface.description,
        status=interface.status,
        type="Primary" if interface.primary else "Secondary",
        vpc_id=interface.vpc_id,
        v_switch_id=interface.vswitch_id,
        zone_id=interface.zone_id,
        mac_address=interface.mac,
        private_ip_address=interface.private_ip,
        private_ip_sets=_private_ips(interface, public),
        security_group_ids=SecurityGroupIdList(security_group_id=list(interface.security_groups)),
        instance_id=interface.parent,
        attachment=_attachment(interface),
        associated_public_ip=public.get(interface.private_ip, AssociatedPublicIp()),
        creation_time=seconds(interface.created),
        delete_on_release=interface.delete_on_release,
        resource_group_id=interface.resource_group,
        owner_id=interface.account,
        queue_number=interface.queues,
        queue_pair_number=interface.queue_pairs or UNSET,
        network_interface_traffic_mode=interface.traffic_mode,
        source_dest_check=interface.source_dest_check,
        tags=tag_list(interface.tags),
    )


def _attachment(interface: NetworkInterface) -> Attachment:
    if not interface.parent:
        return Attachment()
    return Attachment(
        instance_id=interface.parent,
        device_index=interface.index,
        network_card_index=interface.card,
        trunk_network_interface_id="",
    )


def _public(call: Call, interface: NetworkInterface) -> dict[str, AssociatedPublicIp]:
    """Return the elastic addresses of an interface by the private address that each leads to."""
    bound = call.view.find(Eip, parent=interface.id)
    if interface.primary and interface.parent:
        bound += call.view.find(Eip, parent=interface.parent)
    return {
        eip.private_ip or interface.private_ip: AssociatedPublicIp(
            public_ip_address=eip.address, allocation_id=eip.id
        )
        for eip in bound
    }
