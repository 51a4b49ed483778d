"""A directory in a store of its own, with an account and a user."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from directory_asks import NOW

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory
from yunbox.identity.resources import Account, User


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "control.db")
    yield made
    made.close()


@pytest.fixture
def directory(store: Store, clock: ManualClock) -> Directory:
    return Directory(store, clock, Ids(random.Random(7).randbytes))


@pytest.fixture
def account(directory: Directory) -> Account:
    return directory.default_account()


@pytest.fixture
def alice(directory: Directory, account: Account) -> User:
    return directory.create_user(account.id, "alice")
