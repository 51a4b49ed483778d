"""Roles, and the temporary credentials of those who assume them.

Source: STS documentation, `AssumeRole`; RAM documentation, `CreateRole`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Change, View
from yunbox.identity.policy.authorise import authorise_assume_role
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.policy.parse import parse
from yunbox.identity.principal import Principal
from yunbox.identity.registry import (
    AssumeRoleDeniedError,
    DeleteConflictError,
    InvalidValueError,
    NoSuchEntityError,
    Page,
    Registry,
    Transactions,
    check_name,
    check_text,
    named,
    page,
    require,
    require_free,
    require_named,
)
from yunbox.identity.resources import Account, Attachment, Role, Session, session_arn

ROLES = 1000
SHORTEST_SESSION = 900
LONGEST_SESSION = 43_200
DEFAULT_SESSION = 3600

KEPT_AFTER_EXPIRY = 3600.0
"""For so many seconds an expired session is remembered, to be told from one that never was."""

_SCANNED = 64
"""So many sessions are looked at whenever one is created: the expired go faster than new ones come."""

_ROLE = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_SESSION = re.compile(r"[A-Za-z0-9.@_-]{2,64}", re.ASCII)
_ROLE_ARN = re.compile(r"acs:ram::([0-9]{1,20}):role/([A-Za-z0-9.-]{1,64})", re.ASCII)


class SessionCredentials(msgspec.Struct, frozen=True):
    """What somebody who assumed a role signs requests with. `expires` is in seconds since the epoch."""

    access_key_id: str
    secret: str
    security_token: str
    expires: float
    arn: str
    role_id: str
    session_name: str

    def __repr__(self) -> str:
        return f"SessionCredentials({self.access_key_id})"


class Sweep(msgspec.Struct):
    """How far the sessions were looked at for expired ones, in the order of their ids."""

    upto: str = ""


class AssumeRole(msgspec.Struct, frozen=True):
    """Who asks for which role. `context` is that of the request; its action, resource and owner are set here.

    `duration` is in seconds; 0 asks for an hour, or less where the role allows less. `policy` narrows what
    the session may do.
    """

    role_arn: str
    session_name: str
    context: Context
    duration: int = 0
    policy: str = ""


class Roles(Registry):
    """The part of the directory that knows roles and sessions."""

    def __init__(self, store: Transactions, clock: Clock, ids: Ids) -> None:
        super().__init__(store, clock, ids)
        self._sweep = Sweep()

    def create_role(
        self,
        account_id: str,
        name: str,
        trust: str,
        *,
        max_session: int = DEFAULT_SESSION,
        description: str = "",
        tags: dict[str, str] | None = None,
    ) -> Role:
        """Create a role. `max_session` is 3,600 to 43,200 seconds.

        Raises PolicyError for a trust policy that is not valid, and as `create_user` does.
        """
        check_name(name, _ROLE, "role name")
        check_text(description, "description", 1024)
        _check_max_session(max_session)
        parse(trust, "trust")
        with self._store.write() as change:
            require(change, Account, account_id)
            require_free(change, Role, account_id, name, ROLES)
            return change.create(
                Role(
                    id=self._digits(18, "3"),
                    account=account_id,
                    name=name,
                    created=self._clock.now(),
                    trust=trust,
                    max_session=max_session,
                    description=description,
                    tags=tags or {},
                )
            )

    def role(self, account_id: str, name: str) -> Role | None:
        """Return the role of that name, or None."""
        with self._store.read() as view:
            return named(view, Role, account_id, name)

    def require_role(self, account_id: str, name: str) -> Role:
        """Return the role of that name. Raises NoSuchEntityError."""
        with self._store.read() as view:
            return require_named(view, Role, account_id, name)

    def list_roles(
        self,
        account_id: str,
        *,
        marker: str = "",
        limit: int = 100,
        keep: Callable[[Role], bool] | None = None,
    ) -> Page[Role]:
        """Return a page of an account's roles, those that `keep` chooses."""
        with self._store.read() as view:
            return page(view, Role, account_id, marker, limit, keep)

    def update_role(
        self,
        role_id: str,
        *,
        trust: str | None = None,
        max_session: int | None = None,
        description: str | None = None,
    ) -> Role:
        """Change who may assume a role, for how long, or its description; None leaves a part as it is.

        Raises as `create_role` does.
        """
        if trust is not None:
            parse(trust, "trust")
        if max_session is not None:
            _check_max_session(max_session)
        check_text(description or "", "description", 1024)
        with self._store.write() as change:
            role = require(change, Role, role_id)
            return change.replace(
                msgspec.structs.replace(
                    role,
                    trust=role.trust if trust is None else trust,
                    max_session=role.max_session if max_session is None else max_session,
                    description=role.description if description is None else description,
                    updated=self._clock.now(),
                )
            )

    def delete_role(self, role_id: str) -> None:
        """Delete a role; its sessions end.

        Raises NoSuchEntityError; DeleteConflictError while it has policies attached.
        """
        with self._store.write() as change:
            role = require(change, Role, role_id)
            if change.count(Attachment, parent=role_id):
                raise DeleteConflictError("policy", f"The role {role.name} has policies attached.")
            change.delete(Role, role_id)

    def assume_role(self, request: AssumeRole) -> SessionCredentials:
        """Return temporary credentials of a role, when it trusts the caller and the caller's policies allow
        it.

        Raises InvalidValueError, PolicyError, NoSuchEntityError, AssumeRoleDeniedError.
        """
        check_name(request.session_name, _SESSION, "session name")
        if request.policy:
            parse(request.policy, "session")
        with self._store.write() as change:
            role = _role_by_arn(change, request.role_arn)
            self._check_assume(request.context, role)
            duration = _duration(request.duration, role)
            return self._begin_session(change, role, request, duration)

    def _check_assume(self, given: Context, role: Role) -> None:
        context = msgspec.structs.replace(
            given, action="sts:AssumeRole", resource=role.arn, owner=role.account, now=self._clock.now()
        )
        verdict = authorise_assume_role(context, role.trust)
        if not verdict.allowed:
            raise AssumeRoleDeniedError(f"You are not authorized to assume the role {role.name}.", verdict)

    def _begin_session(
        self, change: Change, role: Role, request: AssumeRole, duration: int
    ) -> SessionCredentials:
        self._purge_some(change)
        session = change.create(
            Session(
                id="STS.N" + self._ids.token(24),
                account=role.account,
                parent=role.id,
                name=request.session_name,
                secret=self._ids.token(44),
                token="CAIS" + self._ids.token(240),
                expires=self._clock.now() + duration,
                policy=request.policy,
                assumed_by=request.context.principal.arn or request.context.service,
            )
        )
        return SessionCredentials(
            access_key_id=session.id,
            secret=session.secret,
            security_token=session.token,
            expires=session.expires,
            arn=session_arn(role.account, role.name, session.name),
            role_id=role.id,
            session_name=session.name,
        )

    def purge_sessions(self) -> int:
        """Forget every session that expired an hour ago or more, as a cloud starts; return how many."""
        purged = 0
        with self._store.write() as change:
            after = ""
            while sessions := change.find(Session, after=after, limit=1000):
                purged += self._purge(change, sessions)
                after = sessions[-1].id
        return purged

    def _purge_some(self, change: Change) -> None:
        sessions = change.find(Session, after=self._sweep.upto, limit=_SCANNED)
        self._purge(change, sessions)
        self._sweep.upto = sessions[-1].id if len(sessions) == _SCANNED else ""

    def _purge(self, change: Change, sessions: list[Session]) -> int:
        past = self._clock.now() - KEPT_AFTER_EXPIRY
        expired = [session.id for session in sessions if session.expires <= past]
        for id_ in expired:
            change.delete(Session, id_)
        return len(expired)


def session_principal(view: View, session: Session, policies: tuple[str, ...]) -> Principal | None:
    """Return who a session acts as, or None when its role is gone."""
    role = view.get(Role, session.parent)
    if role is None:
        return None
    return Principal(
        kind="session",
        account_id=role.account,
        arn=session_arn(role.account, role.name, session.name),
        user_id=role.id,
        name=f"{role.name}:{session.name}",
        access_key_id=session.id,
        policies=policies,
        session_policy=session.policy,
    )


def _role_by_arn(view: View, arn: str) -> Role:
    match = _ROLE_ARN.fullmatch(arn)
    if match is None:
        raise InvalidValueError("role ARN", "The role ARN is not of the form acs:ram::<account>:role/<name>.")
    role = named(view, Role, match[1], match[2])
    if role is None:
        raise NoSuchEntityError("role", f"The role {match[2]} does not exist.")
    return role


def _duration(asked: int, role: Role) -> int:
    if asked == 0:
        return min(DEFAULT_SESSION, role.max_session)
    if not SHORTEST_SESSION <= asked <= role.max_session:
        raise InvalidValueError(
            "duration", f"The duration must be {SHORTEST_SESSION} to {role.max_session} seconds.", "Range"
        )
    return asked


def _check_max_session(seconds: int) -> None:
    if not DEFAULT_SESSION <= seconds <= LONGEST_SESSION:
        raise InvalidValueError(
            "max session duration",
            f"The maximum session duration must be {DEFAULT_SESSION} to {LONGEST_SESSION} seconds.",
            "Range",
        )
