"""What is stored of a listener, and of its forwarding rules and domain extensions."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource
from yunbox.control.store import Change, View
from yunbox.services.slb.errors import listener_not_found

Protocol = Literal["http", "https", "tcp"]


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How the health of servers is found out, in the vendor's words; times are in seconds. Port 0: the server's."""

    on: bool = True
    kind: Literal["tcp", "http"] = "http"
    method: Literal["head", "get"] = "head"
    uri: str = "/"
    domain: str = ""
    port: int = 0
    timeout: int = 5
    interval: int = 2
    healthy: int = 3
    unhealthy: int = 3
    codes: str = "http_2xx"


class StickySession(msgspec.Struct, frozen=True, kw_only=True):
    """Whether clients stay with their servers: by a cookie that the balancer inserts, or by the servers' own."""

    on: bool = False
    kind: Literal["", "insert", "server"] = ""
    cookie: str = ""
    timeout: int = 0


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """Which headers tell servers where a request came from."""

    client: bool = True
    proto: bool = False
    balancer_ip: bool = False
    balancer_id: bool = False
    balancer_port: bool = False
    client_port: bool = False


class Listener(CloudResource, kind="slb.listener", kw_only=True):
    """A listener of the load balancer `parent`; the id is `listener_id(...)`, `name` its description.

    `started` is what was asked for; what is so the balancing controller says. `backend_port` is for servers of the
    default group, 0 where there is none. `forward_port` is the HTTPS listener's that requests are redirected to, 0
    for none. `access` is a list of ACLs' ids. Bandwidths are in Mbit/s (-1: no limit), times in seconds.
    """

    protocol: Protocol
    port: int
    started: bool = False
    backend_port: int = 0
    bandwidth: int = -1
    scheduler: Literal["wrr", "wlc", "rr", "sch", "tch"] = "wrr"
    vserver_group: str = ""
    master_slave_group: str = ""
    health_check: HealthCheck = HealthCheck()
    acl_on: bool = False
    acl_type: Literal["", "white", "black"] = ""
    acls: tuple[str, ...] = ()
    white_list_on: bool = False
    white_list: tuple[str, ...] = ()

    # HTTP and HTTPS
    sticky: StickySession = StickySession()
    forwarded: Forwarded = Forwarded()
    gzip: bool = True
    idle_timeout: int = 15
    request_timeout: int = 60
    forward_port: int = 0
    server_certificate: str = ""
    ca_certificate: str = ""
    tls_policy: str = "tls_cipher_policy_1_0"
    http2: bool = True

    # TCP
    established_timeout: int = 900
    persistence_timeout: int = 0
    drain_on: bool = False
    drain_timeout: int = 300
    proxy_protocol: bool = False

    @property
    def group(self) -> str:
        """The group of servers that requests go to: the balancer's own id is its default group's."""
        return self.vserver_group or self.master_slave_group or self.parent


class Rule(CloudResource, kind="slb.rule", kw_only=True):
    """A forwarding rule of the listener `parent`: requests for a domain or a path go to a group of their own.

    `synced`: schedules and checks as the listener does, else by what the rule says itself.
    """

    domain: str = ""
    url: str = ""
    vserver_group: str
    synced: bool = True
    scheduler: Literal["wrr", "wlc", "rr"] = "wrr"
    sticky: StickySession = StickySession()
    health_check: HealthCheck = HealthCheck(on=False)


class DomainExtension(CloudResource, kind="slb.domain_extension", kw_only=True):
    """Another certificate of the HTTPS listener `parent`, for the domain that is its name."""

    server_certificate: str


def listener_id(balancer: str, protocol: str, port: int) -> str:
    """Return the id of a listener, as tags name it: `lb-1_http_80`."""
    return f"{balancer}_{protocol}_{port}"


def find_listener(view: View, balancer: str, port: int, protocol: str = "") -> Listener | None:
    """Return the listener at a port, of a protocol if one is given, or None."""
    for each in (protocol.lower(),) if protocol else ("http", "https", "tcp"):
        if (found := view.get(Listener, listener_id(balancer, each, port))) is not None:
            return found
    return None


def require_listener(call: Call, balancer: str, port: int, protocol: str = "") -> Listener:
    """Return the listener at a port of one's own balancer. Raises CloudError."""
    found = find_listener(call.view, balancer, port, protocol)
    if found is None:
        raise listener_not_found()
    return found


def drop_listener(change: Change, listener: Listener) -> None:
    """Delete a listener, and what belongs to it."""
    for type_ in (Rule, DomainExtension):
        for each in change.find(type_, parent=listener.id):
            change.delete(type_, each.id)
    change.delete(Listener, listener.id)
