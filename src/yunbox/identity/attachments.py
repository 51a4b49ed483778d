"""To whom policies are attached, and what is in force for whom."""

from __future__ import annotations

import sys

import msgspec

from yunbox.control.store import View
from yunbox.identity.policies import (
    KnownPolicy,
    PolicySource,
    document_of,
    known_policy,
    policy_id,
    require_target,
)
from yunbox.identity.registry import EntityExistsError, LimitExceededError, Registry, require
from yunbox.identity.resources import Attachment, Group, Membership, Role, User

ATTACHMENTS = 50


class AttachedPolicy(msgspec.Struct, frozen=True):
    """A policy that somebody has, and since when."""

    policy: KnownPolicy
    since: float


class Holder(msgspec.Struct, frozen=True):
    """Somebody who has a policy, and since when."""

    target: User | Group | Role
    since: float


class Attachments(Registry):
    """The part of the directory that knows who has which policies."""

    def attach_policy(self, target_id: str, name: str, source: PolicySource = "Custom") -> None:
        """Attach a policy to a user, group or role of the same account.

        Raises NoSuchEntityError, EntityExistsError when it is attached, LimitExceededError.
        """
        with self._store.write() as change:
            target = require_target(change, target_id)
            id_ = policy_id(change, target.account, name, source)
            attachment = Attachment(
                id=f"{target_id}/{id_}",
                account=target.account,
                parent=target_id,
                name=id_,
                created=self._clock.now(),
            )
            if change.get(Attachment, attachment.id) is not None:
                raise EntityExistsError("attachment", f"The policy {name} is attached.")
            if change.count(Attachment, parent=target_id) >= ATTACHMENTS:
                raise LimitExceededError("attachment", f"There may be at most {ATTACHMENTS} policies.")
            change.create(attachment)

    def detach_policy(self, target_id: str, name: str, source: PolicySource = "Custom") -> None:
        """Detach a policy from a user, group or role. Raises NoSuchEntityError."""
        with self._store.write() as change:
            target = require_target(change, target_id)
            id_ = f"{target_id}/{policy_id(change, target.account, name, source)}"
            require(change, Attachment, id_)
            change.delete(Attachment, id_)

    def policies_of(self, target_id: str) -> list[AttachedPolicy]:
        """Return the policies of a user (without those of its groups), a group or a role."""
        with self._store.read() as view:
            found = view.find(Attachment, parent=target_id)
            return [AttachedPolicy(known_policy(view, each.name), each.created) for each in found]

    def holders_of(self, account_id: str, name: str, source: PolicySource = "Custom") -> list[Holder]:
        """Return the users, groups and roles of an account that have a policy. Raises NoSuchEntityError."""
        with self._store.read() as view:
            id_ = policy_id(view, account_id, name, source)
            found = view.find(Attachment, account=account_id, name=id_)
            return [Holder(require_target(view, each.parent), each.created) for each in found]

    def count_holders(self, account_id: str, policy: KnownPolicy) -> int:
        """Return how many users, groups and roles of an account have a policy."""
        with self._store.read() as view:
            return view.count(Attachment, account=account_id, name=policy.id)


def documents_in_force(view: View, identity_id: str) -> tuple[str, ...]:
    """Return the policy documents of a user (its groups' included) or a role, each once."""
    targets = [identity_id, *(each.parent for each in view.find(Membership, name=identity_id))]
    found: dict[str, str] = {}
    for target in targets:
        for attachment in view.find(Attachment, parent=target):
            found[attachment.name] = document_of(view, attachment.name)
    # Interned: thousands of users share a document, in memory too.
    return tuple(sys.intern(document) for document in found.values())
