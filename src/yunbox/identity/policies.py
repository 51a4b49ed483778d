"""Policies of accounts and their versions, beside those the vendor provides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from yunbox.control.store import Change, View
from yunbox.identity.policy.parse import parse
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
    Page,
    Registry,
    check_name,
    check_text,
    named,
    page,
    require,
    require_free,
)
from yunbox.identity.resources import Account, Attachment, CustomPolicy, Group, PolicyVersion, Role, User
from yunbox.identity.system_policies import DESCRIPTIONS, SINCE, SYSTEM_POLICIES

POLICIES = 1500
VERSIONS = 5

PolicySource = Literal["System", "Custom"]

_NAME = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)
_VERSION = re.compile(r"v([1-9][0-9]{0,8})", re.ASCII)

_SYSTEM = "system/"


class KnownPolicy(msgspec.Struct, frozen=True):
    """A policy, be it an account's own or the vendor's. `id` is what attachments name."""

    id: str
    name: str
    source: PolicySource
    description: str
    created: float
    updated: float
    versions: tuple[PolicyVersion, ...]
    default_version: int = 1
    tags: dict[str, str] = {}

    @property
    def default(self) -> PolicyVersion:
        """The version in force."""
        return next(each for each in self.versions if each.number == self.default_version)

    def version(self, version_id: str) -> PolicyVersion:
        """Return the version of an id such as `v2`. Raises InvalidValueError, NoSuchEntityError."""
        number = _version_number(version_id)
        for each in self.versions:
            if each.number == number:
                return each
        raise _no_version(version_id)


class Policies(Registry):
    """The part of the directory that knows policies."""

    def create_policy(
        self,
        account_id: str,
        name: str,
        document: str,
        *,
        description: str = "",
        tags: dict[str, str] | None = None,
    ) -> CustomPolicy:
        """Store a policy of an account.

        Raises PolicyError for a document that is not valid, and as `create_user` does.
        """
        check_name(name, _NAME, "policy name", 128)
        check_text(description, "description", 1024)
        parse(document, "identity")
        with self._store.write() as change:
            require(change, Account, account_id)
            if name in SYSTEM_POLICIES:
                raise EntityExistsError("policy", f"A policy named {name} exists.")
            require_free(change, CustomPolicy, account_id, name, POLICIES)
            now = self._clock.now()
            return change.create(
                CustomPolicy(
                    id=self._ids.resource("p", now),
                    account=account_id,
                    name=name,
                    created=now,
                    updated=now,
                    document=document,
                    description=description,
                    tags=tags or {},
                )
            )

    def policy(self, account_id: str, name: str, source: PolicySource = "Custom") -> KnownPolicy:
        """Return a policy by name. Raises NoSuchEntityError."""
        with self._store.read() as view:
            return known_policy(view, policy_id(view, account_id, name, source))

    def list_policies(
        self,
        account_id: str,
        *,
        marker: str = "",
        limit: int = 100,
        sources: tuple[PolicySource, ...] = ("Custom", "System"),
        keep: Callable[[dict[str, str]], bool] | None = None,
    ) -> PolicyPage:
        """Return a page of policies, the account's own first; `keep` chooses by tags."""
        with self._store.read() as view:
            own = (
                self._own_policies(view, account_id, marker, limit, keep) if "Custom" in sources else Page([])
            )
            found = [known(each) for each in own.items]
            following = own.marker
            if "System" in sources and keep is None and not following:
                after = marker.removeprefix(_SYSTEM) if marker.startswith(_SYSTEM) else ""
                rest = [name for name in SYSTEM_POLICIES if name > after]
                room = limit - len(found)
                found += [_system_policy(name) for name in rest[:room]]
                following = found[-1].id if len(rest) > room else ""
            return PolicyPage(found, following, attachment_counts(view, account_id, found))

    def _own_policies(
        self,
        view: View,
        account_id: str,
        marker: str,
        limit: int,
        keep: Callable[[dict[str, str]], bool] | None,
    ) -> Page[CustomPolicy]:
        if marker.startswith(_SYSTEM):
            return Page([])
        chosen = None if keep is None else lambda policy: keep(policy.tags)
        return page(view, CustomPolicy, account_id, marker, limit, chosen)

    def describe_policy(self, account_id: str, name: str, description: str) -> CustomPolicy:
        """Give a policy another description. Raises InvalidValueError, NoSuchEntityError."""
        check_text(description, "description", 1024)
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            return change.replace(
                msgspec.structs.replace(policy, description=description, updated=self._clock.now())
            )

    def replace_policy(self, account_id: str, name: str, document: str) -> CustomPolicy:
        """Give a policy's default version another document. Raises PolicyError, NoSuchEntityError."""
        parse(document, "identity")
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            return change.replace(
                msgspec.structs.replace(policy, document=document, updated=self._clock.now())
            )

    def create_policy_version(
        self, account_id: str, name: str, document: str, *, default: bool = False, rotate: bool = False
    ) -> PolicyVersion:
        """Add a version to a policy, in force at once when it is to be the default.

        With `rotate`, the oldest version that is not the default makes room for it. Raises PolicyError,
        NoSuchEntityError, LimitExceededError.
        """
        parse(document, "identity")
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            others = policy.others
            if len(others) + 1 >= VERSIONS:
                if not rotate:
                    raise LimitExceededError("version", f"A policy may have at most {VERSIONS} versions.")
                others = tuple(sorted(others, key=lambda each: each.number)[1:])
            made = PolicyVersion(policy.newest_version + 1, document, self._clock.now())
            policy = msgspec.structs.replace(
                policy, others=(*others, made), newest_version=made.number, updated=made.created
            )
            change.replace(_with_default(policy, made.number) if default else policy)
            return made

    def set_default_policy_version(self, account_id: str, name: str, version_id: str) -> None:
        """Put another version of a policy in force. Raises InvalidValueError, NoSuchEntityError."""
        number = _version_number(version_id)
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            if number not in [each.number for each in policy.versions]:
                raise _no_version(version_id)
            policy = msgspec.structs.replace(policy, updated=self._clock.now())
            change.replace(_with_default(policy, number))

    def delete_policy_version(self, account_id: str, name: str, version_id: str) -> None:
        """Delete a version of a policy.

        Raises InvalidValueError, NoSuchEntityError, DeleteConflictError for the default version.
        """
        number = _version_number(version_id)
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            if number == policy.default_version:
                raise DeleteConflictError("default_version", "The default version cannot be deleted.")
            left = tuple(each for each in policy.others if each.number != number)
            if len(left) == len(policy.others):
                raise _no_version(version_id)
            change.replace(msgspec.structs.replace(policy, others=left, updated=self._clock.now()))

    def delete_policy(self, account_id: str, name: str, *, versions: bool = True) -> None:
        """Delete a policy, with all its versions or, without `versions`, only if it has no other.

        Raises NoSuchEntityError; DeleteConflictError while it is attached or has other versions.
        """
        with self._store.write() as change:
            policy = _require_own(change, account_id, name)
            for attachment in change.find(Attachment, name=policy.id, limit=1):
                target = require_target(change, attachment.parent)
                raise DeleteConflictError(
                    type(target).kind.rpartition(".")[2], f"The policy {name} is attached."
                )
            if policy.others and not versions:
                raise DeleteConflictError(
                    "version", f"The policy {name} has versions beside its default one."
                )
            change.delete(CustomPolicy, policy.id)


class PolicyPage(msgspec.Struct, frozen=True):
    """A part of a listing of policies, with how often each is attached; `marker` asks for the next part."""

    items: list[KnownPolicy]
    marker: str
    attached: dict[str, int]


def known(policy: CustomPolicy) -> KnownPolicy:
    """Return an account's own policy as one beside the vendor's."""
    return KnownPolicy(
        policy.id,
        policy.name,
        "Custom",
        policy.description,
        policy.created,
        policy.updated,
        tuple(policy.versions),
        policy.default_version,
        policy.tags,
    )


def known_policy(view: View, id_: str) -> KnownPolicy:
    """Return the policy that attachments name so. Raises NoSuchEntityError for an account's own."""
    if id_.startswith(_SYSTEM):
        return _system_policy(id_.removeprefix(_SYSTEM))
    return known(require(view, CustomPolicy, id_))


def document_of(view: View, id_: str) -> str:
    """Return the document in force of the policy that attachments name so."""
    if id_.startswith(_SYSTEM):
        # An attachment to a policy that this release does not know must not be passed over: it may deny.
        return SYSTEM_POLICIES.get(id_.removeprefix(_SYSTEM), "")
    return require(view, CustomPolicy, id_).document


def policy_id(view: View, account_id: str, name: str, source: PolicySource) -> str:
    """Return what attachments call a policy. Raises NoSuchEntityError."""
    if source == "System":
        if name in SYSTEM_POLICIES:
            return f"{_SYSTEM}{name}"
    elif policy := named(view, CustomPolicy, account_id, name):
        return policy.id
    raise NoSuchEntityError("policy", f"The policy {name} does not exist.")


def attachment_counts(view: View, account_id: str, policies: list[KnownPolicy]) -> dict[str, int]:
    """Return how often each policy is attached within an account, by its id."""
    return {each.id: view.count(Attachment, account=account_id, name=each.id) for each in policies}


def require_target(view: View, target_id: str) -> User | Group | Role:
    """Return what a policy is attached to. Raises NoSuchEntityError."""
    target = view.get(User, target_id) or view.get(Group, target_id) or view.get(Role, target_id)
    if target is None:
        raise NoSuchEntityError("target", f"There is no user, group or role {target_id}.")
    return target


def _system_policy(name: str) -> KnownPolicy:
    version = PolicyVersion(1, SYSTEM_POLICIES.get(name, ""), SINCE)
    description = DESCRIPTIONS.get(name, "")
    return KnownPolicy(f"{_SYSTEM}{name}", name, "System", description, SINCE, SINCE, (version,))


def _require_own(change: Change, account_id: str, name: str) -> CustomPolicy:
    policy = named(change, CustomPolicy, account_id, name)
    if policy is None:
        raise NoSuchEntityError("policy", f"The policy {name} does not exist.")
    return policy


def _with_default(policy: CustomPolicy, number: int) -> CustomPolicy:
    """Return the policy with another of its versions in force."""
    chosen = next(each for each in policy.versions if each.number == number)
    return msgspec.structs.replace(
        policy,
        document=chosen.document,
        default_version=number,
        default_created=chosen.created,
        others=tuple(each for each in policy.versions if each.number != number),
    )


def _version_number(version_id: str) -> int:
    match = _VERSION.fullmatch(version_id)
    if match is None:
        raise InvalidValueError("version id", "A version id is a v and a number.")
    return int(match[1])


def _no_version(version_id: str) -> NoSuchEntityError:
    return NoSuchEntityError("version", f"The policy version {version_id} does not exist.")
