"""TLS cipher policies of users. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.slb.certificates.model import TlsPolicy
from yunbox.services.slb.certificates.policies import CIPHERS
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import in_use, not_found
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.product import slb

Version = Literal["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
Versions = Annotated[list[Version], Meta(min_length=1, max_length=4)]
Ciphers = Annotated[list[str], Meta(min_length=1, max_length=32)]
MAX_POLICY_NAME = 128


class CreateTLSCipherPolicy(Request):
    """Make a policy."""

    name: str
    versions: Versions = field(name="TLSVersions")
    ciphers: Ciphers


class SetTLSCipherPolicyAttribute(Request):
    """Change a policy."""

    id: str = field(name="TLSCipherPolicyId")
    name: str
    versions: Versions = field(name="TLSVersions")
    ciphers: Ciphers


class DeleteTLSCipherPolicy(Request):
    """Delete a policy that no listener has."""

    id: str = field(name="TLSCipherPolicyId")


class ListTLSCipherPolicies(Request):
    """List policies."""

    id: str = field(default="", name="TLSCipherPolicyId")
    name: str = ""
    include_listener: bool = False
    max_items: Annotated[int, Meta(ge=1, le=100)] = 20
    next_token: Annotated[str, Meta(max_length=1024)] = ""


class PolicyNamed(Answer):
    """The policy."""

    id: str = field(name="TLSCipherPolicyId")


class PolicyListener(Shape):
    """A listener that has a policy."""

    load_balancer_id: str
    port: int
    protocol: str


class PolicyShown(Shape):
    """A policy."""

    instance_id: str
    name: str
    status: str
    create_time: int
    tls_versions: list[str] = field(name="TLSVersions")
    ciphers: list[str]
    relate_listeners: list[PolicyListener] | UnsetType


class PoliciesListed(Answer):
    """Policies, up to where the token goes on."""

    policies: list[PolicyShown] = field(name="TLSCipherPolicies")
    total_count: int
    is_truncated: bool
    next_token: Text


def policy_not_found(id_: str) -> Any:
    """Return the refusal of a policy that does not exist."""
    return not_found("TLSCipherPolicy.NotExist", "TLSCipherPolicyId", id_)


@slb.action(CreateTLSCipherPolicy, on="tlscipherpolicy/*")
def create_policy(request: CreateTLSCipherPolicy, call: Call) -> PolicyNamed:
    """Store it. Raises CloudError: InvalidParameter."""
    made = call.change.create(
        TlsPolicy(
            id=call.new_id("tls"),
            account=call.account,
            region=call.region,
            name=check_name(request.name, "Name", MAX_POLICY_NAME),
            created=call.now,
            versions=tuple(request.versions),
            ciphers=_check(request.ciphers, request.versions),
        )
    )
    return PolicyNamed(id=made.id)


def _check(ciphers: list[str], versions: list[Version]) -> tuple[str, ...]:
    """Return ciphers, each of a version that is asked for. Raises CloudError."""
    for each in ciphers:
        if each not in CIPHERS:
            raise invalid_parameter("Ciphers", f"{each[:64]!a} is not known")
        if not CIPHERS[each] & set(versions):
            raise invalid_parameter("Ciphers", f"{each} is of none of the TLSVersions")
    return tuple(dict.fromkeys(ciphers))


@slb.action(SetTLSCipherPolicyAttribute, on="tlscipherpolicy/{id}")
def set_policy(request: SetTLSCipherPolicyAttribute, call: Call) -> Empty:
    """Write it. Raises CloudError: TLSCipherPolicy.NotExist, InvalidParameter."""
    found = call.require(TlsPolicy, request.id, policy_not_found)
    changed = msgspec.structs.replace(
        found,
        name=check_name(request.name, "Name", MAX_POLICY_NAME),
        versions=tuple(request.versions),
        ciphers=_check(request.ciphers, request.versions),
    )
    call.change.replace(changed)
    return Empty()


@slb.action(DeleteTLSCipherPolicy, on="tlscipherpolicy/{id}")
def delete_policy(request: DeleteTLSCipherPolicy, call: Call) -> Empty:
    """Delete it. Raises CloudError: TLSCipherPolicy.NotExist, TLSCipherPolicy.InUse."""
    found = call.require(TlsPolicy, request.id, policy_not_found)
    for listener in call.find(Listener):
        if listener.tls_policy == found.id:
            raise in_use("TLSCipherPolicy.InUse", found.id, listener.id)
    call.change.delete(TlsPolicy, found.id)
    return Empty()


@slb.action(ListTLSCipherPolicies, on="tlscipherpolicy/*")
def list_policies(request: ListTLSCipherPolicies, call: Call) -> PoliciesListed:
    """Answer with those that the filters keep, by their ids."""
    kept = [
        each
        for each in call.find(TlsPolicy)
        if request.id in ("", each.id) and request.name in ("", each.name)
    ]
    rest = [each for each in kept if each.id > request.next_token]
    page = rest[: request.max_items]
    truncated = len(rest) > len(page)
    return PoliciesListed(
        policies=[_shown(request, call, each) for each in page],
        total_count=len(kept),
        is_truncated=truncated,
        next_token=page[-1].id if truncated else UNSET,
    )


def _shown(request: ListTLSCipherPolicies, call: Call, policy: TlsPolicy) -> PolicyShown:
    related: list[PolicyListener] | UnsetType = UNSET
    if request.include_listener:
        related = [
            PolicyListener(load_balancer_id=each.parent, port=each.port, protocol=each.protocol)
            for each in call.find(Listener)
            if each.tls_policy == policy.id
        ]
    return PolicyShown(
        instance_id=policy.id,
        name=policy.name,
        status="normal",
        create_time=int(policy.created * 1000),
        tls_versions=list(policy.versions),
        ciphers=list(policy.ciphers),
        relate_listeners=related,
    )
