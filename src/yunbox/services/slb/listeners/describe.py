"""DescribeLoadBalancer*ListenerAttribute. Shapes: the SDK alibabacloud_slb20140515.

What a listener does not use has no field: no health check, no sticky sessions, no group.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Count, Request, Shape, Text
from yunbox.control.store import View
from yunbox.services.balancing.model import BalancerReached
from yunbox.services.slb.listeners.model import (
    DomainExtension,
    Listener,
    Protocol,
    Rule,
    require_listener,
)
from yunbox.services.slb.listeners.requests import Port
from yunbox.services.slb.load_balancers.model import LoadBalancer, require_balancer
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, on_off, tag_list

ON = "loadbalancer/{load_balancer_id}"


class AclIds(Shape):
    """The wrapping of ids of access control lists."""

    acl_id: list[str]


class RuleShown(Shape):
    """A forwarding rule."""

    rule_id: str
    rule_name: str
    domain: Text
    url: Text
    v_server_group_id: str


class RuleList(Shape):
    """The wrapping of forwarding rules."""

    rule: list[RuleShown]


class ExtensionShown(Shape):
    """A domain with a certificate of its own."""

    domain_extension_id: str
    domain: str
    server_certificate_id: str


class ExtensionList(Shape):
    """The wrapping of domains."""

    domain_extension: list[ExtensionShown]


class ListenerShown(Answer, kw_only=True):
    """What listeners of all protocols have. Within a listing, the item says most of it and these say nothing."""

    load_balancer_id: Text = UNSET
    listener_port: Count = UNSET
    status: Text = UNSET
    description: Text = UNSET
    scheduler: Text = UNSET
    bandwidth: Count = UNSET
    backend_server_port: Count = UNSET
    v_server_group_id: Text = UNSET
    acl_status: Text = UNSET
    acl_type: Text = UNSET
    acl_id: Text = UNSET
    acl_ids: AclIds | UnsetType = UNSET
    tags: TagList | UnsetType = UNSET
    health_check: str
    health_check_connect_port: Count = UNSET
    health_check_domain: Text = UNSET
    health_check_uri: Text = field(default=UNSET, name="HealthCheckURI")
    health_check_http_code: Text = UNSET
    health_check_interval: Count = UNSET
    healthy_threshold: Count = UNSET
    unhealthy_threshold: Count = UNSET
    health_check_method: Text = UNSET


class HttpShown(ListenerShown, kw_only=True):
    """An HTTP listener."""

    health_check_timeout: Count = UNSET
    sticky_session: str = "off"
    sticky_session_type: Text = UNSET
    cookie: Text = UNSET
    cookie_timeout: Count = UNSET
    gzip: Text = UNSET
    idle_timeout: Count = UNSET
    request_timeout: Count = UNSET
    x_forwarded_for: Text = UNSET
    x_forwarded_for_proto: Text = field(default=UNSET, name="XForwardedFor_proto")
    x_forwarded_for_slb_ip: Text = field(default=UNSET, name="XForwardedFor_SLBIP")
    x_forwarded_for_slb_id: Text = field(default=UNSET, name="XForwardedFor_SLBID")
    x_forwarded_for_slb_port: Text = field(default=UNSET, name="XForwardedFor_SLBPORT")
    x_forwarded_for_client_port: Text = field(default=UNSET, name="XForwardedFor_ClientSrcPort")
    security_status: Text = UNSET
    rules: RuleList | UnsetType = UNSET


class HttpListenerDescribed(HttpShown, kw_only=True):
    """An HTTP listener, and whether it sends clients to an HTTPS listener."""

    listener_forward: str
    forward_port: Count = UNSET


class HttpsListenerDescribed(HttpShown, kw_only=True):
    """An HTTPS listener."""

    server_certificate_id: str
    ca_certificate_id: Text = field(default=UNSET, name="CACertificateId")
    tls_cipher_policy: str = field(name="TLSCipherPolicy")
    enable_http2: str
    domain_extensions: ExtensionList | UnsetType = UNSET


class TcpListenerDescribed(ListenerShown, kw_only=True):
    """A TCP listener."""

    health_check_type: Text = UNSET
    health_check_connect_timeout: Count = UNSET
    established_timeout: int
    persistence_timeout: int
    connection_drain: str
    connection_drain_timeout: Count = UNSET
    master_slave_server_group_id: Text = UNSET
    syn_proxy: Text = UNSET
    proxy_protocol_v2_enabled: bool | str | UnsetType = UNSET


class _Named(Request):
    load_balancer_id: str
    listener_port: Port


class DescribeLoadBalancerHTTPListenerAttribute(_Named):
    """Ask for an HTTP listener."""


class DescribeLoadBalancerHTTPSListenerAttribute(_Named):
    """Ask for an HTTPS listener."""


class DescribeLoadBalancerTCPListenerAttribute(_Named):
    """Ask for a TCP listener."""


@slb.action(DescribeLoadBalancerHTTPListenerAttribute, on=ON)
def describe_http_listener(
    request: DescribeLoadBalancerHTTPListenerAttribute, call: Call
) -> HttpListenerDescribed:
    """Answer with it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = _find(request, call, "http")
    return HttpListenerDescribed(**_whole(call.view, found), **http_fields(found))


@slb.action(DescribeLoadBalancerHTTPSListenerAttribute, on=ON)
def describe_https_listener(
    request: DescribeLoadBalancerHTTPSListenerAttribute, call: Call
) -> HttpsListenerDescribed:
    """Answer with it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = _find(request, call, "https")
    extensions = [
        ExtensionShown(
            domain_extension_id=each.id, domain=each.name, server_certificate_id=each.server_certificate
        )
        for each in call.view.find(DomainExtension, parent=found.id)
    ]
    return HttpsListenerDescribed(
        **_whole(call.view, found),
        **https_fields(found),
        domain_extensions=ExtensionList(domain_extension=extensions),
    )


@slb.action(DescribeLoadBalancerTCPListenerAttribute, on=ON)
def describe_tcp_listener(
    request: DescribeLoadBalancerTCPListenerAttribute, call: Call
) -> TcpListenerDescribed:
    """Answer with it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = _find(request, call, "tcp")
    shown = tcp_fields(found) | {"syn_proxy": "disable", "proxy_protocol_v2_enabled": found.proxy_protocol}
    return TcpListenerDescribed(**common_fields(call.view, found), **shown)


def _find(request: _Named, call: Call, protocol: Protocol) -> Listener:
    balancer = require_balancer(call, request.load_balancer_id)
    return require_listener(call, balancer.id, request.listener_port, protocol)


def common_fields(view: View, found: Listener) -> dict[str, Any]:
    """Return what answers show of listeners of all protocols."""
    return {
        "load_balancer_id": found.parent,
        "listener_port": found.port,
        "status": status_of(view, found),
        "description": found.name or UNSET,
        "scheduler": found.scheduler,
        "bandwidth": found.bandwidth,
        "backend_server_port": (not found.forward_port and found.backend_port) or UNSET,
        "v_server_group_id": found.vserver_group or UNSET,
        "acl_status": on_off(found.acl_on),
        "acl_type": found.acl_type or UNSET,
        "acl_id": ",".join(found.acls) or UNSET,
        "acl_ids": AclIds(acl_id=list(found.acls)),
        "tags": tag_list(found.tags),
    }


def _whole(view: View, found: Listener) -> dict[str, Any]:
    rules = [
        RuleShown(
            rule_id=each.id,
            rule_name=each.name,
            domain=each.domain or UNSET,
            url=each.url or UNSET,
            v_server_group_id=each.vserver_group,
        )
        for each in view.find(Rule, parent=found.id)
    ]
    return common_fields(view, found) | {"security_status": "off", "rules": RuleList(rule=rules)}


def status_of(view: View, listener: Listener) -> str:
    """Return how a listener fares, in the vendor's words: as the balancing controller found its port."""
    reached = view.get(BalancerReached, listener.parent)
    open_ = reached is not None and listener.port in reached.listening
    if not listener.started:
        return "stopping" if open_ else "stopped"
    balancer = view.get(LoadBalancer, listener.parent)
    if balancer is not None and balancer.status == "inactive":
        return "stopped"
    return "running" if open_ else "starting"


def health_fields(listener: Listener) -> dict[str, Any]:
    """Return what answers show of a listener's health check."""
    check = listener.health_check
    if not check.on:
        return {"health_check": "off"}
    found = {
        "health_check": "on",
        "health_check_connect_port": check.port or UNSET,
        "health_check_interval": check.interval,
        "healthy_threshold": check.healthy,
        "unhealthy_threshold": check.unhealthy,
    }
    if listener.protocol == "tcp":
        found |= {"health_check_type": check.kind, "health_check_connect_timeout": check.timeout}
    else:
        found["health_check_timeout"] = check.timeout
    if check.kind == "http":
        found |= {
            "health_check_domain": check.domain or UNSET,
            "health_check_uri": check.uri,
            "health_check_http_code": check.codes,
            "health_check_method": check.method,
        }
    return found


def http_fields(listener: Listener) -> dict[str, Any]:
    """Return what answers show of an HTTP listener; of one that only redirects, that alone."""
    if listener.forward_port:
        return {"health_check": "off", "listener_forward": "on", "forward_port": listener.forward_port}
    return _http(listener) | {"listener_forward": "off"}


def https_fields(listener: Listener) -> dict[str, Any]:
    """Return what answers show of an HTTPS listener."""
    return _http(listener) | {
        "server_certificate_id": listener.server_certificate,
        "ca_certificate_id": listener.ca_certificate or UNSET,
        "tls_cipher_policy": listener.tls_policy,
        "enable_http2": on_off(listener.http2),
    }


def _http(listener: Listener) -> dict[str, Any]:
    sticky, forwarded = listener.sticky, listener.forwarded
    return health_fields(listener) | {
        "sticky_session": on_off(sticky.on),
        "sticky_session_type": sticky.kind or UNSET,
        "cookie": sticky.cookie or UNSET,
        "cookie_timeout": sticky.timeout or UNSET,
        "gzip": on_off(listener.gzip),
        "idle_timeout": listener.idle_timeout,
        "request_timeout": listener.request_timeout,
        "x_forwarded_for": on_off(forwarded.client),
        "x_forwarded_for_proto": on_off(forwarded.proto),
        "x_forwarded_for_slb_ip": on_off(forwarded.balancer_ip),
        "x_forwarded_for_slb_id": on_off(forwarded.balancer_id),
        "x_forwarded_for_slb_port": on_off(forwarded.balancer_port),
        "x_forwarded_for_client_port": on_off(forwarded.client_port),
    }


def tcp_fields(listener: Listener) -> dict[str, Any]:
    """Return what answers show of a TCP listener."""
    return health_fields(listener) | {
        "established_timeout": listener.established_timeout,
        "persistence_timeout": listener.persistence_timeout,
        "connection_drain": on_off(listener.drain_on),
        "connection_drain_timeout": listener.drain_timeout if listener.drain_on else UNSET,
        "master_slave_server_group_id": listener.master_slave_group or UNSET,
        # Listings write it as a text.
        "proxy_protocol_v2_enabled": str(listener.proxy_protocol).lower(),
    }
