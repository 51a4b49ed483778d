"""Servers come into server groups, change and leave. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Request, Shape, Text
from yunbox.services.alb.checks import check_description
from yunbox.services.alb.errors import already_exists, illegal, mismatch, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.product import alb
from yunbox.services.alb.server_groups.groups import server_group
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.balancing import members
from yunbox.services.balancing.model import Member, MemberType, member_id
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.vpc.cidr import read_address, read_block
from yunbox.services.vpc.vpcs.model import Vpc

SERVERS_PER_GROUP = 1000

ServerType = Literal["Ecs", "Eni", "Eci", "Ip", "Fc", "ecs", "eni", "eci", "ip", "fc"]
Port = Annotated[int, Meta(ge=1, le=65535)]
Weight = Annotated[int, Meta(ge=0, le=100)]

_TYPES: dict[str, MemberType] = {"ecs": "Ecs", "eni": "Eni", "ip": "Ip"}
_missing = not_found("BackendServer")


class ServerNamed(Shape):
    """A server of a group: an instance, a network interface, or an address, and its port."""

    server_id: str
    server_type: ServerType
    port: Port
    server_ip: str = ""


class ServerAdded(ServerNamed):
    """A server to put into a group."""

    weight: Weight = 100
    description: str = ""
    remote_ip_enabled: bool = False


class ServerReplacing(ServerNamed):
    """A server to put into a group in exchange for others."""

    weight: Weight = 100
    description: str = ""


class ServerChanged(ServerNamed):
    """A server of a group, and what of it changes."""

    weight: Weight | UnsetType = UNSET
    description: Text = UNSET


class AddServersToServerGroup(Request):
    """Put servers into a group."""

    server_group_id: str
    servers: Annotated[list[ServerAdded], Meta(min_length=1, max_length=200)]


class RemoveServersFromServerGroup(Request):
    """Take servers out of a group: each goes when its requests have ended, or the drain's time is up."""

    server_group_id: str
    servers: Annotated[list[ServerNamed], Meta(min_length=1, max_length=200)]


class ReplaceServersInServerGroup(Request):
    """Take servers out of a group and put others in."""

    server_group_id: str
    added_servers: Annotated[list[ServerReplacing], Meta(min_length=1, max_length=200)]
    removed_servers: Annotated[list[ServerNamed], Meta(min_length=1, max_length=200)]


class UpdateServerGroupServersAttribute(Request):
    """Change servers' weights and descriptions."""

    server_group_id: str
    servers: Annotated[list[ServerChanged], Meta(min_length=1, max_length=200)]


@alb.action(AddServersToServerGroup, on="servergroup/{server_group_id}")
def add_servers_to_server_group(request: AddServersToServerGroup, call: Call) -> Started:
    """Add them all, or none.

    Raises CloudError: ResourceNotFound.*, Mismatch.*, ResourceAlreadyExist.BackendServer, QuotaExceeded.ServersNum.
    """
    group = server_group(call, request.server_group_id)
    if any(each.remote_ip_enabled for each in request.servers):
        raise unsupported_parameter("Servers.N.RemoteIpEnabled", call.action)
    _add(call, group, request.servers)
    return Started(job_id=begin_job(call, "servergroup", group.id))


@alb.action(RemoveServersFromServerGroup, on="servergroup/{server_group_id}")
def remove_servers_from_server_group(request: RemoveServersFromServerGroup, call: Call) -> Started:
    """Take them all out, or none. Raises CloudError: ResourceNotFound.ServerGroup, ResourceNotFound.BackendServer."""
    group = server_group(call, request.server_group_id)
    _take_out(call, group, request.servers)
    return Started(job_id=begin_job(call, "servergroup", group.id))


@alb.action(ReplaceServersInServerGroup, on="servergroup/{server_group_id}")
def replace_servers_in_server_group(request: ReplaceServersInServerGroup, call: Call) -> Started:
    """Do both, or nothing. Raises CloudError as adding and removing do."""
    group = server_group(call, request.server_group_id)
    _take_out(call, group, request.removed_servers)
    _add(call, group, request.added_servers)
    return Started(job_id=begin_job(call, "servergroup", group.id))


@alb.action(UpdateServerGroupServersAttribute, on="servergroup/{server_group_id}")
def update_server_group_servers_attribute(request: UpdateServerGroupServersAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.ServerGroup, ResourceNotFound.BackendServer."""
    group = server_group(call, request.server_group_id)
    for each in request.servers:
        member = _member(call, group, each)
        weight = member.weight if each.weight is UNSET else each.weight
        description = _described(each.description) if each.description else member.description
        members.alter(call.change, member, weight=weight, description=description)
    return Started(job_id=begin_job(call, "servergroup", group.id))


def _add(call: Call, group: ServerGroup, asked: Sequence[ServerAdded | ServerReplacing]) -> None:
    if len(members.members_of(call.view, group.id)) + len(asked) > SERVERS_PER_GROUP:
        raise quota_exceeded("ServersNum", SERVERS_PER_GROUP, group.id)
    for each in asked:
        type_ = _type_of(each, group, call)
        ip = _LOOKUPS[type_](call, group, each)
        id_ = member_id(group.id, each.server_id, each.port)
        if members.find(call.view, id_) is not None:
            raise already_exists("BackendServer", f"{each.server_id}:{each.port}")
        new = Member(
            id=id_,
            account=call.account,
            region=call.region,
            parent=group.id,
            server_id=each.server_id,
            server_type=type_,
            ip=ip,
            port=each.port,
            weight=each.weight,
            description=_described(each.description),
        )
        members.add(call.change, new, call.now)


def _take_out(call: Call, group: ServerGroup, asked: Sequence[ServerNamed]) -> None:
    for each in asked:
        members.take_out(call.change, _member(call, group, each), call.now)


def _member(call: Call, group: ServerGroup, named: ServerNamed) -> Member:
    found = members.find(call.view, member_id(group.id, named.server_id, named.port))
    if found is None or found.server_type.lower() != named.server_type.lower():
        raise _missing(f"{named.server_id}:{named.port}")
    return found


def _described(text: str) -> str:
    return check_description(text, "Description") if text else ""


def _type_of(asked: ServerNamed, group: ServerGroup, call: Call) -> MemberType:
    """Return the type of a server that a group takes. Raises CloudError."""
    type_ = _TYPES.get(asked.server_type.lower())
    if type_ is None:
        raise unsupported_parameter(f"ServerType {asked.server_type}", call.action)
    if (type_ == "Ip") != (group.type == "Ip"):
        raise mismatch("ServerType", f"The server group {group.id} is of the type {group.type}.")
    return type_


def _instance_ip(call: Call, group: ServerGroup, asked: ServerNamed) -> str:
    instance = call.require(Instance, asked.server_id, _missing)
    if instance.desired == "Deleted":
        raise _missing(instance.id)
    if instance.vpc_id != group.vpc_id:
        raise mismatch("VpcId", f"The server {instance.id} is not in the VPC {group.vpc_id}.")
    return ""


def _interface_ip(call: Call, group: ServerGroup, asked: ServerNamed) -> str:
    interface = call.require(NetworkInterface, asked.server_id, _missing)
    if interface.vpc_id != group.vpc_id:
        raise mismatch("VpcId", f"The server {interface.id} is not in the VPC {group.vpc_id}.")
    if asked.server_ip and asked.server_ip not in interface.addresses:
        raise illegal("ServerIp", f"{', '.join(interface.addresses)} are the interface's")
    return asked.server_ip or interface.private_ip


def _own_ip(call: Call, group: ServerGroup, asked: ServerNamed) -> str:
    try:
        address: IPv4Address = read_address(asked.server_id)
    except ValueError:
        raise illegal("ServerId", "an IPv4 address is expected of the type Ip") from None
    if asked.server_ip not in ("", str(address)):
        raise mismatch("ServerIp", "ServerIp and ServerId are not the same address.")
    vpc = call.require(Vpc, group.vpc_id, not_found("Vpc"))
    # Those beyond come with RemoteIpEnabled, which is refused: a balancer is no way into this machine's networks.
    if not any(address in read_block(each) for each in vpc.cidr_blocks):
        raise illegal("ServerId", f"an address of the VPC {vpc.id} is expected")
    return str(address)


_LOOKUPS = {"Ecs": _instance_ip, "Eni": _interface_ip, "Ip": _own_ip}
