"""Two buckets of a running cloud, who may come to them, and everything that a refused request must not change."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import oss2
from running import RunningCloud

from refusals.asked import Answer, Asked, Signer, send
from yunbox.control.clock import Clock, ManualClock, SystemClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.resources import AccessKey
from yunbox.identity.roles import AssumeRole, SessionCredentials

KEPT, KEPT_BYTES = "kept/一 object", b"what was there before"
_numbers = itertools.count(1)


class Place:
    """A bucket with one object and an upload in progress, and another bucket with the same object."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self.cloud = cloud
        self.root = Signer(*cloud.keys)
        self.bucket = cloud.oss2_bucket(name)
        self.other = cloud.oss2_bucket(f"{name}-other")
        for bucket in (self.bucket, self.other):
            bucket.create_bucket()
            bucket.put_object(KEPT, KEPT_BYTES)
            bucket.init_multipart_upload(KEPT)
        self._caller = self.user_key(allow("sts:AssumeRole"))
        self.host = f"127.0.0.1:{cloud.state['port']}"

    def send(self, asked: Asked) -> Answer:
        """Send a request to the cloud."""
        return send(self.cloud, asked)

    def path(self, key: str = "", bucket: oss2.Bucket | None = None) -> str:
        """Return the path of an object, or of the bucket."""
        return f"/{(bucket or self.bucket).bucket_name}/{key}"

    def put(self, key: str = "new", body: bytes = b"new bytes") -> Asked:
        """Return the unsigned upload of an object."""
        headers = (("Host", self.host), ("Content-Type", "text/plain"), ("x-oss-meta-colour", "red"))
        return Asked("PUT", self.path(key), headers=headers, body=body)

    def asked(self, method: str, key: str = KEPT, **more: Any) -> Asked:
        """Return an unsigned request."""
        return Asked(method, self.path(key), headers=(("Host", self.host),), **more)

    def state(self) -> object:
        """Return all that the owner sees: of both buckets, and which buckets there are."""
        found: list[object] = [self._exists(name) for name in ("evil-bucket",)]
        for bucket in (self.bucket, self.other):
            objects = [
                (each.key, each.etag, each.size, each.last_modified, bucket.get_object_acl(each.key).acl)
                for each in oss2.ObjectIterator(bucket)
            ]
            uploads = [each.upload_id for each in bucket.list_multipart_uploads().upload_list]
            found.append((objects, uploads, bucket.get_bucket_acl().acl, self._policy(bucket)))
        return found

    def _exists(self, name: str) -> bool:
        return name in [
            each.name for each in oss2.BucketIterator(oss2.Service(self.bucket.auth, self.cloud.endpoint))
        ]

    @staticmethod
    def _policy(bucket: oss2.Bucket) -> str:
        try:
            return str(bucket.get_bucket_policy().policy)
        except oss2.exceptions.OssError as error:
            assert error.code == "NoSuchBucketPolicy"
            return ""

    def refuses(self, asked: Asked, status: int, code: str, ec: str = "") -> Answer:
        """Send what must be refused; the answer must be this one, and nothing may have changed."""
        before = self.state()
        answer = self.send(asked)
        assert (answer.status, answer.code) == (status, code), (asked, answer.body.decode("utf-8", "replace"))
        if ec:
            assert answer.headers["x-oss-ec"] == answer.element("EC") == ec, answer.body
        assert self.root.secret not in answer.body.decode("utf-8", "replace")
        assert self.state() == before, f"a refused request changed something: {asked}"
        return answer

    def allows(self, asked: Asked) -> Answer:
        """Send what must be done, and return the answer."""
        answer = self.send(asked)
        assert answer.status in (200, 204), (asked, answer.status, answer.body.decode("utf-8", "replace"))
        return answer

    # Callers

    @contextmanager
    def directory(self, clock: Clock | None = None) -> Iterator[Directory]:
        """Open the running cloud's directory."""
        store = Store(self.cloud.data / "control.db")
        try:
            yield Directory(store, clock or SystemClock(), Ids())
        finally:
            store.close()

    def user(self, *statements: dict[str, Any], account: str = "") -> Signer:
        """Make a user who may do what the statements say."""
        key = self.user_key(*statements, account=account)
        return Signer(key.id, key.secret)

    def user_key(self, *statements: dict[str, Any], account: str = "") -> AccessKey:
        """Make a user who may do what the statements say, and return its key."""
        with self.directory() as directory:
            account = account or directory.default_account().id
            name = f"refused-{os.getpid()}-{next(_numbers)}"
            made = directory.create_user(account, name)
            if statements:
                directory.create_policy(account, name, document(*statements))
                directory.attach_policy(made.id, name)
            return directory.create_access_key(account, made.id)

    def stranger(self) -> AccessKey:
        """Make another account and return a key of its own."""
        with self.directory() as directory:
            return directory.create_access_key(directory.create_account().id)

    def session(
        self, *statements: dict[str, Any], narrowed: str = "", seconds_ago: float = 0.0, duration: int = 900
    ) -> SessionCredentials:
        """Assume a new role that may do what the statements say; `narrowed` is the session's own policy."""
        now = SystemClock().now() - seconds_ago
        with self.directory(ManualClock(now)) as directory:
            account = directory.default_account()
            trust = document(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"RAM": [f"acs:ram::{account.id}:root"]},
                }
            )
            name = f"role-{os.getpid()}-{next(_numbers)}"
            role = directory.create_role(account.id, name, trust)
            directory.create_policy(account.id, name, document(*statements))
            directory.attach_policy(role.id, name)
            caller = directory.find_credential(self._caller.id)
            assert caller is not None
            context = Context(caller.principal, "", "", "")
            return directory.assume_role(AssumeRole(role.arn, "tests", context, duration, narrowed))

    def end_role(self, session: SessionCredentials) -> None:
        """Delete the role behind a session."""
        with self.directory() as directory:
            name = session.arn.split("/")[1]
            directory.detach_policy(session.role_id, name)
            directory.delete_role(session.role_id)


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(action: str | list[str], *resources: str, **more: Any) -> dict[str, Any]:
    """Return a statement that allows; without resources, everywhere."""
    return {"Effect": "Allow", "Action": action, "Resource": list(resources) or ["*"], **more}


def deny(action: str | list[str], *resources: str, **more: Any) -> dict[str, Any]:
    """Return a statement that denies."""
    return allow(action, *resources, **more) | {"Effect": "Deny"}
