"""Who may do what: nobody in particular, users with and without policies, other accounts, and what Deny does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from refusals.asked import SCHEMES, Asked, Pairs, Signer
from refusals.place import KEPT, KEPT_BYTES, Place, allow, deny, document

DENIED = (403, "AccessDenied")
sign = SCHEMES["v4-header"]
_ACL: Pairs = (("acl", ""),)
_POLICY = (
    b'{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":"oss:*","Resource":["*"]}]}'
)


def _acl_put(place: Place) -> Asked:
    return place.asked("PUT", "", query=_ACL).with_header("x-oss-acl", "public-read-write")


OPERATIONS: dict[str, Callable[[Place], Asked]] = {
    "GetObject": lambda place: place.asked("GET"),
    "HeadObject": lambda place: place.asked("HEAD"),
    "ListObjects": lambda place: place.asked("GET", ""),
    "PutObject": lambda place: place.put(),
    "AppendObject": lambda place: place.put().but(method="POST", query=(("append", ""), ("position", "0"))),
    "InitiateMultipartUpload": lambda place: place.asked("POST", query=(("uploads", ""),)),
    "DeleteObject": lambda place: place.asked("DELETE"),
    "PutObjectACL": lambda place: place.asked("PUT", query=_ACL).with_header(
        "x-oss-object-acl", "public-read"
    ),
    "GetObjectACL": lambda place: place.asked("GET", query=_ACL),
    "PutBucketACL": _acl_put,
    "GetBucketACL": lambda place: place.asked("GET", "", query=_ACL),
    "PutBucketPolicy": lambda place: place.asked("PUT", "", query=(("policy", ""),), body=_POLICY),
    "GetBucketPolicy": lambda place: place.asked("GET", "", query=(("policy", ""),)),
    "DeleteBucket": lambda place: place.asked("DELETE", ""),
    "CreateBucket": lambda place: place.asked("PUT", "").but(path="/evil-bucket/"),
    "ListBuckets": lambda place: place.asked("GET", "").but(path="/"),
    "CopyObject": lambda place: place.put("copied", b"").with_header(
        "x-oss-copy-source", f"/{place.bucket.bucket_name}/kept/%E4%B8%80%20object"
    ),
}
_READS = {"GetObject", "HeadObject", "ListObjects"}
_WRITES = {"PutObject", "AppendObject", "InitiateMultipartUpload", "DeleteObject"}
OPEN = {"private": set(), "public-read": _READS, "public-read-write": _READS | _WRITES | {"CopyObject"}}
each_operation = pytest.mark.parametrize("operation", OPERATIONS)


@each_operation
@pytest.mark.parametrize("acl", OPEN)
def test_what_a_buckets_acl_opens_to_everybody(place: Place, operation: str, acl: str) -> None:
    place.bucket.put_bucket_acl(acl)
    asked = OPERATIONS[operation](place)
    if operation in OPEN[acl]:
        place.allows(asked)
    else:
        place.refuses(asked, *DENIED)


@each_operation
def test_what_a_buckets_acl_opens_to_another_account(place: Place, operation: str) -> None:
    key = place.stranger()
    asked = sign(OPERATIONS[operation](place), Signer(key.id, key.secret))
    if operation not in ("ListBuckets", "CreateBucket"):
        place.refuses(asked, *DENIED)
        place.bucket.put_bucket_acl("public-read-write")
        if operation in OPEN["public-read-write"]:
            place.allows(asked)
        else:
            place.refuses(asked, *DENIED)


@each_operation
def test_a_user_without_a_policy_may_do_nothing(place: Place, operation: str) -> None:
    asked = OPERATIONS[operation](place)
    place.refuses(sign(asked, place.user()), *DENIED)
    if operation != "CreateBucket":
        answer = place.send(sign(asked, place.user(allow("oss:*"))))
        # The owner's own state stands in the way, not his rights.
        assert answer.code in ("", "BucketNotEmpty", "NoSuchBucketPolicy"), answer.body


@each_operation
def test_a_denial_overrides_what_is_allowed(place: Place, operation: str) -> None:
    everything_but = place.user(allow("oss:*"), deny("oss:*"))
    place.bucket.put_bucket_acl("public-read-write")
    place.refuses(sign(OPERATIONS[operation](place), everything_but), *DENIED)


@pytest.mark.parametrize("acl", ["private", "public-read", "public-read-write"])
def test_an_objects_acl_overrides_its_buckets(place: Place, acl: str) -> None:
    place.bucket.put_bucket_acl("public-read-write" if acl == "private" else "private")
    place.bucket.put_object_acl(KEPT, acl)
    read, write = place.asked("GET"), place.put(KEPT)
    if acl == "private":
        place.refuses(read, *DENIED)
    else:
        assert place.allows(read).body == KEPT_BYTES
    if acl == "public-read-write":
        place.allows(write)
    else:
        place.refuses(write, *DENIED)


def test_a_bucket_policy_opens_what_it_says_and_no_more(place: Place) -> None:
    name = place.bucket.bucket_name
    everybody = {"Principal": ["*"]}
    place.bucket.put_bucket_policy(
        document(allow("oss:GetObject", f"acs:oss:*:*:{name}/open/*", **everybody))
    )
    place.bucket.put_object("open/a", b"a")
    assert place.allows(place.asked("GET", "open/a")).body == b"a"
    for asked in (
        place.asked("GET"),
        place.put("open/a"),
        place.asked("DELETE", "open/a"),
        place.asked("GET", ""),
    ):
        place.refuses(asked, *DENIED)


def test_a_bucket_policys_denial_overrides_a_public_acl(place: Place) -> None:
    name = place.bucket.bucket_name
    place.bucket.put_bucket_acl("public-read-write")
    place.bucket.put_bucket_policy(
        document(deny(["oss:DeleteObject", "oss:GetObject"], f"acs:oss:*:*:{name}/kept/*", Principal=["*"]))
    )
    place.refuses(place.asked("DELETE"), *DENIED)
    place.refuses(place.asked("GET"), *DENIED)
    place.refuses(sign(place.asked("DELETE"), place.user(allow("oss:*"))), *DENIED)
    place.allows(place.put("other"))
    place.allows(place.asked("GET", "other"))


def test_a_user_of_one_bucket_and_prefix(place: Place) -> None:
    name = place.bucket.bucket_name
    user = place.user(
        allow(["oss:PutObject", "oss:GetObject", "oss:DeleteObject"], f"acs:oss:*:*:{name}/mine/*"),
        allow("oss:ListObjects", f"acs:oss:*:*:{name}", Condition={"StringLike": {"oss:Prefix": "mine/*"}}),
    )
    place.allows(sign(place.put("mine/a"), user))
    place.allows(sign(place.asked("GET", "mine/a"), user))
    place.allows(sign(place.asked("GET", "", query=(("prefix", "mine/"),)), user))
    elsewhere = place.put("mine/a").but(path=place.path("mine/a", place.other))
    for asked in (
        place.put("mine"),
        place.put("yours/a"),
        place.put("minea"),
        elsewhere,
        place.asked("GET"),
        place.asked("DELETE"),
        place.asked("GET", ""),
        place.asked("GET", "", query=(("prefix", "kept/"),)),
        place.put("mine/b", b"").with_header("x-oss-copy-source", f"/{name}/kept/%E4%B8%80%20object"),
        place.asked("DELETE", "mine/../" + KEPT),
    ):
        if asked.path.endswith("mine/../" + KEPT):
            # Within the prefix, as keys know no parents; what it would reach by a file system's rules stays.
            place.allows(sign(asked, user))
            assert place.bucket.get_object(KEPT).read() == KEPT_BYTES
        else:
            place.refuses(sign(asked, user), *DENIED)
    place.allows(sign(place.asked("DELETE", "mine/a"), user))


def test_many_are_deleted_only_where_each_may_be(place: Place) -> None:
    name = place.bucket.bucket_name
    place.bucket.put_object("mine/a", b"a")
    user = place.user(allow("oss:DeleteObject", f"acs:oss:*:*:{name}/mine/*"))
    body = f"<Delete><Object><Key>mine/a</Key></Object><Object><Key>{KEPT}</Key></Object></Delete>".encode()
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    asked = place.asked("POST", "", query=(("delete", ""),), body=body).with_header("Content-MD5", digest)
    place.send(sign(asked, user))
    assert place.bucket.get_object(KEPT).read() == KEPT_BYTES
