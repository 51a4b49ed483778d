"""Other callers of a running cloud: users of its account, other accounts, and signed views of buckets."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import oss2
from running import RunningCloud

from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory
from yunbox.identity.resources import AccessKey

_numbers = itertools.count(1)


@contextmanager
def directory_of(cloud: RunningCloud) -> Iterator[Directory]:
    """Open the running cloud's directory, as RAM does."""
    store = Store(cloud.data / "control.db")
    try:
        yield Directory(store, SystemClock(), Ids())
    finally:
        store.close()


def owner_id(cloud: RunningCloud) -> str:
    """Return the id of the cloud's own account."""
    with directory_of(cloud) as directory:
        return directory.default_account().id


def other_account(cloud: RunningCloud) -> AccessKey:
    """Make an account and return a key of its own."""
    with directory_of(cloud) as directory:
        return directory.create_access_key(directory.create_account().id)


def user(cloud: RunningCloud, *statements: dict[str, Any], account: str = "") -> AccessKey:
    """Make a user who may do what the statements say, and return a key of its."""
    with directory_of(cloud) as directory:
        account = account or directory.default_account().id
        name = f"user-{os.getpid()}-{next(_numbers)}"
        made = directory.create_user(account, name)
        if statements:
            directory.create_policy(account, name, policy(*statements))
            directory.attach_policy(made.id, name)
        return directory.create_access_key(account, made.id)


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


def as_seen_by(key: AccessKey, bucket: oss2.Bucket) -> oss2.Bucket:
    """Return the bucket as the holder of a key reaches it."""
    return oss2.Bucket(oss2.Auth(key.id, key.secret), bucket.endpoint, bucket.bucket_name)
