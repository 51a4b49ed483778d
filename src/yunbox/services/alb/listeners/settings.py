"""How requests say what a listener is like, and what goes together. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.errors import unsupported_parameter
from yunbox.api.shapes import Shape
from yunbox.services.alb.errors import illegal, mismatch, missing, not_found
from yunbox.services.alb.listeners.model import Forwarded, Listener
from yunbox.services.alb.load_balancers.model import LoadBalancer
from yunbox.services.alb.security_policies.model import SYSTEM_POLICIES, SecurityPolicy
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.cas.find import certificate_of


class GroupNamed(Shape):
    """A server group."""

    server_group_id: str


class GroupsNamed(Shape):
    """The server groups of a default action: one."""

    server_group_tuples: Annotated[list[GroupNamed], Meta(min_length=1, max_length=1)]


class DefaultAction(Shape):
    """What becomes of a request that no rule holds for."""

    type: Literal["ForwardGroup"]
    forward_group_config: GroupsNamed


class CertificateNamed(Shape):
    """A certificate of the certificate service, such as `12345-cn-hangzhou`."""

    certificate_id: str


class QuicConfig(Shape):
    """QUIC, which yunbox has not."""

    quic_upgrade_enabled: bool = False
    quic_listener_id: str = ""


class ForwardedAsked(Shape):
    """Which headers tell servers of the client; what is left out stays as it is."""

    x_forwarded_for_enabled: bool | None = None
    x_forwarded_for_proto_enabled: bool | None = None
    x_forwarded_for_host_enabled: bool | None = None
    x_forwarded_for_client_src_port_enabled: bool | None = None
    x_forwarded_for_slb_id_enabled: bool | None = field(default=None, name="XForwardedForSLBIdEnabled")
    x_forwarded_for_slb_port_enabled: bool | None = field(default=None, name="XForwardedForSLBPortEnabled")
    x_forwarded_for_processing_mode: Literal["append", "remove"] | None = None
    x_forwarded_for_client_source_ips_enabled: bool = False
    x_forwarded_for_client_source_ips_trusted: str = ""
    x_forwarded_for_client_cert_client_verify_enabled: bool = False
    x_forwarded_for_client_cert_fingerprint_enabled: bool = False
    x_forwarded_for_client_cert_issuer_dn_enabled: bool = field(
        default=False, name="XForwardedForClientCertIssuerDNEnabled"
    )
    x_forwarded_for_client_cert_subject_dn_enabled: bool = field(
        default=False, name="XForwardedForClientCertSubjectDNEnabled"
    )


_HEADERS = {
    "client": "x_forwarded_for_enabled",
    "protocol": "x_forwarded_for_proto_enabled",
    "host": "x_forwarded_for_host_enabled",
    "client_port": "x_forwarded_for_client_src_port_enabled",
    "balancer": "x_forwarded_for_slb_id_enabled",
    "port": "x_forwarded_for_slb_port_enabled",
    "mode": "x_forwarded_for_processing_mode",
}
_LACKING = (
    "x_forwarded_for_client_source_ips_enabled",
    "x_forwarded_for_client_source_ips_trusted",
    "x_forwarded_for_client_cert_client_verify_enabled",
    "x_forwarded_for_client_cert_fingerprint_enabled",
    "x_forwarded_for_client_cert_issuer_dn_enabled",
    "x_forwarded_for_client_cert_subject_dn_enabled",
)


def forwarded(before: Forwarded, asked: ForwardedAsked, action: str) -> Forwarded:
    """Return the headers that a request asks for. Raises CloudError for those that yunbox has not, by name."""
    wires = {each.name: each.encode_name for each in msgspec.structs.fields(ForwardedAsked)}
    for name in _LACKING:
        if getattr(asked, name):
            raise unsupported_parameter(f"XForwardedForConfig.{wires[name]}", action)
    given = {mine: getattr(asked, theirs) for mine, theirs in _HEADERS.items()}
    return msgspec.structs.replace(
        before, **{name: value for name, value in given.items() if value is not None}
    )


def check_quic(asked: QuicConfig, action: str) -> None:
    """Refuse QUIC by name. Raises CloudError."""
    if asked.quic_upgrade_enabled or asked.quic_listener_id:
        raise unsupported_parameter("QuicConfig", action)


def check_group(call: Call, group_id: str, balancer: LoadBalancer, protocol: str) -> ServerGroup:
    """Return a server group that a listener of a load balancer can forward to. Raises CloudError."""
    group = call.require(ServerGroup, group_id, not_found("ServerGroup"))
    if group.vpc_id != balancer.vpc_id:
        raise mismatch("VpcId", f"The server group {group.id} is not in the VPC {balancer.vpc_id}.")
    if group.protocol == "HTTPS" and protocol != "HTTPS":
        raise mismatch("Protocol", f"The server group {group.id} speaks HTTPS: it goes with HTTPS listeners.")
    return group


def groups_of(
    call: Call, actions: Sequence[DefaultAction], balancer: LoadBalancer, protocol: str
) -> tuple[str, ...]:
    """Return the ids of the server groups that default actions name. Raises CloudError."""
    if len(actions) != 1:
        raise illegal("DefaultActions", "one action is expected")
    named = actions[0].forward_group_config.server_group_tuples
    return tuple(check_group(call, each.server_group_id, balancer, protocol).id for each in named)


def check_secure(call: Call, listener: Listener) -> None:
    """Refuse a listener whose certificates or security policy are not there. Raises CloudError."""
    if listener.protocol != "HTTPS":
        if listener.certificates or listener.ca_certificate or listener.security_policy:
            raise mismatch("Protocol", "Certificates and SecurityPolicyId go with HTTPS listeners.")
        return
    if not listener.certificates:
        raise missing("Certificates")
    if listener.ca_enabled and not listener.ca_certificate:
        raise missing("CaCertificates")
    for each in (*listener.certificates, listener.ca_certificate):
        if each and certificate_of(call, each) is None:
            raise not_found("Certificate")(each)
    policy = listener.security_policy
    if policy not in SYSTEM_POLICIES and call.get(SecurityPolicy, policy) is None:
        raise not_found("SecurityPolicy")(policy)
