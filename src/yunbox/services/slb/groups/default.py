"""The default group of a load balancer: AddBackendServers and its kin. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.balancing import members
from yunbox.services.balancing.model import Member, member_id
from yunbox.services.slb.errors import backend_server_not_found
from yunbox.services.slb.groups import servers
from yunbox.services.slb.groups.servers import read_servers
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb

ON = "loadbalancer/{load_balancer_id}"


class _Change(Request):
    load_balancer_id: str
    backend_servers: str = ""


class AddBackendServers(_Change):
    """Add servers to the default group."""


class SetBackendServers(_Change):
    """Change servers of the default group, such as their weights."""


class RemoveBackendServers(_Change):
    """Take servers out of the default group; their requests under way end first."""


class ServerSet(Shape):
    """A server of the default group; here the vendor answers weights as texts."""

    server_id: str
    weight: str
    type: str
    description: str


class ServersSet(Shape):
    """The wrapping of servers."""

    backend_server: list[ServerSet]


class DefaultGroup(Answer):
    """The default group."""

    load_balancer_id: str
    backend_servers: ServersSet


class ServerLeft(Shape):
    """A server of the default group; here the vendor answers weights as numbers."""

    server_id: str
    weight: int
    type: str
    description: str


class ServersLeft(Shape):
    """The wrapping of servers."""

    backend_server: list[ServerLeft]


class DefaultGroupLeft(Answer):
    """The default group."""

    load_balancer_id: str
    backend_servers: ServersLeft


@slb.action(AddBackendServers, on=ON)
def add_backend_servers(request: AddBackendServers, call: Call) -> DefaultGroup:
    """Add them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidBackendServers.NotFound ..."""
    balancer = require_balancer(call, request.load_balancer_id)
    servers.put(call, balancer, balancer.id, read_servers(request.backend_servers), ports=False)
    return _set(call, balancer.id)


@slb.action(SetBackendServers, on=ON)
def set_backend_servers(request: SetBackendServers, call: Call) -> DefaultGroup:
    """Change them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidBackendServers.NotFound."""
    balancer = require_balancer(call, request.load_balancer_id)
    for given in read_servers(request.backend_servers):
        found = members.find(call.view, member_id(balancer.id, given.server_id, 0))
        if found is None:
            raise backend_server_not_found(given.server_id)
        servers.alter(call, found, given)
    return _set(call, balancer.id)


@slb.action(RemoveBackendServers, on=ON)
def remove_backend_servers(request: RemoveBackendServers, call: Call) -> DefaultGroupLeft:
    """Take them out. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    balancer = require_balancer(call, request.load_balancer_id)
    servers.take(call, balancer.id, read_servers(request.backend_servers), ports=False)
    left = [
        ServerLeft(
            server_id=each.server_id, weight=each.weight, type=type_of(each), description=each.description
        )
        for each in members.members_of(call.view, balancer.id)
    ]
    return DefaultGroupLeft(load_balancer_id=balancer.id, backend_servers=ServersLeft(backend_server=left))


def _set(call: Call, balancer: str) -> DefaultGroup:
    found = [
        ServerSet(
            server_id=each.server_id,
            weight=str(each.weight),
            type=type_of(each),
            description=each.description,
        )
        for each in members.members_of(call.view, balancer)
    ]
    return DefaultGroup(load_balancer_id=balancer, backend_servers=ServersSet(backend_server=found))


def type_of(member: Member) -> str:
    """Return the type of a server as answers write it."""
    return member.server_type.lower()
