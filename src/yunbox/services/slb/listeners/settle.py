"""From the parameters of a request to the listener that is stored: checks, and what goes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Request
from yunbox.services.slb.acls.model import Acl, acl_not_found
from yunbox.services.slb.certificates.model import require_ca_certificate, require_server_certificate
from yunbox.services.slb.certificates.policies import check_policy
from yunbox.services.slb.checks import MAX_LISTENER_DESCRIPTION, check_name
from yunbox.services.slb.groups.find import require_master_slave_group, require_vserver_group
from yunbox.services.slb.listeners.model import HealthCheck, Listener, StickySession
from yunbox.services.slb.listeners.requests import ListenerSettings

_PLAIN = (
    "bandwidth",
    "scheduler",
    "idle_timeout",
    "request_timeout",
    "established_timeout",
    "persistence_timeout",
)
_RENAMED = {"proxy_protocol_v2_enabled": "proxy_protocol"}
_HEALTH = {
    "health_check_type": "kind",
    "health_check_method": "method",
    "health_check_uri": "uri",
    "health_check_domain": "domain",
    "health_check_connect_port": "port",
    "health_check_timeout": "timeout",
    "health_check_connect_timeout": "timeout",
    "health_check_interval": "interval",
    "healthy_threshold": "healthy",
    "unhealthy_threshold": "unhealthy",
    "health_check_http_code": "codes",
}
_STICKY = {"sticky_session_type": "kind", "cookie": "cookie", "cookie_timeout": "timeout"}
_FORWARDED = {
    "x_forwarded_for": "client",
    "x_forwarded_for_proto": "proto",
    "x_forwarded_for_slb_ip": "balancer_ip",
    "x_forwarded_for_slb_id": "balancer_id",
    "x_forwarded_for_slb_port": "balancer_port",
    "x_forwarded_for_client_port": "client_port",
}
_CODES = ("http_2xx", "http_3xx", "http_4xx", "http_5xx")


def settle(listener: Listener, request: ListenerSettings, call: Call) -> Listener:
    """Return a listener with what a request gives. Raises CloudError, naming the parameter."""
    changed = _picked(request, {each: each for each in _PLAIN} | _RENAMED)
    if (description := given(request, "description")) is not UNSET:
        changed["name"] = check_name(description, "Description", MAX_LISTENER_DESCRIPTION)
    changed |= _groups(listener, request, call) | _tls(request, call) | _acls(listener, request, call)
    changed["health_check"] = health_check(listener.health_check, request)
    changed["sticky"] = sticky_session(listener.sticky, request)
    changed["forwarded"] = msgspec.structs.replace(listener.forwarded, **_switches(request, _FORWARDED))
    changed |= _switches(request, {"gzip": "gzip", "enable_http2": "http2"})
    return _check_whole(msgspec.structs.replace(listener, **changed, **_drain(listener, request)))


def given(request: Request, name: str) -> Any:
    """Return what a request gives for an attribute, UNSET also where it has none of the name."""
    return getattr(request, name, UNSET)


def _picked(request: Request, table: Mapping[str, str]) -> dict[str, Any]:
    return {
        ours: given(request, theirs) for theirs, ours in table.items() if given(request, theirs) is not UNSET
    }


def _switches(request: Request, table: Mapping[str, str]) -> dict[str, bool]:
    return {name: value == "on" for name, value in _picked(request, table).items()}


def health_check(before: HealthCheck, request: Request) -> HealthCheck:
    """Return a health check with what a request gives. Raises CloudError."""
    changed = _picked(request, _HEALTH)
    if changed.get("port") == -520:
        changed["port"] = 0
    for name, default in (("method", "head"), ("uri", "/"), ("codes", "http_2xx")):
        if changed.get(name) == "":
            changed[name] = default
    codes = changed.get("codes", "http_2xx").split(",")
    if not all(each in _CODES for each in codes):
        raise invalid_parameter(
            "HealthCheckHttpCode", f"{', '.join(_CODES)} are expected, with commas between"
        )
    for switch in ("health_check", "health_check_switch"):
        if (value := given(request, switch)) is not UNSET:
            changed["on"] = value == "on"
    return msgspec.structs.replace(before, **changed)


def sticky_session(before: StickySession, request: Request) -> StickySession:
    """Return how clients stay with servers, with what a request gives. Raises CloudError."""
    changed = _picked(request, _STICKY)
    if (value := given(request, "sticky_session")) is not UNSET:
        changed["on"] = value == "on"
    found = msgspec.structs.replace(before, **changed)
    if not found.on:
        return StickySession()
    if not found.kind:
        raise missing_parameter("StickySessionType")
    if found.kind == "insert" and not found.timeout:
        raise missing_parameter("CookieTimeout")
    if found.kind == "server" and not found.cookie:
        raise missing_parameter("Cookie")
    return found


def _groups(listener: Listener, request: ListenerSettings, call: Call) -> dict[str, str]:
    """Return which group the requests go to."""
    changed: dict[str, str] = {}
    vserver, pair = given(request, "v_server_group_id"), given(request, "master_slave_server_group_id")
    if given(request, "v_server_group") == "off":
        changed["vserver_group"] = ""
    elif vserver:
        changed |= {
            "vserver_group": require_vserver_group(call, vserver, listener.parent).id,
            "master_slave_group": "",
        }
    elif given(request, "v_server_group") == "on" and not listener.vserver_group:
        raise missing_parameter("VServerGroupId")
    if given(request, "master_slave_server_group") == "off":
        changed["master_slave_group"] = ""
    elif pair:
        if vserver:
            raise invalid_parameter("MasterSlaveServerGroupId", "VServerGroupId is given too")
        changed |= {
            "master_slave_group": require_master_slave_group(call, pair, listener.parent).id,
            "vserver_group": "",
        }
    elif given(request, "master_slave_server_group") == "on" and not listener.master_slave_group:
        raise missing_parameter("MasterSlaveServerGroupId")
    return changed


def _tls(request: ListenerSettings, call: Call) -> dict[str, str]:
    changed = {}
    if certificate := given(request, "server_certificate_id"):
        changed["server_certificate"] = require_server_certificate(call, certificate).id
    if (authority := given(request, "ca_certificate_id")) is not UNSET:
        changed["ca_certificate"] = require_ca_certificate(call, authority).id if authority else ""
    if policy := given(request, "tls_cipher_policy"):
        changed["tls_policy"] = check_policy(call, policy)
    return changed


def _acls(listener: Listener, request: ListenerSettings, call: Call) -> dict[str, Any]:
    """Return who may connect. Raises CloudError: AclNotExist, MissingParameter."""
    changed: dict[str, Any] = {}
    if request.acl_status is not UNSET:
        changed["acl_on"] = request.acl_status == "on"
    if request.acl_type:
        changed["acl_type"] = request.acl_type
    if request.acl_id:
        ids = tuple(dict.fromkeys(each.strip() for each in request.acl_id.split(",") if each.strip()))
        changed["acls"] = tuple(call.require(Acl, each, acl_not_found).id for each in ids)
    if changed.get("acl_on"):
        if not changed.get("acls", listener.acls):
            raise missing_parameter("AclId")
        if not changed.get("acl_type", listener.acl_type):
            raise missing_parameter("AclType")
    if changed.get("acl_on") is False:
        changed |= {"acls": (), "acl_type": ""}
    return changed


def _drain(listener: Listener, request: ListenerSettings) -> dict[str, Any]:
    changed = _picked(request, {"connection_drain_timeout": "drain_timeout"})
    changed |= _switches(request, {"connection_drain": "drain_on"})
    if changed.get("drain_on") and not listener.drain_on and "drain_timeout" not in changed:
        raise missing_parameter("ConnectionDrainTimeout")
    return changed


def _check_whole(listener: Listener) -> Listener:
    """Return a listener whose settings go together. Raises CloudError."""
    if listener.protocol != "tcp" and listener.scheduler in ("sch", "tch"):
        raise invalid_parameter("Scheduler", "wrr, wlc or rr is expected of an HTTP or HTTPS listener")
    if listener.protocol == "https" and not listener.server_certificate:
        raise missing_parameter("ServerCertificateId")
    if not listener.forward_port and not listener.backend_port and listener.group == listener.parent:
        raise missing_parameter("BackendServerPort")
    return listener
