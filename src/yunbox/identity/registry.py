"""What every part of the directory stands on, and the refusals they share."""

from __future__ import annotations

import re
from typing import TypeVar

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Store, View
from yunbox.control.store_resource import Resource
from yunbox.identity.policy.authorise import Verdict

T = TypeVar("T", bound=Resource)


class DirectoryError(Exception):
    """The directory refuses; `kind` is what it is about, such as `user` or `role`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NoSuchEntityError(DirectoryError):
    """It does not exist."""


class EntityExistsError(DirectoryError):
    """One of that name exists."""


class DeleteConflictError(DirectoryError):
    """Something still depends on it; `kind` says what."""


class LimitExceededError(DirectoryError):
    """There are as many as there may be."""


class InvalidValueError(DirectoryError):
    """A name or number is not valid; `kind` names it."""


class AssumeRoleDeniedError(DirectoryError):
    """The caller may not assume the role; `verdict` says which policy denied it."""

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__("role", message)
        self.verdict = verdict


class Registry:
    """Holds the store, the clock and the source of ids."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def _digits(self, length: int, first: str) -> str:
        """Return a numeric id of that length; `first` are its first digits."""
        rest = length - len(first)
        return f"{first}{int.from_bytes(self._ids.random(16), 'big') % 10**rest:0{rest}d}"


def require(view: View, type_: type[T], id_: str) -> T:
    """Return a resource. Raises NoSuchEntityError."""
    found = view.get(type_, id_)
    if found is None:
        raise NoSuchEntityError(noun(type_), f"The {noun(type_)} {id_} does not exist.")
    return found


def named(view: View, type_: type[T], account_id: str, name: str) -> T | None:
    """Return the resource of an account that has the name, or None."""
    found = view.find(type_, account=account_id, name=name, limit=1)
    return found[0] if found else None


def require_free(view: View, type_: type[Resource], account_id: str, name: str, most: int) -> None:
    """Raise EntityExistsError when the name is taken, LimitExceededError when `most` exist."""
    if named(view, type_, account_id, name) is not None:
        raise EntityExistsError(noun(type_), f"A {noun(type_)} named {name} exists.")
    if view.count(type_, account=account_id) >= most:
        raise LimitExceededError(
            noun(type_), f"An account may have at most {most} of the kind {noun(type_)}."
        )


def check_name(name: str, pattern: re.Pattern[str], what: str) -> None:
    """Raise InvalidValueError when a name does not fit."""
    if not pattern.fullmatch(name):
        raise InvalidValueError(what, f"The {what} is not valid.")


def noun(type_: type[Resource]) -> str:
    """Return the word for a type: the last part of its kind."""
    return type_.kind.rpartition(".")[2]
