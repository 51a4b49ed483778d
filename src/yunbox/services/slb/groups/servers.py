"""Backend servers as requests write them: a list in JSON, within one parameter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.services.balancing import members
from yunbox.services.balancing.model import Member, MemberType, member_id
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.slb.errors import (
    backend_server_not_found,
    backend_server_state,
    invalid_backend_servers,
    other_vpc,
    quota_exceeded,
)
from yunbox.services.slb.lists import read_list
from yunbox.services.slb.load_balancers.model import LoadBalancer

SERVERS_PER_REQUEST = 20
SERVERS_PER_GROUP = 200


class GivenServer(msgspec.Struct, frozen=True, rename="pascal"):
    """One server. Numbers are texts as often as not. `server_type` is of master-slave groups."""

    server_id: str
    type: Literal["", "ecs", "eni"] | UnsetType = UNSET
    server_ip: str = ""
    weight: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    description: str | UnsetType = UNSET
    server_type: Literal["", "Master", "Slave"] = ""


def read_servers(text: str) -> list[GivenServer]:
    """Return the servers of a list in JSON; ids alone stand for servers too. Raises CloudError."""
    if not text:
        return []
    try:
        given = [_whole(each) for each in read_list(text, Any)]
        found = msgspec.convert(given, list[GivenServer], strict=False)
    except (ValueError, AttributeError) as error:
        raise invalid_backend_servers(f"A list of servers in JSON is expected: {error}.") from None
    if len(found) > SERVERS_PER_REQUEST:
        raise quota_exceeded("BackendServersPerRequest", SERVERS_PER_REQUEST)
    return found


def _whole(given: Any) -> Any:
    return (
        {"ServerId": given} if isinstance(given, str) else {k: v for k, v in given.items() if v is not None}
    )


def member_of(call: Call, balancer: LoadBalancer, group: str, given: GivenServer, port: int) -> Member:
    """Return the member that a server would be. Raises CloudError for one that cannot be."""
    type_, vpc, ip = _server(call, given)
    if balancer.vpc_id and vpc != balancer.vpc_id:
        raise other_vpc(given.server_id)
    return Member(
        id=member_id(group, given.server_id, port),
        account=call.account,
        region=call.region,
        parent=group,
        server_id=given.server_id,
        server_type=type_,
        ip=ip,
        port=port,
        weight=members.MAX_WEIGHT if given.weight is UNSET else given.weight,
        description="" if given.description is UNSET else given.description,
        role=given.server_type,
    )


def _server(call: Call, given: GivenServer) -> tuple[MemberType, str, str]:
    """Return the type, the VPC and the address (of network interfaces) of a server. Raises CloudError."""
    if given.type == "eni":
        interface = call.get(NetworkInterface, given.server_id)
        if interface is None:
            raise backend_server_not_found(given.server_id)
        if given.server_ip and given.server_ip not in interface.addresses:
            raise invalid_backend_servers(f"{given.server_ip} is no address of {interface.id}.")
        return "Eni", interface.vpc_id, given.server_ip
    instance = call.get(Instance, given.server_id)
    if instance is None or instance.desired == "Deleted":
        raise backend_server_not_found(given.server_id)
    if instance.status not in ("Pending", "Starting", "Running") or instance.desired != "Running":
        raise backend_server_state(instance.id, instance.status)
    return "Ecs", instance.vpc_id, ""


def put(call: Call, balancer: LoadBalancer, group: str, servers: list[GivenServer], *, ports: bool) -> None:
    """Add servers to a group; those that are in it take the weight that is given. Raises CloudError.

    `ports`: each has a port of its own.
    """
    for index, given in enumerate(servers):
        port = _port(given) if ports else 0
        before = members.find(call.view, member_id(group, given.server_id, port))
        if before is not None:
            alter(call, before, given)
        else:
            # Groups are shown in the order in which their servers came.
            came = call.now + index * 1e-6
            members.add(call.change, member_of(call, balancer, group, given, port), came)
    if len(members.members_of(call.view, group)) > SERVERS_PER_GROUP:
        raise quota_exceeded("BackendServers", SERVERS_PER_GROUP)


def _port(given: GivenServer) -> int:
    if not given.port:
        raise invalid_backend_servers(f"The port of {given.server_id[:64]!a} is missing.")
    return given.port


def alter(call: Call, member: Member, given: GivenServer) -> None:
    """Give a server the weight and the description that are given."""
    fields: dict[str, object] = {}
    if given.weight is not UNSET:
        fields["weight"] = given.weight
    if given.description is not UNSET:
        fields["description"] = given.description
    members.alter(call.change, member, **fields)


def take(call: Call, group: str, servers: list[GivenServer], *, ports: bool) -> None:
    """Take servers out of a group; those that are not in it are passed over."""
    for given in servers:
        found = members.find(call.view, member_id(group, given.server_id, given.port if ports else 0))
        if found is not None:
            members.take_out(call.change, found, call.now)
