"""Policies, parsed: what a statement says, ready to be compared with a request.

Source: RAM documentation, "Policy elements" and "Policy structure and syntax"; OSS documentation, "Bucket
Policy".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.identity.policy.conditions import Condition
from yunbox.identity.policy.wildcard import Wildcard

Effect = Literal["Allow", "Deny"]

PolicyKind = Literal["identity", "session", "bucket", "trust"]
"""Attached to a user, group or role; given when a role is assumed; of a bucket; of a role."""


class PolicyError(ValueError):
    """A policy document that cannot be used; the message is a sentence that says which element is wrong."""


class ResourcePattern(msgspec.Struct, frozen=True):
    """A resource name with wildcards: `acs:<service>:<region>:<account>:<relative>`.

    Its parts are compared one by one, so that an asterisk in one cannot reach into the next: an object key
    may hold colons, and must not be read as an account.
    """

    service: Wildcard
    region: Wildcard
    account: Wildcard
    relative: Wildcard

    def matches(self, name: tuple[str, str, str, str]) -> bool:
        """Return whether a resource's service, region, account and relative name fit."""
        return (
            self.relative.matches(name[3])
            and self.account.matches(name[2])
            and self.service.matches(name[0])
            and self.region.matches(name[1])
        )


class Resources(msgspec.Struct, frozen=True):
    """The element Resource or NotResource; `everything` stands for `*`."""

    patterns: tuple[ResourcePattern, ...] = ()
    everything: bool = False
    negated: bool = False

    def covers(self, name: tuple[str, str, str, str]) -> bool:
        """Return whether the statement speaks of this resource."""
        named = self.everything or any(pattern.matches(name) for pattern in self.patterns)
        return named is not self.negated


class Actions(msgspec.Struct, frozen=True):
    """The element Action or NotAction, in lower case: actions are compared without regard to case."""

    patterns: tuple[Wildcard, ...] = ()
    exact: frozenset[str] = frozenset()
    everything: bool = False
    negated: bool = False

    def covers(self, action: str) -> bool:
        """Return whether the statement speaks of this action, given in lower case."""
        named = self.everything or action in self.exact or any(p.matches(action) for p in self.patterns)
        return named is not self.negated


Standing = Literal["none", "account", "self"]
"""How a Principal element names a caller: not at all, through its account only, or itself."""


class Principals(msgspec.Struct, frozen=True):
    """The element Principal or NotPrincipal.

    `ids` are of accounts or users, `arns` of users, roles and sessions (all as `acs:...`), `accounts` come
    from `acs:ram::<account>:root`, `services` are such as `ecs.aliyuncs.com`.
    """

    everyone: bool = False
    ids: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    arns: tuple[Wildcard, ...] = ()
    services: frozenset[str] = frozenset()
    negated: bool = False


class Statement(msgspec.Struct, frozen=True):
    """One statement. `index` is its place in the document, from 0; `sid` its label, if any."""

    index: int
    effect: Effect
    actions: Actions
    resources: Resources
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str = ""


class Policy(msgspec.Struct, frozen=True):
    """A parsed document."""

    statements: tuple[Statement, ...]
