"""One request, all policies: may the caller do this?

Source: RAM documentation, "Policy evaluation process"; OSS documentation, "Authorization process" and "Bucket
Policy"; the names of facts are those of `AccessDeniedDetail` and `DecodeDiagnosticMessage`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.identity.policy.evaluate import IMPLICIT_DENY, Context, Decision, Outcome, evaluate
from yunbox.identity.policy.model import PolicyError, PolicyKind, Statement
from yunbox.identity.policy.parse import parse

PolicyType = Literal[
    "", "AccountLevelIdentityBasedPolicy", "SessionPolicy", "ResourceBasedPolicy", "AssumeRolePolicy"
]


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may go on, and why.

    `statement` is the one that decided, where one did. `open` is True for an implicit denial that something
    weaker than a policy may still lift, which in OSS is an ACL; it is False when a session's own policy
    does not allow the request, for nothing may widen that.
    """

    outcome: Outcome
    policy_type: PolicyType = ""
    statement: Statement | None = None
    open: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the policies allow the request."""
        return self.outcome == "Allow"


ALLOWED = Verdict("Allow")
_BROKEN = Decision("ExplicitDeny")


def authorise(context: Context, resource_policy: str = "") -> Verdict:
    """Return the verdict on a request; `resource_policy` is the bucket's policy document, if it has one.

    An account may do everything with what is its own, unless its resource's policy denies it. A document that
    cannot be read denies everything: nobody knows what it was to forbid.
    """
    caller = context.principal
    own = caller.account_id == context.owner and caller.account_id != ""
    if caller.kind == "root" and own and not resource_policy:
        return ALLOWED
    resource = _decide((resource_policy,), "bucket", context) if resource_policy else IMPLICIT_DENY
    by_identity = caller.kind in ("user", "session")
    identity = _decide(caller.policies, "identity", context) if by_identity else IMPLICIT_DENY
    session = None
    if caller.kind == "session" and caller.session_policy:
        session = _decide((caller.session_policy,), "session", context)
    denied = _explicit_denial(identity, session, resource)
    if denied is not None:
        return denied
    if session is not None and session.outcome != "Allow":
        return Verdict("ImplicitDeny", "SessionPolicy")
    return _grant(context, identity, resource, own=own)


def _grant(context: Context, identity: Decision, resource: Decision, *, own: bool) -> Verdict:
    """Return who allows the request, once nobody denies it."""
    kind = context.principal.kind
    if kind == "root" and own:
        return ALLOWED
    if resource.outcome == "Allow" and not resource.delegated:
        return Verdict("Allow", "ResourceBasedPolicy", resource.statement)
    if identity.outcome == "Allow" and (own or resource.delegated):
        return Verdict("Allow", "AccountLevelIdentityBasedPolicy", identity.statement)
    by_identity = own and kind in ("user", "session")
    return Verdict(
        "ImplicitDeny", "AccountLevelIdentityBasedPolicy" if by_identity else "ResourceBasedPolicy", open=True
    )


def authorise_assume_role(context: Context, trust_policy: str) -> Verdict:
    """Return whether a caller may assume a role: the role must trust it, its own policies must allow it.

    `context.resource` is the role's ARN. A service of the cloud (`context.service`) needs only the trust. An
    account itself cannot assume roles (STS documentation, `AssumeRole`).
    """
    caller = context.principal
    if not context.service and caller.kind not in ("user", "session"):
        return Verdict("ImplicitDeny", "AssumeRolePolicy")
    trust = _decide((trust_policy,), "trust", context)
    if trust.outcome != "Allow":
        return Verdict(trust.outcome, "AssumeRolePolicy", trust.statement)
    if context.service:
        return Verdict("Allow", "AssumeRolePolicy", trust.statement)
    identity = _decide(caller.policies, "identity", context)
    if identity.outcome != "Allow":
        return Verdict(identity.outcome, "AccountLevelIdentityBasedPolicy", identity.statement)
    if caller.session_policy:
        session = _decide((caller.session_policy,), "session", context)
        if session.outcome != "Allow":
            return Verdict(session.outcome, "SessionPolicy", session.statement)
    return Verdict("Allow", "AssumeRolePolicy", trust.statement)


def denial_facts(verdict: Verdict, context: Context) -> dict[str, str]:
    """Return the elements of `AccessDeniedDetail` for a denied request, in the vendor's spelling."""
    caller = context.principal
    kinds = {"root": "Account", "user": "SubUser", "session": "AssumedRoleUser", "anonymous": "Anonymous"}
    shown = {"root": caller.account_id, "user": caller.user_id, "session": caller.name}
    return {
        "PolicyType": verdict.policy_type,
        "AuthAction": context.action,
        "AuthPrincipalType": kinds[caller.kind],
        "AuthPrincipalOwnerId": caller.account_id,
        "AuthPrincipalDisplayName": shown.get(caller.kind, ""),
        "NoPermissionType": "ExplicitDeny" if verdict.outcome == "ExplicitDeny" else "ImplicitDeny",
    }


def _decide(documents: tuple[str, ...], kind: PolicyKind, context: Context) -> Decision:
    try:
        return evaluate([parse(document, kind) for document in documents], context)
    except PolicyError:
        return _BROKEN


def _explicit_denial(identity: Decision, session: Decision | None, resource: Decision) -> Verdict | None:
    types: tuple[tuple[PolicyType, Decision | None], ...] = (
        ("AccountLevelIdentityBasedPolicy", identity),
        ("SessionPolicy", session),
        ("ResourceBasedPolicy", resource),
    )
    for policy_type, decision in types:
        if decision is not None and decision.outcome == "ExplicitDeny":
            return Verdict("ExplicitDeny", policy_type, decision.statement)
    return None
