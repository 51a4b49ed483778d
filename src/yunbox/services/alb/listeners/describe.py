"""ListListeners and GetListenerAttribute. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.alb.checks import Ids, TagFilters, TagShown, shown_tags
from yunbox.services.alb.listeners.listeners import listener_of
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.listeners.settings import CertificateNamed, DefaultAction, GroupNamed, GroupsNamed
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.progress import listener_status


class ListListeners(Listing):
    """List listeners."""

    listener_ids: Ids = []
    load_balancer_ids: Ids = []
    listener_protocol: Literal["", "HTTP", "HTTPS", "QUIC"] = ""
    tag: TagFilters = []


class GetListenerAttribute(Request):
    """Ask for one listener."""

    listener_id: str


class ForwardedShown(Shape):
    """Which headers tell servers of the client."""

    x_forwarded_for_enabled: bool
    x_forwarded_for_proto_enabled: bool
    x_forwarded_for_host_enabled: bool
    x_forwarded_for_client_src_port_enabled: bool
    x_forwarded_for_slb_id_enabled: bool = field(name="XForwardedForSLBIdEnabled")
    x_forwarded_for_slb_port_enabled: bool = field(name="XForwardedForSLBPortEnabled")
    x_forwarded_for_processing_mode: str
    x_forwarded_for_client_source_ips_enabled: bool = False
    x_forwarded_for_client_cert_client_verify_enabled: bool = False
    x_forwarded_for_client_cert_fingerprint_enabled: bool = False
    x_forwarded_for_client_cert_issuer_dn_enabled: bool = field(
        default=False, name="XForwardedForClientCertIssuerDNEnabled"
    )
    x_forwarded_for_client_cert_subject_dn_enabled: bool = field(
        default=False, name="XForwardedForClientCertSubjectDNEnabled"
    )


class QuicShown(Shape):
    """QUIC: off."""

    quic_upgrade_enabled: bool = False


class LogShown(Shape):
    """What access logs say besides: nothing."""

    access_log_record_customized_headers_enabled: bool = False


class _Shown(Answer):
    """What both answers show of a listener."""

    listener_id: str
    load_balancer_id: str
    listener_port: int
    listener_protocol: str
    listener_description: str
    listener_status: str
    default_actions: list[DefaultAction]
    http2_enabled: bool
    gzip_enabled: bool
    idle_timeout: int
    request_timeout: int
    security_policy_id: str
    x_forwarded_for_config: ForwardedShown
    tags: list[TagShown]
    quic_config: QuicShown = QuicShown()
    log_config: LogShown = LogShown()


class ListenerShown(_Shown):
    """A listener, as the listing shows it."""


class ListenersListed(Listed, kw_only=True):
    """A page of listeners."""

    listeners: list[ListenerShown]


class CaShown(Shape):
    """The certificate of the authority of clients' certificates."""

    certificate_id: str
    is_default: bool = True
    status: str = "Associated"


class AclRelation(Shape):
    """An ACL of a listener."""

    acl_id: str
    status: str = "Associated"


class AclConfig(Shape):
    """The ACLs of a listener. Terraform expects the list even where there are none."""

    acl_type: str
    acl_relations: list[AclRelation]


class ListenerDescribed(_Shown, kw_only=True):
    """One listener. `certificates` holds the default one alone."""

    certificates: list[CertificateNamed]
    ca_enabled: bool
    ca_certificates: list[CaShown]
    acl_config: AclConfig


@alb.action(ListListeners, on="listener/*")
def list_listeners(request: ListListeners, call: Call) -> ListenersListed:
    """Answer with a page of the listeners that the filters keep."""
    found = matching(
        call,
        Listener,
        ids=request.listener_ids,
        tags=request.tag,
        keep=lambda each: (
            (not request.load_balancer_ids or each.parent in request.load_balancer_ids)
            and request.listener_protocol in ("", each.protocol)
        ),
    )
    page, listed = page_of(found, request)
    return ListenersListed(
        listeners=[ListenerShown(**_facts(call, each)) for each in page],
        **listed,
    )


@alb.action(GetListenerAttribute, on="listener/{listener_id}")
def get_listener_attribute(request: GetListenerAttribute, call: Call) -> ListenerDescribed:
    """Answer with one listener. Raises CloudError: ResourceNotFound.Listener."""
    found = listener_of(call, request.listener_id)
    return ListenerDescribed(
        certificates=[CertificateNamed(certificate_id=each) for each in found.certificates[:1]],
        ca_enabled=found.ca_enabled,
        ca_certificates=[CaShown(certificate_id=found.ca_certificate)] if found.ca_certificate else [],
        acl_config=AclConfig(
            acl_type=found.acl_type, acl_relations=[AclRelation(acl_id=each) for each in found.acls]
        ),
        **_facts(call, found),
    )


def _facts(call: Call, each: Listener) -> dict[str, Any]:
    told = each.forwarded
    return {
        "listener_id": each.id,
        "load_balancer_id": each.parent,
        "listener_port": each.port,
        "listener_protocol": each.protocol,
        "listener_description": each.name,
        "listener_status": listener_status(call.view, each),
        "default_actions": [
            DefaultAction(
                type="ForwardGroup",
                forward_group_config=GroupsNamed(
                    server_group_tuples=[GroupNamed(server_group_id=group) for group in each.groups]
                ),
            )
        ],
        "http2_enabled": each.http2,
        "gzip_enabled": each.gzip,
        "idle_timeout": each.idle_timeout,
        "request_timeout": each.request_timeout,
        "security_policy_id": each.security_policy,
        "x_forwarded_for_config": ForwardedShown(
            x_forwarded_for_enabled=told.client,
            x_forwarded_for_proto_enabled=told.protocol,
            x_forwarded_for_host_enabled=told.host,
            x_forwarded_for_client_src_port_enabled=told.client_port,
            x_forwarded_for_slb_id_enabled=told.balancer,
            x_forwarded_for_slb_port_enabled=told.port,
            x_forwarded_for_processing_mode=told.mode,
        ),
        "tags": shown_tags(each.tags),
    }
