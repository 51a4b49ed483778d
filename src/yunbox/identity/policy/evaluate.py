"""Comparing a request with parsed policies.

Source: RAM documentation, "Policy evaluation process": whatever is not allowed is denied, and an explicit
Deny overrides every Allow. OSS documentation, "Bucket Policy", for the owner's exemption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from yunbox.identity.policy.conditions import Condition, fold_key
from yunbox.identity.policy.model import Policy, Standing, Statement
from yunbox.identity.policy.principals import standing
from yunbox.identity.principal import Principal

Outcome = Literal["Allow", "ExplicitDeny", "ImplicitDeny"]
Values = str | tuple[str, ...]


class Context(msgspec.Struct):
    """What is asked, by whom, of what, and how.

    `action` is `service:Action`, `resource` an ARN (`acs:oss:<region>:<owner>:<bucket>/<key>`), `owner` the
    account that the resource belongs to. `now` is in seconds since the epoch. `service` names a service of
    the cloud itself when one calls (`ess.aliyuncs.com`). `keys` are the condition keys of the product
    (`oss:Prefix`), in any case; those of the cloud (`acs:SourceIp` ...) come from the other fields.
    """

    principal: Principal
    action: str
    resource: str
    owner: str
    now: float = 0.0
    source_ip: str = ""
    secure: bool = False
    service: str = ""
    keys: Mapping[str, Values] = {}

    def values(self, key: str) -> tuple[str, ...]:
        """Return the request's values of a folded condition key; none when it does not have the key."""
        own = _CLOUD_KEYS.get(key)
        if own is not None:
            value = own(self)
            return (value,) if value else ()
        for name, given in self.keys.items():
            if fold_key(name) == key:
                return (given,) if isinstance(given, str) else given
        return ()


def _current_time(context: Context) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only policies with dates pay for it

    return datetime.fromtimestamp(context.now, UTC).isoformat()


# Nobody signs in with a second factor here, so acs:MFAPresent is always false: a Deny that asks for it bites.
_CLOUD_KEYS: dict[str, Callable[[Context], str]] = {
    "acs:sourceip": lambda context: context.source_ip,
    "acs:currenttime": _current_time,
    "acs:securetransport": lambda context: "true" if context.secure else "false",
    "acs:mfapresent": lambda context: "false",
    "acs:principalarn": lambda context: context.principal.arn,
    "acs:accessid": lambda context: context.principal.access_key_id,
}


class Decision(msgspec.Struct, frozen=True):
    """What policies of one type say: the outcome and the statement that decided, if one did.

    `delegated` marks an Allow of a resource's policy that names only the caller's account: it takes effect
    where the account's own policies allow the caller the same.
    """

    outcome: Outcome
    statement: Statement | None = None
    delegated: bool = False


IMPLICIT_DENY = Decision("ImplicitDeny")


def evaluate(policies: Iterable[Policy], context: Context) -> Decision:
    """Return what the policies say together, an explicit Deny in any of them first."""
    action = context.action.lower()
    name = resource_name(context.resource)
    allow: Decision = IMPLICIT_DENY
    for policy in policies:
        for statement in policy.statements:
            granted = statement.effect == "Allow"
            if granted and allow.outcome == "Allow" and not allow.delegated:
                continue
            if not (statement.actions.covers(action) and statement.resources.covers(name)):
                continue
            named = _named(statement, context)
            if named == "none" or not _conditions_hold(statement.conditions, context):
                continue
            if not granted:
                return Decision("ExplicitDeny", statement)
            allow = Decision("Allow", statement, delegated=named == "account")
    return allow


def resource_name(arn: str) -> tuple[str, str, str, str]:
    """Return service, region, account and relative name of an ARN. Raises ValueError when it is none."""
    parts = arn.split(":", 4)
    if len(parts) != 5 or parts[0] != "acs":
        raise ValueError("The name of a resource must be acs:service:region:account:relative-id.")
    return parts[1], parts[2], parts[3], parts[4]


def _conditions_hold(conditions: tuple[Condition, ...], context: Context) -> bool:
    return all(condition.holds(context.values(condition.key)) for condition in conditions)


def _named(statement: Statement, context: Context) -> Standing:
    """Return whether the statement speaks of the caller; one of an identity's policy always does.

    A Deny bites whoever is named, be it by the account; one with NotPrincipal spares whoever is named
    likewise. An Allow with NotPrincipal is kept from callers without a signature: nobody can be told from
    them.
    """
    principals = statement.principals
    if principals is None:
        return "self"
    caller = context.principal
    named = standing(principals, caller, context.service)
    if principals.negated:
        spared = named != "none" or (statement.effect == "Allow" and caller.kind == "anonymous")
        return "none" if spared else "self"
    if principals.everyone and not statement.conditions and _is_owner(context):
        # "When the principal is * and there is no condition, the policy applies to all but the bucket owner."
        return "none"
    return named


def _is_owner(context: Context) -> bool:
    return context.principal.kind == "root" and context.principal.account_id == context.owner
