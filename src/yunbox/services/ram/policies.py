"""Policies: the account's own, and those the vendor provides. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.policies import KnownPolicy, PolicySource
from yunbox.identity.tags import bears, check_tags
from yunbox.services.ram.parts import (
    Listing,
    TagFilters,
    Tags,
    TagsOf,
    authorise_policy,
    default_version,
    following,
    given_tags,
    identities,
    source_of,
    tags_of,
    version_id,
    wanted_tags,
)
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import check_size, refusing


class CreatePolicy(Request):
    """Create a policy of the account, whose document is its version v1."""

    policy_name: str
    policy_document: str
    description: str = ""
    tag: Tags = []


class GetPolicy(Request):
    """Ask for one policy and its document in force."""

    policy_name: str
    policy_type: str


class UpdatePolicyDescription(Request):
    """Give a policy another description."""

    policy_name: str
    new_description: str


class DeletePolicy(Request):
    """Delete a policy that nobody has; with CascadingDelete, its versions too."""

    policy_name: str
    cascading_delete: bool = False


class ListPolicies(Listing):
    """List policies: all, or those of one type."""

    policy_type: str = ""
    tag: TagFilters = []


class NewPolicy(Shape):
    """A policy that was just created."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    create_date: str


class PolicyShape(NewPolicy):
    """A policy, as answers hold it."""

    update_date: str


class NewPolicyAnswer(Answer):
    """The new policy."""

    policy: NewPolicy


class PolicyAnswer(Answer):
    """One policy."""

    policy: PolicyShape


class FullPolicy(Shape):
    """A policy in full."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    policy_document: str
    create_date: str
    update_date: str
    attachment_count: int


class DefaultPolicyVersion(Shape):
    """The version in force."""

    version_id: str
    is_default_version: bool
    create_date: str
    policy_document: str


class FullPolicyAnswer(Answer):
    """One policy in full."""

    policy: FullPolicy
    default_policy_version: DefaultPolicyVersion


class ListedPolicy(Shape):
    """A policy in a listing."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    create_date: str
    update_date: str
    attachment_count: int
    tags: TagsOf


class PolicyList(Shape):
    """The wrapping of a list of policies."""

    policy: list[ListedPolicy]


class PoliciesListed(Answer):
    """A page of policies."""

    is_truncated: bool
    policies: PolicyList
    marker: Text = UNSET


def _sources(policy_type: str) -> tuple[PolicySource, ...]:
    return (source_of(policy_type),) if policy_type else ("Custom", "System")


@ram.action(CreatePolicy, on="policy/{policy_name}")
@refusing("Policy")
def create_policy(request: CreatePolicy, call: Call) -> NewPolicyAnswer:
    """Create it in the caller's account."""
    check_size("PolicyDocument", request.policy_document, "identity")
    tags = given_tags(request.tag)
    check_tags(tags)
    made = identities(call).create_policy(
        call.account,
        request.policy_name,
        request.policy_document,
        description=request.description,
        tags=tags,
    )
    return NewPolicyAnswer(
        policy=NewPolicy(
            policy_name=made.name,
            policy_type="Custom",
            description=made.description,
            default_version=version_id(made.default_version),
            create_date=seconds(made.created),
        )
    )


@ram.action(GetPolicy, on="")
@refusing("Policy")
def get_policy(request: GetPolicy, call: Call) -> FullPolicyAnswer:
    """Find it by type and name."""
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    known = identities(call)
    policy = known.policy(call.account, request.policy_name, source)
    return FullPolicyAnswer(
        policy=FullPolicy(
            policy_name=policy.name,
            policy_type=policy.source,
            description=policy.description,
            default_version=default_version(policy),
            policy_document=policy.default.document,
            create_date=seconds(policy.created),
            update_date=seconds(policy.updated),
            attachment_count=known.count_holders(call.account, policy),
        ),
        default_policy_version=DefaultPolicyVersion(
            version_id=default_version(policy),
            is_default_version=True,
            create_date=seconds(policy.default.created),
            policy_document=policy.default.document,
        ),
    )


@ram.action(UpdatePolicyDescription, on="policy/{policy_name}")
@refusing("Policy")
def update_policy_description(request: UpdatePolicyDescription, call: Call) -> PolicyAnswer:
    """Change the description and nothing else."""
    changed = identities(call).describe_policy(call.account, request.policy_name, request.new_description)
    return PolicyAnswer(
        policy=PolicyShape(
            policy_name=changed.name,
            policy_type="Custom",
            description=changed.description,
            default_version=version_id(changed.default_version),
            create_date=seconds(changed.created),
            update_date=seconds(changed.updated),
        )
    )


@ram.action(DeletePolicy, on="policy/{policy_name}")
@refusing("Policy")
def delete_policy(request: DeletePolicy, call: Call) -> Empty:
    """Delete it, unless somebody has it."""
    identities(call).delete_policy(call.account, request.policy_name, versions=request.cascading_delete)
    return Empty()


@ram.action(ListPolicies, on="policy/*")
def list_policies(request: ListPolicies, call: Call) -> PoliciesListed:
    """List the account's own first, then the vendor's."""
    wanted = wanted_tags(request.tag)
    page = identities(call).list_policies(
        call.account,
        marker=request.marker,
        limit=request.max_items,
        sources=_sources(request.policy_type),
        keep=(lambda tags: bears(tags, wanted)) if wanted else None,
    )
    return PoliciesListed(
        is_truncated=bool(page.marker),
        marker=following(page.marker),
        policies=PolicyList(policy=[_listed(each, page.attached[each.id]) for each in page.items]),
    )


def _listed(policy: KnownPolicy, attached: int) -> ListedPolicy:
    return ListedPolicy(
        policy_name=policy.name,
        policy_type=policy.source,
        description=policy.description,
        default_version=default_version(policy),
        create_date=seconds(policy.created),
        update_date=seconds(policy.updated),
        attachment_count=attached,
        tags=tags_of(policy.tags),
    )
