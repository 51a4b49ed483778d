"""Starting, stopping and deleting listeners. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.slb.listeners.model import Listener, drop_listener, require_listener
from yunbox.services.slb.listeners.requests import Port
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb

ON = "loadbalancer/{load_balancer_id}"


class ListenerNamed(Request):
    """Which listener is meant."""

    load_balancer_id: str
    listener_port: Port
    listener_protocol: str = ""


class StartLoadBalancerListener(ListenerNamed):
    """Have a listener listen."""


class StopLoadBalancerListener(ListenerNamed):
    """Have a listener listen no more."""


class DeleteLoadBalancerListener(ListenerNamed):
    """Delete a listener, with its forwarding rules."""


@slb.action(StartLoadBalancerListener, on=ON)
def start_listener(request: StartLoadBalancerListener, call: Call) -> Empty:
    """Write that it is to listen. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    return _switch(request, call, started=True)


@slb.action(StopLoadBalancerListener, on=ON)
def stop_listener(request: StopLoadBalancerListener, call: Call) -> Empty:
    """Write that it is to listen no more. Raises CloudError."""
    return _switch(request, call, started=False)


@slb.action(DeleteLoadBalancerListener, on=ON)
def delete_listener(request: DeleteLoadBalancerListener, call: Call) -> Empty:
    """Delete it. Raises CloudError."""
    drop_listener(call.change, listener_of(request, call))
    return Empty()


def listener_of(request: ListenerNamed, call: Call) -> Listener:
    """Return the listener that is meant. Raises CloudError."""
    balancer = require_balancer(call, request.load_balancer_id)
    return require_listener(call, balancer.id, request.listener_port, request.listener_protocol)


def _switch(request: ListenerNamed, call: Call, *, started: bool) -> Empty:
    found = listener_of(request, call)
    if found.started != started:
        call.change.replace(msgspec.structs.replace(found, started=started))
    return Empty()
