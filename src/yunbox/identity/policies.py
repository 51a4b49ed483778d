"""Policies of accounts, those the vendor provides, and to whom they are attached."""

from __future__ import annotations

import re
import sys
from typing import Literal

import msgspec

from yunbox.control.store import View
from yunbox.identity.policy.parse import parse
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    LimitExceededError,
    NoSuchEntityError,
    Registry,
    check_name,
    named,
    require,
    require_free,
)
from yunbox.identity.resources import Account, Attachment, CustomPolicy, Group, Membership, Role, User

POLICIES = 1500
ATTACHMENTS = 50

PolicySource = Literal["System", "Custom"]

_NAME = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)


def _full(*actions: str) -> str:
    named_ = ",".join(f'"{action}"' for action in actions)
    return f'{{"Version":"1","Statement":[{{"Effect":"Allow","Action":[{named_}],"Resource":"*"}}]}}'


SYSTEM_POLICIES = {
    "AdministratorAccess": _full("*"),
    "AliyunOSSFullAccess": _full("oss:*"),
    "AliyunOSSReadOnlyAccess": _full("oss:Get*", "oss:List*"),
    "AliyunRAMFullAccess": _full("ram:*"),
    "AliyunRAMReadOnlyAccess": _full("ram:Get*", "ram:List*"),
    "AliyunSTSAssumeRoleAccess": _full("sts:AssumeRole"),
}
"""The vendor's policies by name, as the RAM console shows them."""


class Policies(Registry):
    """The part of the directory that knows policies and attachments."""

    def create_policy(
        self, account_id: str, name: str, document: str, *, description: str = ""
    ) -> CustomPolicy:
        """Store a policy of an account.

        Raises PolicyError for a document that is not valid, and as `create_user` does.
        """
        check_name(name, _NAME, "policy name")
        parse(document, "identity")
        with self._store.write() as change:
            require(change, Account, account_id)
            if name in SYSTEM_POLICIES:
                raise EntityExistsError("policy", f"A policy named {name} exists.")
            require_free(change, CustomPolicy, account_id, name, POLICIES)
            now = self._clock.now()
            return change.create(
                CustomPolicy(
                    id=self._ids.resource("p"),
                    account=account_id,
                    name=name,
                    created=now,
                    updated=now,
                    document=document,
                    description=description,
                )
            )

    def replace_policy(self, account_id: str, name: str, document: str) -> CustomPolicy:
        """Give a policy another document. Raises PolicyError, NoSuchEntityError."""
        parse(document, "identity")
        with self._store.write() as change:
            policy = named(change, CustomPolicy, account_id, name)
            if policy is None:
                raise NoSuchEntityError("policy", f"The policy {name} does not exist.")
            return change.replace(
                msgspec.structs.replace(policy, document=document, updated=self._clock.now())
            )

    def delete_policy(self, account_id: str, name: str) -> None:
        """Delete a policy. Raises NoSuchEntityError; DeleteConflictError while it is attached."""
        with self._store.write() as change:
            policy = named(change, CustomPolicy, account_id, name)
            if policy is None:
                raise NoSuchEntityError("policy", f"The policy {name} does not exist.")
            if change.count(Attachment, name=policy.id):
                raise DeleteConflictError("attachment", f"The policy {name} is attached.")
            change.delete(CustomPolicy, policy.id)

    def attach_policy(self, target_id: str, name: str, source: PolicySource = "Custom") -> None:
        """Attach a policy to a user, group or role of the same account.

        Raises NoSuchEntityError, EntityExistsError when it is attached, LimitExceededError.
        """
        with self._store.write() as change:
            target = _target(change, target_id)
            policy_id = _policy_id(change, target.account, name, source)
            id_ = f"{target_id}/{policy_id}"
            if change.get(Attachment, id_) is not None:
                raise EntityExistsError("attachment", f"The policy {name} is attached.")
            if change.count(Attachment, parent=target_id) >= ATTACHMENTS:
                raise LimitExceededError("attachment", f"There may be at most {ATTACHMENTS} policies.")
            now = self._clock.now()
            change.create(
                Attachment(id=id_, account=target.account, parent=target_id, name=policy_id, created=now)
            )

    def detach_policy(self, target_id: str, name: str, source: PolicySource = "Custom") -> None:
        """Detach a policy from a user, group or role. Raises NoSuchEntityError."""
        with self._store.write() as change:
            target = _target(change, target_id)
            id_ = f"{target_id}/{_policy_id(change, target.account, name, source)}"
            require(change, Attachment, id_)
            change.delete(Attachment, id_)


def documents_in_force(view: View, identity_id: str) -> tuple[str, ...]:
    """Return the policy documents of a user (its groups' included) or a role, each once."""
    targets = [identity_id, *(each.parent for each in view.find(Membership, name=identity_id))]
    found: dict[str, str] = {}
    for target in targets:
        for attachment in view.find(Attachment, parent=target):
            found[attachment.name] = _document(view, attachment.name)
    # Interned: thousands of users share a document, in memory too.
    return tuple(sys.intern(document) for document in found.values())


def _document(view: View, policy_id: str) -> str:
    source, _, name = policy_id.partition("/")
    if source == "system":
        # An attachment to a policy that this release does not know must not be passed over: it may deny.
        return SYSTEM_POLICIES.get(name, "")
    return require(view, CustomPolicy, policy_id).document


def _policy_id(view: View, account_id: str, name: str, source: PolicySource) -> str:
    if source == "System":
        if name in SYSTEM_POLICIES:
            return f"system/{name}"
    elif policy := named(view, CustomPolicy, account_id, name):
        return policy.id
    raise NoSuchEntityError("policy", f"The policy {name} does not exist.")


def _target(view: View, target_id: str) -> User | Group | Role:
    target = view.get(User, target_id) or view.get(Group, target_id) or view.get(Role, target_id)
    if target is None:
        raise NoSuchEntityError("target", f"There is no user, group or role {target_id}.")
    return target
