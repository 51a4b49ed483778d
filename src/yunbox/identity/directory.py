"""The directory: who exists, what they sign with, and what they may do."""

from __future__ import annotations

import threading

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Store, View
from yunbox.identity.attachments import documents_in_force
from yunbox.identity.identities import Identities
from yunbox.identity.principal import Credential, Principal
from yunbox.identity.resources import (
    CREDENTIAL_TYPES,
    AccessKey,
    Account,
    Session,
    User,
    root_arn,
    user_arn,
)
from yunbox.identity.roles import session_principal
from yunbox.identity.root_key import RootKey

CACHED = 20_000
"""The most credentials kept in memory."""

_ASK_EVERY = 256
"""After so many look-ups SQLite itself is asked whether something changed."""


class Directory(Identities):
    """Identities in the store, and the credentials that requests are signed with.

    Several processes may each have one on the same store; a change made through one is seen by the next
    look-up in every other. Its methods may be called from several threads.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        super().__init__(store, clock, ids)
        self._home = store
        self._cache: dict[str, Credential] = {}
        self._roots: dict[str, Credential] = {}
        self._generation = b""
        self._committed = -1
        self._revision = -1
        self._until_asked = 0
        self._refreshing = threading.Lock()

    def use_root_key(self, key: RootKey) -> Account:
        """Let a key sign for the default account itself, in this process, and return the account.

        The key is not stored: it comes from the environment or its own file at every start.
        """
        account = self.default_account()
        principal = _root(account.id, key.access_key_id)
        self._roots = {key.access_key_id: Credential(key.access_key_id, key.secret, principal)}
        return account

    def find_credential(self, access_key_id: str) -> Credential | None:
        """Return the credential of an access key id, or None when nobody has it.

        One that is switched off (`active`) or has expired (`expires`, for an hour after) is returned too: the
        caller tells its client which. It is the caller who must refuse it.
        """
        self._until_asked -= 1
        if self._until_asked > 0 and self._home.generation() == self._generation:
            found = self._cache.get(access_key_id)
            if found is not None:
                return found
        root = self._roots.get(access_key_id)
        return root if root is not None else self._look_up(access_key_id)

    def _look_up(self, access_key_id: str) -> Credential | None:
        if not 1 <= len(access_key_id) <= 128:
            return None
        with self._refreshing:
            self._refresh()
            found = self._cache.get(access_key_id)
            if found is None:
                with self._store.read() as view:
                    found = _load(view, access_key_id)
                if found is not None:
                    if len(self._cache) >= CACHED:
                        self._cache.clear()
                    self._cache[access_key_id] = found
            return found

    def _refresh(self) -> None:
        """Empty the cache when an identity has changed since it was filled.

        The generation is read before the store: a commit in between makes the next look-up come here again. A
        process killed just after its commit may leave the generation as it was, so SQLite is asked as well.
        """
        generation = self._home.generation()
        changed = generation != self._generation
        if self._until_asked <= 0:
            self._until_asked = _ASK_EVERY
            committed = self._home.committed()
            changed = changed or committed != self._committed
            self._committed = committed
        if not changed:
            return
        with self._store.read() as view:
            changes = view.changes_since(self._revision, *CREDENTIAL_TYPES, limit=1)
            if changes.refs or not changes.complete:
                self._cache.clear()
            self._revision = view.revision
        self._generation = generation


def _root(account_id: str, access_key_id: str) -> Principal:
    return Principal(
        kind="root",
        account_id=account_id,
        arn=root_arn(account_id),
        user_id=account_id,
        name="root",
        access_key_id=access_key_id,
    )


def _load(view: View, access_key_id: str) -> Credential | None:
    if access_key_id.startswith("STS."):
        return _load_session(view, access_key_id)
    key = view.get(AccessKey, access_key_id)
    if key is None or view.get(Account, key.account) is None:
        return None
    principal = _root(key.account, key.id) if not key.parent else _user_principal(view, key)
    if principal is None:
        return None
    return Credential(key.id, key.secret, principal, active=key.active)


def _user_principal(view: View, key: AccessKey) -> Principal | None:
    user = view.get(User, key.parent)
    if user is None:
        return None
    return Principal(
        kind="user",
        account_id=user.account,
        arn=user_arn(user.account, user.name),
        user_id=user.id,
        name=user.name,
        access_key_id=key.id,
        policies=documents_in_force(view, user.id),
    )


def _load_session(view: View, access_key_id: str) -> Credential | None:
    session = view.get(Session, access_key_id)
    if session is None:
        return None
    principal = session_principal(view, session, documents_in_force(view, session.parent))
    if principal is None:
        return None
    return Credential(
        session.id, session.secret, principal, security_token=session.token, expires=session.expires
    )
