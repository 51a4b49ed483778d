"""What every part of the directory stands on, and the refusals they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Change, View
from yunbox.control.store_resource import Resource
from yunbox.identity.policy.authorise import Verdict

T = TypeVar("T", bound=Resource)

Fault = Literal["InvalidChars", "Length", "Format", "Range"]
"""What is wrong with a value, in the words that end the vendor's codes."""

_BATCH = 256
"""So many resources are read at a time when a listing leaves some out."""


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
    """A name or number is not valid; `kind` names it, `fault` says what is wrong with it."""

    def __init__(self, kind: str, message: str, fault: Fault = "Format") -> None:
        super().__init__(kind, message)
        self.fault = fault


class WeakPasswordError(DirectoryError):
    """A password does not meet the account's policy."""

    def __init__(self, message: str) -> None:
        super().__init__("password", message)


class WrongSecretError(DirectoryError):
    """A password or code that was to prove something is wrong; `kind` says which."""


class ChangedMeanwhileError(DirectoryError):
    """Somebody else changed it while the change was being prepared: nothing was done."""


class AssumeRoleDeniedError(DirectoryError):
    """The caller may not assume the role; `verdict` says which policy denied it."""

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__("role", message)
        self.verdict = verdict


class Transactions(Protocol):
    """Where the parts of the directory begin what must be seen, or happen, as a whole."""

    def read(self) -> AbstractContextManager[View]:
        """Give a consistent view."""
        ...

    def write(self) -> AbstractContextManager[Change]:
        """Give a transaction that may change something."""
        ...


class Joined:
    """Stands in for the store inside a transaction that is open already: what is done is part of it.

    A refusal must end that transaction too, for nothing is undone here.
    """

    def __init__(self, transaction: View) -> None:
        self._transaction = transaction

    @contextmanager
    def read(self) -> Iterator[View]:
        """Give the open transaction."""
        yield self._transaction

    @contextmanager
    def write(self) -> Iterator[Change]:
        """Give the open transaction. Raises TypeError when it may only read."""
        if not isinstance(self._transaction, Change):
            raise TypeError("The transaction may only read.")
        yield self._transaction


class Registry:
    """Holds the store, the clock and the source of ids."""

    def __init__(self, store: Transactions, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def _digits(self, length: int, first: str) -> str:
        """Return a numeric id of that length; `first` are its first digits."""
        rest = length - len(first)
        return f"{first}{int.from_bytes(self._ids.random(16), 'big') % 10**rest:0{rest}d}"


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a listing. `marker` asks for the next part; empty when nothing follows."""

    items: list[T]
    marker: str = ""


def page(
    view: View,
    type_: type[T],
    account_id: str,
    marker: str,
    limit: int,
    keep: Callable[[T], bool] | None = None,
) -> Page[T]:
    """Return at most `limit` resources of an account, in the order of their ids, beyond the marker."""
    found: list[T] = []
    while len(found) <= limit:
        size = _BATCH if keep else limit + 1
        batch = view.find(type_, account=account_id, after=marker, limit=size)
        found.extend(batch if keep is None else filter(keep, batch))
        if len(batch) < size:
            break
        marker = batch[-1].id
    if len(found) <= limit:
        return Page(found)
    return Page(found[:limit], found[limit - 1].id)


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


def require_named(view: View, type_: type[T], account_id: str, name: str) -> T:
    """Return the resource of an account that has the name. Raises NoSuchEntityError."""
    found = named(view, type_, account_id, name)
    if found is None:
        raise NoSuchEntityError(noun(type_), f"The {noun(type_)} {name} does not exist.")
    return found


def require_free(view: View, type_: type[Resource], account_id: str, name: str, most: int) -> None:
    """Raise EntityExistsError when the name is taken, LimitExceededError when `most` exist."""
    require_unnamed(view, type_, account_id, name)
    if view.count(type_, account=account_id) >= most:
        raise LimitExceededError(
            noun(type_), f"An account may have at most {most} of the kind {noun(type_)}."
        )


def require_unnamed(view: View, type_: type[Resource], account_id: str, name: str) -> None:
    """Raise EntityExistsError when the name is taken."""
    if named(view, type_, account_id, name) is not None:
        raise EntityExistsError(noun(type_), f"A {noun(type_)} named {name} exists.")


def check_name(name: str, pattern: re.Pattern[str], what: str, longest: int = 64) -> None:
    """Raise InvalidValueError when a name does not fit."""
    if not 1 <= len(name) <= longest:
        raise InvalidValueError(what, f"The {what} must have 1 to {longest} characters.", "Length")
    if not pattern.fullmatch(name):
        raise InvalidValueError(what, f"The {what} is not valid.", "InvalidChars")


def check_text(text: str, what: str, longest: int) -> None:
    """Raise InvalidValueError when a text is too long or holds control characters other than line ends."""
    if len(text) > longest:
        raise InvalidValueError(what, f"The {what} may have at most {longest} characters.", "Length")
    if not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        raise InvalidValueError(what, f"The {what} has characters that cannot be shown.", "InvalidChars")


def noun(type_: type[Resource]) -> str:
    """Return the word for a type: the last part of its kind."""
    return type_.kind.rpartition(".")[2]
