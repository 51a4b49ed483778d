"""DescribeLoadBalancerAttribute and DescribeLoadBalancers. Shapes: the SDK alibabacloud_slb20140515."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, Count, PageNumber, Request, Shape, TagFilter, Text
from yunbox.services.balancing.members import members_of
from yunbox.services.balancing.model import Member
from yunbox.services.balancing.wanted import private_ip_of
from yunbox.services.slb.groups.model import groups_of
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.lists import read_list
from yunbox.services.slb.load_balancers.model import LoadBalancer, require_balancer
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, milliseconds, on_off, tag_list

FOREVER = 32_493_801_600.0
"""When what is paid as it is used ends, as the vendor shows it: 2999-09-08T16:00:00Z."""


class BalancerFields(Answer, kw_only=True):
    """What both answers show of a load balancer."""

    load_balancer_id: str
    load_balancer_name: str
    load_balancer_status: str
    load_balancer_spec: str
    region_id: str
    region_id_alias: str
    address: str
    address_type: str
    address_ip_version: str = field(default="ipv4", name="AddressIPVersion")
    network_type: str
    vpc_id: str
    v_switch_id: str
    bandwidth: int
    internet_charge_type: str
    instance_charge_type: str
    pay_type: str = "PayOnDemand"
    master_zone_id: str
    slave_zone_id: str
    create_time: str
    create_time_stamp: int
    delete_protection: str
    modification_protection_status: str
    modification_protection_reason: str
    resource_group_id: str
    tags: TagList


def _fields(found: LoadBalancer) -> dict[str, Any]:
    return {
        "load_balancer_id": found.id,
        "load_balancer_name": found.name,
        "load_balancer_status": found.status,
        "load_balancer_spec": found.spec,
        "region_id": found.region,
        "region_id_alias": found.region,
        "address": found.address,
        "address_type": found.address_type,
        "network_type": found.network_type,
        "vpc_id": found.vpc_id,
        "v_switch_id": found.parent,
        "bandwidth": found.bandwidth,
        "internet_charge_type": found.internet_charge_type,
        "instance_charge_type": found.instance_charge_type,
        "master_zone_id": found.master_zone,
        "slave_zone_id": found.slave_zone,
        "create_time": minutes(found.created),
        "create_time_stamp": milliseconds(found.created),
        "delete_protection": found.delete_protection,
        "modification_protection_status": found.modification_protection,
        "modification_protection_reason": found.modification_reason,
        "resource_group_id": found.resource_group,
        "tags": tag_list(found.tags),
    }


class DescribeLoadBalancerAttribute(Request):
    """Ask for one load balancer, with its listeners and the servers of its default group."""

    load_balancer_id: str


class BackendServer(Shape):
    """A server of the default group; the address is shown of a network interface's alone, as the vendor does."""

    server_id: str
    server_ip: Text
    type: str
    weight: int
    description: str


class BackendServers(Shape):
    """The wrapping of servers."""

    backend_server: list[BackendServer]


class ListenerPorts(Shape):
    """The wrapping of ports."""

    listener_port: list[int]


class PortAndProtocal(Shape):
    """A listener; the spelling is the vendor's."""

    listener_port: int
    listener_protocal: str


class PortsAndProtocal(Shape):
    """The wrapping of listeners."""

    listener_port_and_protocal: list[PortAndProtocal]


class PortAndProtocol(Shape, kw_only=True):
    """A listener."""

    listener_port: int
    listener_protocol: str
    listener_forward: str
    forward_port: Count = UNSET
    description: Text


class PortsAndProtocol(Shape):
    """The wrapping of listeners."""

    listener_port_and_protocol: list[PortAndProtocol]


class BalancerDescribed(BalancerFields, kw_only=True):
    """A load balancer, whole."""

    end_time: str
    end_time_stamp: int
    backend_servers: BackendServers
    listener_ports: ListenerPorts
    listener_ports_and_protocal: PortsAndProtocal
    listener_ports_and_protocol: PortsAndProtocol


@slb.action(DescribeLoadBalancerAttribute, on="loadbalancer/{load_balancer_id}")
def describe_load_balancer_attribute(request: DescribeLoadBalancerAttribute, call: Call) -> BalancerDescribed:
    """Answer with it. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    found = require_balancer(call, request.load_balancer_id)
    listeners = sorted(call.view.find(Listener, parent=found.id), key=lambda each: each.port)
    return BalancerDescribed(
        **_fields(found),
        end_time=minutes(FOREVER),
        end_time_stamp=milliseconds(FOREVER),
        backend_servers=BackendServers(
            backend_server=[_server(call, each) for each in members_of(call.view, found.id)]
        ),
        listener_ports=ListenerPorts(listener_port=[each.port for each in listeners]),
        listener_ports_and_protocal=PortsAndProtocal(
            listener_port_and_protocal=[
                PortAndProtocal(listener_port=each.port, listener_protocal=each.protocol)
                for each in listeners
            ]
        ),
        listener_ports_and_protocol=PortsAndProtocol(
            listener_port_and_protocol=[_listener(each) for each in listeners]
        ),
    )


def _server(call: Call, member: Member) -> BackendServer:
    return BackendServer(
        server_id=member.server_id,
        server_ip=private_ip_of(call.view, member) if member.server_type == "Eni" else UNSET,
        type=member.server_type.lower(),
        weight=member.weight,
        description=member.description,
    )


def _listener(listener: Listener) -> PortAndProtocol:
    return PortAndProtocol(
        listener_port=listener.port,
        listener_protocol=listener.protocol,
        listener_forward=on_off(bool(listener.forward_port)),
        forward_port=listener.forward_port or UNSET,
        description=listener.name or UNSET,
    )


class DescribeLoadBalancers(Request):
    """List load balancers. Ids, names and addresses of servers may be several, with commas between."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    load_balancer_id: str = ""
    load_balancer_name: str = ""
    load_balancer_status: str = ""
    address: str = ""
    address_type: str = ""
    address_ip_version: str = field(default="", name="AddressIPVersion")
    network_type: str = ""
    vpc_id: str = ""
    v_switch_id: str = ""
    server_id: str = ""
    server_intranet_address: str = ""
    internet_charge_type: str = ""
    pay_type: str = ""
    master_zone_id: str = ""
    slave_zone_id: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    tags: str = ""


class BalancerListed(BalancerFields, kw_only=True):
    """A load balancer in a list."""

    internet_charge_type_alias: str


class BalancerList(Shape):
    """The wrapping of load balancers."""

    load_balancer: list[BalancerListed]


class BalancersDescribed(Answer):
    """A page of load balancers."""

    load_balancers: BalancerList
    total_count: int
    page_number: int
    page_size: int


_EQUAL = {
    "load_balancer_status": "status",
    "address": "address",
    "address_type": "address_type",
    "vpc_id": "vpc_id",
    "v_switch_id": "parent",
    "internet_charge_type": "internet_charge_type",
    "master_zone_id": "master_zone",
    "slave_zone_id": "slave_zone",
    "resource_group_id": "resource_group",
    "network_type": "network_type",
}


@slb.action(DescribeLoadBalancers, on="loadbalancer/*")
def describe_load_balancers(request: DescribeLoadBalancers, call: Call) -> BalancersDescribed:
    """Answer with a page, newest first."""
    kept = [each for each in call.find(LoadBalancer, descending=True) if _matches(request, call, each)]
    first = (request.page_number - 1) * request.page_size
    return BalancersDescribed(
        load_balancers=BalancerList(
            load_balancer=[
                BalancerListed(**_fields(each), internet_charge_type_alias=each.internet_charge_type)
                for each in kept[first : first + request.page_size]
            ]
        ),
        total_count=len(kept),
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _matches(request: DescribeLoadBalancers, call: Call, found: LoadBalancer) -> bool:
    for name, attribute in _EQUAL.items():
        wanted = getattr(request, name)
        if wanted and wanted.lower() != getattr(found, attribute).lower():
            return False
    for wanted, value in ((request.load_balancer_id, found.id), (request.load_balancer_name, found.name)):
        if wanted and value not in wanted.split(","):
            return False
    if request.address_ip_version not in ("", "ipv4") or request.pay_type not in ("", "PayOnDemand"):
        return False
    if not found.has_tags(request.tag) or not found.has_tags(_tag_filters(request.tags)):
        return False
    return _has_server(request, call, found)


def _has_server(request: DescribeLoadBalancers, call: Call, found: LoadBalancer) -> bool:
    if not request.server_id and not request.server_intranet_address:
        return True
    addresses = request.server_intranet_address.split(",")
    groups = [found.id, *(each.id for _, each in groups_of(call.view, found.id))]
    return any(
        (not request.server_id or member.server_id == request.server_id)
        and (not request.server_intranet_address or private_ip_of(call.view, member) in addresses)
        for group in groups
        for member in members_of(call.view, group)
    )


def _tag_filters(text: str) -> list[TagFilter]:
    return [TagFilter(key=each["TagKey"], value=each.get("TagValue", "")) for each in read_tags(text, "Tags")]


def read_tags(text: str, parameter: str) -> list[dict[str, str]]:
    """Return the tags of a list in JSON, such as `[{"TagKey": "k", "TagValue": "v"}]`. Raises CloudError."""
    if not text:
        return []
    try:
        found = read_list(text, dict[str, str])
    except ValueError:
        found = [{}]
    if not all("TagKey" in each for each in found):
        raise invalid_parameter(parameter, "a list of TagKey and TagValue in JSON is expected")
    return found
