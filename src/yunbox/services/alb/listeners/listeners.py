"""Listeners are made, changed, started, stopped and deleted. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Answer, Request, Text
from yunbox.api.tagging import check_tags
from yunbox.services.alb.checks import Tags, check_description
from yunbox.services.alb.errors import already_exists, incorrect_status, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.delete import drop_listener
from yunbox.services.alb.listeners.model import Forwarded, Listener
from yunbox.services.alb.listeners.settings import (
    CertificateNamed,
    DefaultAction,
    ForwardedAsked,
    QuicConfig,
    check_quic,
    check_secure,
    forwarded,
    groups_of,
)
from yunbox.services.alb.load_balancers.modify import balancer
from yunbox.services.alb.product import alb
from yunbox.services.alb.security_policies.model import DEFAULT_POLICY

LISTENERS_PER_BALANCER = 50

_ON = "listener/{listener_id}"
Certificates = Annotated[list[CertificateNamed], Meta(max_length=1)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Idle = Annotated[int, Meta(ge=1, le=60)]
Timeout = Annotated[int, Meta(ge=1, le=180)]


class CreateListener(Request):
    """Open a port of a load balancer."""

    load_balancer_id: str
    listener_port: Port
    listener_protocol: Literal["HTTP", "HTTPS", "QUIC"]
    default_actions: Annotated[list[DefaultAction], Meta(min_length=1)]
    listener_description: str = ""
    certificates: Certificates = []
    ca_enabled: bool = False
    ca_certificates: Certificates = []
    security_policy_id: str = ""
    http2_enabled: bool = True
    gzip_enabled: bool = True
    idle_timeout: Idle = 15
    request_timeout: Timeout = 60
    x_forwarded_for_config: ForwardedAsked = ForwardedAsked()
    quic_config: QuicConfig = QuicConfig()
    tag: Tags = []


class ListenerCreated(Answer):
    """The listener."""

    listener_id: str
    job_id: str


class UpdateListenerAttribute(Request):
    """Change a listener."""

    listener_id: str
    default_actions: list[DefaultAction] = []
    listener_description: Text = UNSET
    certificates: Certificates = []
    ca_enabled: bool | UnsetType = UNSET
    ca_certificates: Certificates = []
    security_policy_id: str = ""
    http2_enabled: bool | UnsetType = UNSET
    gzip_enabled: bool | UnsetType = UNSET
    idle_timeout: Idle | UnsetType = UNSET
    request_timeout: Timeout | UnsetType = UNSET
    x_forwarded_for_config: ForwardedAsked = ForwardedAsked()
    quic_config: QuicConfig = QuicConfig()


class StartListener(Request):
    """Open the port of a listener again."""

    listener_id: str


class StopListener(Request):
    """Close the port of a listener."""

    listener_id: str


class DeleteListener(Request):
    """Delete a listener with its rules."""

    listener_id: str


def listener_of(call: Call, id_: str) -> Listener:
    """Return a listener of the caller's. Raises CloudError: ResourceNotFound.Listener."""
    return call.require(Listener, id_, not_found("Listener"))


@alb.action(CreateListener, on="loadbalancer/{load_balancer_id}")
def create_listener(request: CreateListener, call: Call) -> ListenerCreated:
    """Store a listener that is to run.

    Raises CloudError: ResourceNotFound.*, ResourceAlreadyExist.Listener, Mismatch.*, MissingParam.Certificates,
    QuotaExceeded.LoadBalancerListenersNum.
    """
    owner = balancer(call, request.load_balancer_id)
    if request.listener_protocol == "QUIC":
        raise unsupported_parameter("ListenerProtocol QUIC", call.action)
    check_quic(request.quic_config, call.action)
    others = call.find(Listener, parent=owner.id)
    if any(each.port == request.listener_port for each in others):
        raise already_exists("Listener", f"{owner.id}:{request.listener_port}")
    if len(others) >= LISTENERS_PER_BALANCER:
        raise quota_exceeded("LoadBalancerListenersNum", LISTENERS_PER_BALANCER, owner.id)
    protocol = request.listener_protocol
    text = request.listener_description
    listener = Listener(
        id=call.new_id("lsn"),
        account=call.account,
        region=call.region,
        parent=owner.id,
        name=check_description(text, "ListenerDescription") if text else "",
        created=call.now,
        tags=check_tags(request.tag),
        resource_group=owner.resource_group,
        port=request.listener_port,
        protocol=protocol,
        groups=groups_of(call, request.default_actions, owner, protocol),
        certificates=_ids(request.certificates),
        ca_enabled=request.ca_enabled,
        ca_certificate="".join(_ids(request.ca_certificates)),
        security_policy=request.security_policy_id or (DEFAULT_POLICY if protocol == "HTTPS" else ""),
        http2=request.http2_enabled,
        gzip=request.gzip_enabled,
        idle_timeout=request.idle_timeout,
        request_timeout=request.request_timeout,
        forwarded=forwarded(Forwarded(), request.x_forwarded_for_config, call.action),
    )
    check_secure(call, listener)
    made = call.change.create(listener)
    return ListenerCreated(listener_id=made.id, job_id=begin_job(call, "listener", made.id, owner.id))


def _ids(certificates: list[CertificateNamed]) -> tuple[str, ...]:
    return tuple(each.certificate_id for each in certificates)


@alb.action(UpdateListenerAttribute, on=_ON)
def update_listener_attribute(request: UpdateListenerAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.*, Mismatch.*, MissingParam.*."""
    found = listener_of(call, request.listener_id)
    check_quic(request.quic_config, call.action)
    given: dict[str, Any] = {
        "ca_enabled": request.ca_enabled,
        "http2": request.http2_enabled,
        "gzip": request.gzip_enabled,
        "idle_timeout": request.idle_timeout,
        "request_timeout": request.request_timeout,
    }
    changed = {name: value for name, value in given.items() if value is not UNSET}
    if request.default_actions:
        owner = balancer(call, found.parent)
        changed["groups"] = groups_of(call, request.default_actions, owner, found.protocol)
    if request.listener_description:
        changed["name"] = check_description(request.listener_description, "ListenerDescription")
    if request.certificates:
        # The additional ones stay.
        first = _ids(request.certificates)
        rest = tuple(each for each in found.certificates[1:] if each not in first)
        changed["certificates"] = (*first, *rest)
    if request.ca_certificates:
        changed["ca_certificate"] = request.ca_certificates[0].certificate_id
    if request.security_policy_id:
        changed["security_policy"] = request.security_policy_id
    changed["forwarded"] = forwarded(found.forwarded, request.x_forwarded_for_config, call.action)
    listener = msgspec.structs.replace(found, **changed)
    check_secure(call, listener)
    call.change.replace(listener)
    return Started(job_id=begin_job(call, "listener", found.id, found.parent))


@alb.action(StartListener, on=_ON)
def start_listener(request: StartListener, call: Call) -> Started:
    """Have it run. Raises CloudError: ResourceNotFound.Listener, IncorrectStatus.Listener."""
    return _turn(call, request.listener_id, running=True)


@alb.action(StopListener, on=_ON)
def stop_listener(request: StopListener, call: Call) -> Started:
    """Have it stopped. Raises CloudError: ResourceNotFound.Listener, IncorrectStatus.Listener."""
    return _turn(call, request.listener_id, running=False)


def _turn(call: Call, id_: str, *, running: bool) -> Started:
    found = listener_of(call, id_)
    if found.running == running:
        raise incorrect_status("Listener", found.id, "Running" if running else "Stopped")
    call.change.replace(msgspec.structs.replace(found, running=running))
    return Started(job_id=begin_job(call, "listener", found.id, found.parent))


@alb.action(DeleteListener, on=_ON)
def delete_listener(request: DeleteListener, call: Call) -> Started:
    """Delete it. Raises CloudError: ResourceNotFound.Listener."""
    found = listener_of(call, request.listener_id)
    drop_listener(call, found)
    return Started(job_id=begin_job(call, "listener", found.id, found.parent))
