"""Creating and changing listeners. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Empty
from yunbox.api.tagging import check_tags
from yunbox.services.slb.errors import listener_exists, quota_exceeded
from yunbox.services.slb.listeners import requests
from yunbox.services.slb.listeners.model import (
    HealthCheck,
    Listener,
    Protocol,
    find_listener,
    listener_id,
    require_listener,
)
from yunbox.services.slb.listeners.settle import settle
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb

LISTENERS_PER_BALANCER = 50
ON = "loadbalancer/{load_balancer_id}"
NOT_LIMITED = "The bandwidth is recorded and not enforced."


@slb.action(requests.CreateLoadBalancerHTTPListener, on=ON, partial=NOT_LIMITED)
def create_http_listener(request: requests.CreateLoadBalancerHTTPListener, call: Call) -> Empty:
    """Store an HTTP listener, which may do nothing but send clients to an HTTPS listener.

    Raises CloudError: InvalidLoadBalancerId.NotFound, ListenerAlreadyExists, InvalidParameter ...
    """
    if request.listener_forward == "on" and not request.forward_port:
        raise missing_parameter("ForwardPort")
    port = request.forward_port if request.listener_forward == "on" and request.forward_port else 0
    return _create(request, call, "http", forward_port=port)


@slb.action(requests.CreateLoadBalancerHTTPSListener, on=ON, partial=NOT_LIMITED)
def create_https_listener(request: requests.CreateLoadBalancerHTTPSListener, call: Call) -> Empty:
    """Store an HTTPS listener. Raises CloudError, as for an HTTP listener."""
    return _create(request, call, "https")


@slb.action(requests.CreateLoadBalancerTCPListener, on=ON, partial=NOT_LIMITED)
def create_tcp_listener(request: requests.CreateLoadBalancerTCPListener, call: Call) -> Empty:
    """Store a TCP listener. Raises CloudError, as for an HTTP listener."""
    return _create(request, call, "tcp")


def _create(request: requests.Create, call: Call, protocol: Protocol, forward_port: int = 0) -> Empty:
    balancer = require_balancer(call, request.load_balancer_id)
    port = request.listener_port
    if find_listener(call.view, balancer.id, port) is not None:
        raise listener_exists(port)
    if call.count(Listener, parent=balancer.id) >= LISTENERS_PER_BALANCER:
        raise quota_exceeded("Listener", LISTENERS_PER_BALANCER)
    fresh = Listener(
        id=listener_id(balancer.id, protocol, port),
        account=call.account,
        region=call.region,
        parent=balancer.id,
        created=call.now,
        tags=check_tags(request.tag),
        protocol=protocol,
        port=port,
        backend_port=request.backend_server_port or 0,
        health_check=HealthCheck(kind="tcp" if protocol == "tcp" else "http"),
        forward_port=forward_port,
    )
    call.change.create(settle(fresh, request, call))
    return Empty()


@slb.action(requests.SetLoadBalancerHTTPListenerAttribute, on=ON, partial=NOT_LIMITED)
def set_http_listener(request: requests.SetLoadBalancerHTTPListenerAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError."""
    return _change(request, call, "http")


@slb.action(requests.SetLoadBalancerHTTPSListenerAttribute, on=ON, partial=NOT_LIMITED)
def set_https_listener(request: requests.SetLoadBalancerHTTPSListenerAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError."""
    return _change(request, call, "https")


@slb.action(requests.SetLoadBalancerTCPListenerAttribute, on=ON, partial=NOT_LIMITED)
def set_tcp_listener(request: requests.SetLoadBalancerTCPListenerAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError."""
    return _change(request, call, "tcp")


def _change(request: requests.ListenerSettings, call: Call, protocol: Protocol) -> Empty:
    balancer = require_balancer(call, request.load_balancer_id)
    listener = require_listener(call, balancer.id, request.listener_port, protocol)
    call.change.replace(settle(listener, request, call))
    return Empty()
