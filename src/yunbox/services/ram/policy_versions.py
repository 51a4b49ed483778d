"""Versions of policies: at most five, one of them in force. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.identity.resources import PolicyVersion
from yunbox.services.ram.parts import authorise_policy, identities, source_of, version_id
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import check_size, refusing


class CreatePolicyVersion(Request):
    """Add a version; SetAsDefault puts it in force at once."""

    policy_name: str
    policy_document: str
    set_as_default: bool = False
    rotate_strategy: Literal["None", "DeleteOldestNonDefaultVersionWhenLimitExceeded"] = "None"


class GetPolicyVersion(Request):
    """Ask for one version."""

    policy_name: str
    policy_type: str
    version_id: str


class ListPolicyVersions(Request):
    """List all versions."""

    policy_name: str
    policy_type: str


class SetDefaultPolicyVersion(Request):
    """Put a version in force."""

    policy_name: str
    version_id: str


class DeletePolicyVersion(Request):
    """Delete a version that is not in force."""

    policy_name: str
    version_id: str


class VersionShape(Shape):
    """A version, as answers hold it."""

    version_id: str
    is_default_version: bool
    create_date: str
    policy_document: str


class VersionAnswer(Answer):
    """One version."""

    policy_version: VersionShape


class VersionList(Shape):
    """The wrapping of a list of versions."""

    policy_version: list[VersionShape]


class VersionsListed(Answer):
    """All versions of a policy."""

    policy_versions: VersionList


def _shape(version: PolicyVersion, *, default: bool) -> VersionShape:
    return VersionShape(
        version_id=version_id(version.number),
        is_default_version=default,
        create_date=seconds(version.created),
        policy_document=version.document,
    )


@ram.action(CreatePolicyVersion, on="policy/{policy_name}")
@refusing("Policy")
def create_policy_version(request: CreatePolicyVersion, call: Call) -> VersionAnswer:
    """Add it to a policy of the account."""
    check_size("PolicyDocument", request.policy_document, "identity")
    made = identities(call).create_policy_version(
        call.account,
        request.policy_name,
        request.policy_document,
        default=request.set_as_default,
        rotate=request.rotate_strategy != "None",
    )
    return VersionAnswer(policy_version=_shape(made, default=request.set_as_default))


@ram.action(GetPolicyVersion, on="")
@refusing("Policy")
def get_policy_version(request: GetPolicyVersion, call: Call) -> VersionAnswer:
    """Find it by its id."""
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    policy = identities(call).policy(call.account, request.policy_name, source)
    found = policy.version(request.version_id)
    return VersionAnswer(policy_version=_shape(found, default=found.number == policy.default_version))


@ram.action(ListPolicyVersions, on="")
@refusing("Policy")
def list_policy_versions(request: ListPolicyVersions, call: Call) -> VersionsListed:
    """List them, oldest first."""
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    policy = identities(call).policy(call.account, request.policy_name, source)
    listed = [_shape(each, default=each.number == policy.default_version) for each in policy.versions]
    return VersionsListed(policy_versions=VersionList(policy_version=listed))


@ram.action(SetDefaultPolicyVersion, on="policy/{policy_name}")
@refusing("Policy")
def set_default_policy_version(request: SetDefaultPolicyVersion, call: Call) -> Empty:
    """Everybody who has the policy is judged by it from then on."""
    identities(call).set_default_policy_version(call.account, request.policy_name, request.version_id)
    return Empty()


@ram.action(DeletePolicyVersion, on="policy/{policy_name}")
@refusing("Policy")
def delete_policy_version(request: DeletePolicyVersion, call: Call) -> Empty:
    """Its number is not used again."""
    identities(call).delete_policy_version(call.account, request.policy_name, request.version_id)
    return Empty()
