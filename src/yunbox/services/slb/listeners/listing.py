"""DescribeLoadBalancerListeners. Shapes: the SDK alibabacloud_slb20140515."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Count, Request, Shape, TagFilter, Text
from yunbox.control.store import View
from yunbox.services.slb.listeners.describe import (
    HttpListenerDescribed,
    HttpsListenerDescribed,
    TcpListenerDescribed,
    common_fields,
    http_fields,
    https_fields,
    tcp_fields,
)
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import ShownTag, shown_tags


class DescribeLoadBalancerListeners(Request):
    """List listeners of some load balancers, or of all."""

    load_balancer_id: list[str] = []
    listener_port: Count = UNSET
    listener_protocol: str = ""
    description: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    max_results: Annotated[int, Meta(ge=1, le=100)] = 20
    next_token: Annotated[str, Meta(max_length=1024)] = ""


class ListenerListed(Shape):
    """A listener in a list."""

    load_balancer_id: str
    listener_port: int
    listener_protocol: str
    status: str
    description: Text
    scheduler: str
    bandwidth: int
    backend_server_port: Count
    v_server_group_id: Text
    acl_status: str
    acl_type: Text
    acl_id: Text
    acl_ids: list[str]
    tags: list[ShownTag]
    http_listener_config: HttpListenerDescribed | UnsetType = field(default=UNSET, name="HTTPListenerConfig")
    https_listener_config: HttpsListenerDescribed | UnsetType = field(
        default=UNSET, name="HTTPSListenerConfig"
    )
    tcp_listener_config: TcpListenerDescribed | UnsetType = field(default=UNSET, name="TCPListenerConfig")


class ListenersDescribed(Answer):
    """Listeners, up to where the token goes on."""

    listeners: list[ListenerListed]
    max_results: int
    next_token: Text
    total_count: int


@slb.action(DescribeLoadBalancerListeners, on="loadbalancer/*")
def describe_listeners(request: DescribeLoadBalancerListeners, call: Call) -> ListenersDescribed:
    """Answer with those that the filters keep, by their ids."""
    found = [each for each in call.find(Listener) if _matches(request, each)]
    rest = [each for each in found if each.id > request.next_token]
    page = rest[: request.max_results]
    return ListenersDescribed(
        listeners=[_listed(call.view, each) for each in page],
        max_results=request.max_results,
        next_token=page[-1].id if len(rest) > len(page) else UNSET,
        total_count=len(found),
    )


def _matches(request: DescribeLoadBalancerListeners, listener: Listener) -> bool:
    return (
        (not request.load_balancer_id or listener.parent in request.load_balancer_id)
        and request.listener_port in (UNSET, listener.port)
        and request.listener_protocol.lower() in ("", listener.protocol)
        and request.description in ("", listener.name)
        and listener.has_tags(request.tag)
    )


def _listed(view: View, listener: Listener) -> ListenerListed:
    config: dict[str, Any] = {}
    match listener.protocol:
        case "http":
            config["http_listener_config"] = HttpListenerDescribed(**http_fields(listener))
        case "https":
            config["https_listener_config"] = HttpsListenerDescribed(**https_fields(listener))
        case "tcp":
            config["tcp_listener_config"] = TcpListenerDescribed(**tcp_fields(listener))
    common = common_fields(view, listener) | {
        "acl_ids": list(listener.acls),
        "tags": shown_tags(listener.tags),
    }
    return ListenerListed(**common, listener_protocol=listener.protocol, **config)
