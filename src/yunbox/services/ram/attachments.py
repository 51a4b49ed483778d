"""Giving policies to users, groups and roles, and taking them away. Wire: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from collections.abc import Callable

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.identity.identities import Identities
from yunbox.services.ram.parts import authorise_policy, identities, source_of
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class _Attachment(Request):
    policy_name: str
    policy_type: str


class AttachPolicyToUser(_Attachment):
    """Give a user a policy."""

    user_name: str


class AttachPolicyToGroup(_Attachment):
    """Give a group, and so all its users, a policy."""

    group_name: str


class AttachPolicyToRole(_Attachment):
    """Give a role, and so all its sessions, a policy."""

    role_name: str


class DetachPolicyFromUser(_Attachment):
    """Take a policy from a user."""

    user_name: str


class DetachPolicyFromGroup(_Attachment):
    """Take a policy from a group."""

    group_name: str


class DetachPolicyFromRole(_Attachment):
    """Take a policy from a role."""

    role_name: str


def _attach(request: _Attachment, call: Call, target: Callable[[Identities], str]) -> Empty:
    """Attach, when the caller may give away this policy too: else it could give itself any."""
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    known = identities(call)
    known.attach_policy(target(known), request.policy_name, source)
    return Empty()


def _detach(request: _Attachment, call: Call, target: Callable[[Identities], str]) -> Empty:
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    known = identities(call)
    known.detach_policy(target(known), request.policy_name, source)
    return Empty()


@ram.action(AttachPolicyToUser, on="user/{user_name}")
@refusing("User")
def attach_policy_to_user(request: AttachPolicyToUser, call: Call) -> Empty:
    """It is in force with the next request."""
    return _attach(request, call, lambda known: known.require_user(call.account, request.user_name).id)


@ram.action(AttachPolicyToGroup, on="group/{group_name}")
@refusing("Group")
def attach_policy_to_group(request: AttachPolicyToGroup, call: Call) -> Empty:
    """It is in force with the next request."""
    return _attach(request, call, lambda known: known.require_group(call.account, request.group_name).id)


@ram.action(AttachPolicyToRole, on="role/{role_name}")
@refusing("Role")
def attach_policy_to_role(request: AttachPolicyToRole, call: Call) -> Empty:
    """It is in force with the next request, of sessions that run too."""
    return _attach(request, call, lambda known: known.require_role(call.account, request.role_name).id)


@ram.action(DetachPolicyFromUser, on="user/{user_name}")
@refusing("User")
def detach_policy_from_user(request: DetachPolicyFromUser, call: Call) -> Empty:
    """It is no longer in force with the next request."""
    return _detach(request, call, lambda known: known.require_user(call.account, request.user_name).id)


@ram.action(DetachPolicyFromGroup, on="group/{group_name}")
@refusing("Group")
def detach_policy_from_group(request: DetachPolicyFromGroup, call: Call) -> Empty:
    """It is no longer in force with the next request."""
    return _detach(request, call, lambda known: known.require_group(call.account, request.group_name).id)


@ram.action(DetachPolicyFromRole, on="role/{role_name}")
@refusing("Role")
def detach_policy_from_role(request: DetachPolicyFromRole, call: Call) -> Empty:
    """It is no longer in force with the next request."""
    return _detach(request, call, lambda known: known.require_role(call.account, request.role_name).id)
