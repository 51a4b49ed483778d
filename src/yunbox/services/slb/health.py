"""DescribeHealthStatus: what the checks of a load balancer say of its servers. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Count, Request, Shape
from yunbox.services.balancing.members import members_of
from yunbox.services.balancing.model import Health
from yunbox.services.balancing.wanted import private_ip_of
from yunbox.services.slb.listeners.model import Listener, Rule
from yunbox.services.slb.load_balancers.model import LoadBalancer, require_balancer
from yunbox.services.slb.product import slb

STATES = {"up": "normal", "down": "abnormal", "unchecked": "unavailable"}
"""How the vendor calls what the engine says. A server that has not been checked yet is `unavailable` too."""


class DescribeHealthStatus(Request):
    """Ask how the servers of a load balancer fare, behind one port or all."""

    load_balancer_id: str
    listener_port: Count = UNSET
    listener_protocol: str = ""


class ServerHealth(Shape):
    """A server behind a listener."""

    listener_port: int
    port: int
    protocol: str
    server_health_status: str
    server_id: str
    server_ip: str


class ServersHealth(Shape):
    """The wrapping of servers."""

    backend_server: list[ServerHealth]


class HealthDescribed(Answer):
    """How servers fare."""

    backend_servers: ServersHealth


@slb.action(DescribeHealthStatus, on="loadbalancer/{load_balancer_id}")
def describe_health_status(request: DescribeHealthStatus, call: Call) -> HealthDescribed:
    """Answer with the servers of all listeners that were asked about. Raises CloudError."""
    balancer = require_balancer(call, request.load_balancer_id)
    found: list[ServerHealth] = []
    for listener in sorted(call.view.find(Listener, parent=balancer.id), key=lambda each: each.port):
        if request.listener_port in (UNSET, listener.port) and request.listener_protocol.lower() in (
            "",
            listener.protocol,
        ):
            found += _servers(call, balancer, listener)
    return HealthDescribed(backend_servers=ServersHealth(backend_server=found))


def _servers(call: Call, balancer: LoadBalancer, listener: Listener) -> list[ServerHealth]:
    seen = {
        (each.group, each.member): each.state
        for each in call.view.find(Health, parent=balancer.id)
        if each.listener == listener.id
    }
    rules = call.view.find(Rule, parent=listener.id)
    groups = dict.fromkeys((listener.group, *(each.vserver_group for each in rules)))
    return [
        ServerHealth(
            listener_port=listener.port,
            port=member.port or listener.backend_port,
            protocol=listener.protocol,
            server_health_status=STATES.get(seen.get((group, member.id), ""), "unavailable"),
            server_id=member.server_id,
            server_ip=private_ip_of(call.view, member),
        )
        for group in groups
        for member in members_of(call.view, group)
    ]
