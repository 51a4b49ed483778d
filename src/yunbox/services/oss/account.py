"""What OSS remembers of an account, beside its buckets."""

from __future__ import annotations

import msgspec

from yunbox.control.store import Store
from yunbox.control.store_resource import Resource
from yunbox.services.resourcemanager.model import find_group

_CACHED = 10_000
_ASK_EVERY = 256


class OssAccount(Resource, kind="oss.account"):
    """An account's settings in OSS; its id is the account's."""

    block_public_access: bool = False


class Accounts:
    """The accounts' settings, kept in the store and remembered for as long as nobody changes it.

    A change made by one process is seen by the next look-up in every other.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: dict[str, OssAccount] = {}
        self._generation = b""
        self._committed = -1
        self._until_asked = 0

    def has_group(self, account_id: str, group_id: str) -> bool:
        """Return whether an account has a resource group."""
        with self._store.read() as view:
            return find_group(view, account_id, group_id) is not None

    def get(self, account_id: str) -> OssAccount:
        """Return an account's settings, the defaults where it has none."""
        self._until_asked -= 1
        generation = self._store.generation()
        if self._until_asked <= 0 or generation != self._generation:
            self._refresh(generation)
        found = self._cache.get(account_id)
        if found is None:
            with self._store.read() as view:
                found = view.get(OssAccount, account_id) or OssAccount(id=account_id, account=account_id)
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[account_id] = found
        return found

    def _refresh(self, generation: bytes) -> None:
        """Forget what may have changed.

        A process killed just after its commit may leave the generation as it was, so SQLite is asked as well.
        """
        committed = self._store.committed()
        if generation != self._generation or committed != self._committed:
            self._cache.clear()
        self._generation, self._committed, self._until_asked = generation, committed, _ASK_EVERY

    def set_block_public_access(self, account_id: str, blocked: bool) -> None:
        """Switch the account's block of public access; on disk when this returns."""
        with self._store.write() as change:
            found = change.get(OssAccount, account_id)
            if found is None:
                change.create(OssAccount(id=account_id, account=account_id, block_public_access=blocked))
            else:
                change.replace(msgspec.structs.replace(found, block_public_access=blocked))
