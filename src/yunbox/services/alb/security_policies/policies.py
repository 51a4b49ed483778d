"""All actions of security policies. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.api.tagging import check_tags
from yunbox.services.alb.checks import Ids, TagFilters, Tags, TagShown, check_name, group_of, shown_tags
from yunbox.services.alb.errors import illegal, in_use, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.security_policies.model import CIPHERS, SYSTEM_POLICIES, VERSIONS, SecurityPolicy

POLICIES_PER_REGION = 50

Versions = Annotated[list[str], Meta(max_length=4)]
Ciphers = Annotated[list[str], Meta(max_length=64)]


class CreateSecurityPolicy(Request):
    """Make a policy."""

    security_policy_name: str
    tls_versions: Annotated[Versions, Meta(min_length=1)] = field(name="TLSVersions")
    ciphers: Annotated[Ciphers, Meta(min_length=1)]
    resource_group_id: str = ""
    tag: Tags = []


class PolicyCreated(Answer):
    """The policy."""

    security_policy_id: str


class UpdateSecurityPolicyAttribute(Request):
    """Change a policy."""

    security_policy_id: str
    security_policy_name: str = ""
    tls_versions: Versions = field(default_factory=list, name="TLSVersions")
    ciphers: Ciphers = []


class DeleteSecurityPolicy(Request):
    """Delete a policy that no listener uses."""

    security_policy_id: str


class ListSecurityPolicies(Listing):
    """List the account's own policies."""

    security_policy_ids: Ids = []
    security_policy_names: Ids = []
    resource_group_id: str = ""
    tag: TagFilters = []


class ListSystemSecurityPolicies(Request):
    """List the policies that the system has."""


class ListSecurityPolicyRelations(Request):
    """Ask which listeners use some policies."""

    security_policy_ids: Annotated[list[str], Meta(min_length=1, max_length=5)]


class SystemPolicy(Shape):
    """A policy of the system."""

    security_policy_id: str
    tls_versions: list[str] = field(name="TLSVersions")
    ciphers: list[str]


class SystemPoliciesListed(Answer):
    """The policies of the system."""

    security_policies: list[SystemPolicy]


class PolicyShown(SystemPolicy):
    """A policy of the account."""

    security_policy_name: str
    create_time: str
    resource_group_id: str
    tags: list[TagShown]
    security_policy_status: str = "Available"


class PoliciesListed(Listed, kw_only=True):
    """A page of policies."""

    security_policies: list[PolicyShown]


class ListenerOfPolicy(Shape):
    """A listener that uses a policy."""

    listener_id: str
    listener_port: int
    listener_protocol: str
    load_balancer_id: str


class PolicyRelation(Shape):
    """A policy and the listeners that use it."""

    security_policy_id: str
    related_listeners: list[ListenerOfPolicy]


class PolicyRelationsListed(Answer):
    """Policies and the listeners that use them; the spelling is the vendor's."""

    secrity_policy_relations: list[PolicyRelation]


def _policy(call: Call, id_: str) -> SecurityPolicy:
    return call.require(SecurityPolicy, id_, not_found("SecurityPolicy"))


def _versions(asked: list[str]) -> tuple[str, ...]:
    if unknown := set(asked) - set(VERSIONS):
        raise illegal("TLSVersions", f"{', '.join(VERSIONS)} are expected, not {min(unknown)[:64]!a}")
    return tuple(each for each in VERSIONS if each in asked)


def _ciphers(asked: list[str], versions: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := set(asked) - CIPHERS:
        raise illegal("Ciphers", f"{min(unknown)[:64]!a} is none that the vendor has")
    new = [each for each in asked if each.startswith("TLS_")]
    if new and "TLSv1.3" not in versions:
        raise illegal("Ciphers", f"{new[0]} goes with TLSv1.3")
    if "TLSv1.3" in versions and not new:
        raise illegal("Ciphers", "TLSv1.3 needs one of its own, such as TLS_AES_128_GCM_SHA256")
    if set(versions) - {"TLSv1.3"} and len(new) == len(asked):
        raise illegal("Ciphers", "TLS versions before TLSv1.3 need one of their own")
    return tuple(dict.fromkeys(asked))


@alb.action(CreateSecurityPolicy, on="securitypolicy/*")
def create_security_policy(request: CreateSecurityPolicy, call: Call) -> PolicyCreated:
    """Store a policy. Raises CloudError: IllegalParam.*, QuotaExceeded.SecurityPoliciesNum."""
    if call.count(SecurityPolicy) >= POLICIES_PER_REGION:
        raise quota_exceeded("SecurityPoliciesNum", POLICIES_PER_REGION, call.region)
    versions = _versions(request.tls_versions)
    made = call.change.create(
        SecurityPolicy(
            id=call.new_id("tls"),
            account=call.account,
            region=call.region,
            name=check_name(request.security_policy_name, "SecurityPolicyName"),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            versions=versions,
            ciphers=_ciphers(request.ciphers, versions),
        )
    )
    return PolicyCreated(security_policy_id=made.id)


@alb.action(UpdateSecurityPolicyAttribute, on="securitypolicy/{security_policy_id}")
def update_security_policy_attribute(request: UpdateSecurityPolicyAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.SecurityPolicy, IllegalParam.*."""
    found = _policy(call, request.security_policy_id)
    versions = _versions(request.tls_versions) or found.versions
    name = request.security_policy_name
    call.change.replace(
        msgspec.structs.replace(
            found,
            name=check_name(name, "SecurityPolicyName") if name else found.name,
            versions=versions,
            ciphers=_ciphers(request.ciphers or list(found.ciphers), versions),
        )
    )
    return Started(job_id=begin_job(call, "securitypolicy", found.id))


@alb.action(DeleteSecurityPolicy, on="securitypolicy/{security_policy_id}")
def delete_security_policy(request: DeleteSecurityPolicy, call: Call) -> Empty:
    """Delete it. Raises CloudError: ResourceNotFound.SecurityPolicy, ResourceInUse.SecurityPolicy."""
    found = _policy(call, request.security_policy_id)
    if users := _users(call, found.id):
        raise in_use("SecurityPolicy", found.id, users[0].id)
    call.change.delete(SecurityPolicy, found.id)
    return Empty()


def _users(call: Call, policy: str) -> list[Listener]:
    return [each for each in call.find(Listener) if each.security_policy == policy]


@alb.action(ListSecurityPolicies, on="securitypolicy/*")
def list_security_policies(request: ListSecurityPolicies, call: Call) -> PoliciesListed:
    """Answer with a page of the policies that the filters keep."""
    found = matching(
        call,
        SecurityPolicy,
        ids=request.security_policy_ids,
        names=request.security_policy_names,
        tags=request.tag,
        group=request.resource_group_id,
    )
    page, listed = page_of(found, request)
    return PoliciesListed(
        security_policies=[
            PolicyShown(
                security_policy_id=each.id,
                security_policy_name=each.name,
                tls_versions=list(each.versions),
                ciphers=list(each.ciphers),
                create_time=seconds(each.created),
                resource_group_id=each.resource_group,
                tags=shown_tags(each.tags),
            )
            for each in page
        ],
        **listed,
    )


@alb.action(ListSystemSecurityPolicies, on="securitypolicy/*")
def list_system_security_policies(request: ListSystemSecurityPolicies, call: Call) -> SystemPoliciesListed:
    """Answer with those of the system."""
    return SystemPoliciesListed(
        security_policies=[
            SystemPolicy(security_policy_id=id_, tls_versions=list(versions), ciphers=list(ciphers))
            for id_, (versions, ciphers) in SYSTEM_POLICIES.items()
        ]
    )


@alb.action(ListSecurityPolicyRelations, on="securitypolicy/{security_policy_ids}")
def list_security_policy_relations(request: ListSecurityPolicyRelations, call: Call) -> PolicyRelationsListed:
    """Answer which listeners use them. Raises CloudError: ResourceNotFound.SecurityPolicy."""
    for id_ in request.security_policy_ids:
        if id_ not in SYSTEM_POLICIES:
            _policy(call, id_)
    return PolicyRelationsListed(
        secrity_policy_relations=[
            PolicyRelation(
                security_policy_id=id_,
                related_listeners=[
                    ListenerOfPolicy(
                        listener_id=each.id,
                        listener_port=each.port,
                        listener_protocol=each.protocol,
                        load_balancer_id=each.parent,
                    )
                    for each in _users(call, id_)
                ],
            )
            for id_ in request.security_policy_ids
        ]
    )
