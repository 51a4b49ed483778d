"""Domain extensions: further certificates of an HTTPS listener, by domain. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.slb.certificates.model import require_server_certificate
from yunbox.services.slb.errors import not_found
from yunbox.services.slb.listeners.model import DomainExtension, Listener, require_listener
from yunbox.services.slb.listeners.requests import Port
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb


class CreateDomainExtension(Request):
    """Give a domain a certificate of its own."""

    load_balancer_id: str
    listener_port: Port
    domain: Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^(\*\.)?[-.A-Za-z0-9_]+$")]
    server_certificate_id: str


class SetDomainExtensionAttribute(Request):
    """Give a domain another certificate."""

    domain_extension_id: str
    server_certificate_id: str


class DeleteDomainExtension(Request):
    """Take a domain's certificate away."""

    domain_extension_id: str


class DescribeDomainExtensions(Request):
    """List the domains of a listener."""

    load_balancer_id: str
    listener_port: Port
    domain_extension_id: str = ""


class DescribeDomainExtensionAttribute(Request):
    """Ask for a domain."""

    domain_extension_id: str


class DomainExtensionCreated(Answer):
    """The domain."""

    domain_extension_id: str
    listener_port: int


class DomainExtensionShown(Shape):
    """A domain in a list."""

    domain_extension_id: str
    domain: str
    server_certificate_id: str


class DomainExtensionList(Shape):
    """The wrapping of domains."""

    domain_extension: list[DomainExtensionShown]


class DomainExtensionsDescribed(Answer):
    """The domains of a listener."""

    domain_extensions: DomainExtensionList


class DomainExtensionDescribed(Answer):
    """A domain."""

    domain_extension_id: str
    load_balancer_id: str
    listener_port: int
    domain: str
    server_certificate_id: str


@slb.action(CreateDomainExtension, on="loadbalancer/{load_balancer_id}")
def create_domain_extension(request: CreateDomainExtension, call: Call) -> DomainExtensionCreated:
    """Store it. Raises CloudError: InvalidParameter, DomainExtensionExist, ServerCertificateId.NotFound."""
    balancer = require_balancer(call, request.load_balancer_id)
    listener = require_listener(call, balancer.id, request.listener_port)
    if listener.protocol != "https":
        raise invalid_parameter("ListenerPort", "an HTTPS listener is expected")
    if any(each.name == request.domain for each in call.view.find(DomainExtension, parent=listener.id)):
        raise CloudError("DomainExtensionExist", 400, f"There is a certificate for {request.domain} already.")
    made = call.change.create(
        DomainExtension(
            id=call.new_id("de"),
            account=call.account,
            region=call.region,
            name=request.domain,
            parent=listener.id,
            created=call.now,
            server_certificate=require_server_certificate(call, request.server_certificate_id).id,
        )
    )
    return DomainExtensionCreated(domain_extension_id=made.id, listener_port=listener.port)


def _require(call: Call, id_: str) -> DomainExtension:
    code = "InvalidParameter.DomainExtensionId"
    return call.require(DomainExtension, id_, lambda id_: not_found(code, "DomainExtensionId", id_))


@slb.action(SetDomainExtensionAttribute, on="loadbalancer/*")
def set_domain_extension(request: SetDomainExtensionAttribute, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidParameter.DomainExtensionId, ServerCertificateId.NotFound."""
    found = _require(call, request.domain_extension_id)
    certificate = require_server_certificate(call, request.server_certificate_id)
    call.change.replace(msgspec.structs.replace(found, server_certificate=certificate.id))
    return Empty()


@slb.action(DeleteDomainExtension, on="loadbalancer/*")
def delete_domain_extension(request: DeleteDomainExtension, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidParameter.DomainExtensionId."""
    call.change.delete(DomainExtension, _require(call, request.domain_extension_id).id)
    return Empty()


@slb.action(DescribeDomainExtensions, on="loadbalancer/{load_balancer_id}")
def describe_domain_extensions(request: DescribeDomainExtensions, call: Call) -> DomainExtensionsDescribed:
    """Answer with them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    balancer = require_balancer(call, request.load_balancer_id)
    listener = require_listener(call, balancer.id, request.listener_port)
    shown = [
        DomainExtensionShown(
            domain_extension_id=each.id, domain=each.name, server_certificate_id=each.server_certificate
        )
        for each in call.view.find(DomainExtension, parent=listener.id)
        if request.domain_extension_id in ("", each.id)
    ]
    return DomainExtensionsDescribed(domain_extensions=DomainExtensionList(domain_extension=shown))


@slb.action(DescribeDomainExtensionAttribute, on="loadbalancer/*")
def describe_domain_extension(
    request: DescribeDomainExtensionAttribute, call: Call
) -> DomainExtensionDescribed:
    """Answer with it. Raises CloudError: InvalidParameter.DomainExtensionId."""
    found = _require(call, request.domain_extension_id)
    listener = call.view.get(Listener, found.parent)
    assert listener is not None
    return DomainExtensionDescribed(
        domain_extension_id=found.id,
        load_balancer_id=listener.parent,
        listener_port=listener.port,
        domain=found.name,
        server_certificate_id=found.server_certificate,
    )
