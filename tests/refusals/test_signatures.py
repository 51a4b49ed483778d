"""Signatures of every kind: what was signed passes, and the same request with one thing changed does not."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from refusals.asked import LIFETIME, SCHEMES, Asked, Signer, send
from refusals.place import KEPT, KEPT_BYTES, Place

HEADERS = [name for name in SCHEMES if name.endswith("header")]
URLS = [name for name in SCHEMES if name.endswith("url")]
OSS = [name for name in SCHEMES if not name.startswith("s3")]
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
MISMATCH = (403, "SignatureDoesNotMatch")
Tamper = Callable[[Place, Asked], Asked]


def header(name: str, value: str | None) -> Tamper:
    return lambda place, asked: asked.with_header(name, value)


def query(name: str, value: str) -> Tamper:
    return lambda place, asked: asked.with_query(name, value)


TAMPERED: Mapping[str, Tamper] = {
    "method": lambda place, asked: asked.but(method="DELETE", path=asked.path, body=b""),
    "key": lambda place, asked: asked.but(path=asked.path + "x"),
    "key of another object": lambda place, asked: asked.but(path=place.path(KEPT)),
    "bucket": lambda place, asked: asked.but(path=place.path("new", place.other)),
    "bucket that is to be created": lambda place, asked: asked.but(path="/evil-bucket"),
    "object made the bucket": lambda place, asked: asked.but(path=place.path()),
    "doubled slash": lambda place, asked: asked.but(path=place.path("/new")),
    "metadata changed": header("x-oss-meta-colour", "blue"),
    "metadata left out": header("x-oss-meta-colour", None),
    "ACL header added": header("x-oss-object-acl", "public-read-write"),
    "copy source added": lambda place, asked: asked.but(body=b"").with_header(
        "x-oss-copy-source", f"/{place.other.bucket_name}/kept/%E4%B8%80%20object"
    ),
    "content type": header("Content-Type", "text/html"),
    "made an ACL change": query("acl", ""),
    "made an upload of a part": query("uploadId", "0123456789ABCDEF0123456789ABCDEF"),
    "made a link": query("symlink", ""),
}
_S3_CODES = {"ACL header added": (403, "AccessDenied"), "copy source added": (403, "AccessDenied")}
"""S3 refuses a header that should have been signed before it compares signatures."""


@each_scheme
@pytest.mark.parametrize("tampered", TAMPERED)
def test_a_tampered_upload_is_refused(place: Place, scheme: str, tampered: str) -> None:
    asked = SCHEMES[scheme](place.put(), place.root)
    status, code = MISMATCH
    if scheme.startswith("s3"):
        status, code = _S3_CODES.get(tampered, MISMATCH)
    place.refuses(TAMPERED[tampered](place, asked), status, code)
    place.allows(asked)
    assert place.bucket.get_object("new").read() == b"new bytes"


@each_scheme
@pytest.mark.parametrize(
    ("signed", "sent"), [("GET", "DELETE"), ("HEAD", "DELETE"), ("GET", "PUT"), ("DELETE", "GET")]
)
def test_a_signature_is_for_one_method(place: Place, scheme: str, signed: str, sent: str) -> None:
    asked = SCHEMES[scheme](place.asked(signed), place.root)
    place.refuses(asked.but(method=sent), *MISMATCH)
    place.allows(asked)


@each_scheme
def test_a_deletion_cannot_be_replayed_elsewhere(place: Place, scheme: str) -> None:
    asked = SCHEMES[scheme](place.asked("DELETE"), place.root)
    place.refuses(asked.but(path=place.path(KEPT, place.other)), *MISMATCH)
    assert place.send(asked).status == 204
    assert not place.bucket.object_exists(KEPT)
    assert place.other.get_object(KEPT).read() == KEPT_BYTES


@pytest.mark.parametrize("scheme", [name for name in SCHEMES if not name.startswith("v1")])
def test_every_parameter_is_signed(place: Place, scheme: str) -> None:
    """But in V1, which by its vendor's design leaves out what is no sub-resource."""
    listing = place.asked("GET", "", query=(("prefix", "kept/"), ("max-keys", "5")))
    asked = SCHEMES[scheme](listing, place.root)
    for changed in (
        asked.with_query("prefix", ""),
        asked.with_query("prefix", None),
        asked.with_query("marker", "z"),
        asked.but(query=(*asked.query, ("prefix", "other/"))),
    ):
        place.refuses(changed, *MISMATCH)
    assert KEPT.encode() in place.allows(asked).body


@each_scheme
def test_keys_and_secrets(place: Place, scheme: str) -> None:
    sign, root = SCHEMES[scheme], place.root
    wrong = root.secret[:-1] + ("a" if root.secret[-1] != "a" else "b")
    place.refuses(sign(place.put(), replace(root, secret=wrong)), *MISMATCH)
    place.refuses(sign(place.put(), replace(root, secret="")), *MISMATCH)
    place.refuses(sign(place.put(), replace(root, key="LTAI5tNobody")), 403, "InvalidAccessKeyId")
    place.refuses(sign(place.put(), replace(root, key=root.key.swapcase())), 403, "InvalidAccessKeyId")
    stranger = place.stranger()
    place.refuses(sign(place.put(), Signer(stranger.id, root.secret)), *MISMATCH)
    place.refuses(sign(place.put(), Signer(root.key, stranger.secret)), *MISMATCH)
    place.allows(sign(place.put(), root))


@each_scheme
def test_a_key_counts_while_it_is_active(place: Place, scheme: str) -> None:
    sign = SCHEMES[scheme]
    key = place.user_key({"Effect": "Allow", "Action": "oss:*", "Resource": "*"})
    asked = sign(place.put(), Signer(key.id, key.secret))
    place.allows(asked)
    with place.directory() as directory:
        directory.set_access_key_status(key.id, active=False)
    place.refuses(asked, 403, "InvalidAccessKeyId")
    with place.directory() as directory:
        directory.set_access_key_status(key.id, active=True)
    place.allows(asked)
    with place.directory() as directory:
        directory.delete_access_key(key.id)
    place.refuses(asked, 403, "InvalidAccessKeyId")


@pytest.mark.parametrize("scheme", HEADERS)
@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_may_be_a_little_wrong(place: Place, scheme: str, minutes: int) -> None:
    place.allows(SCHEMES[scheme](place.put(), replace(place.root, offset=minutes * 60)))


@pytest.mark.parametrize("scheme", HEADERS)
@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24 * 365])
def test_a_clock_that_is_wrong_is_told(place: Place, scheme: str, minutes: int) -> None:
    asked = SCHEMES[scheme](place.put(), replace(place.root, offset=minutes * 60))
    answer = place.refuses(asked, 403, "RequestTimeTooSkewed")
    assert answer.element("MaxAllowedSkewMilliseconds") == "900000"


@pytest.mark.parametrize("scheme", HEADERS)
def test_a_signature_needs_its_date(place: Place, scheme: str) -> None:
    asked = SCHEMES[scheme](place.put(), place.root)
    for name in ("Date", "x-oss-date", "x-amz-date"):
        asked = asked.with_header(name, None)
    place.refuses(asked, 403, "AccessDenied")
    place.refuses(asked.with_header("Date", "yesterday"), 403, "AccessDenied")


@pytest.mark.parametrize("scheme", URLS)
def test_a_url_ends(place: Place, scheme: str) -> None:
    sign = SCHEMES[scheme]
    place.refuses(sign(place.put(), replace(place.root, offset=-LIFETIME - 2)), 403, "AccessDenied")
    place.allows(sign(place.put(), replace(place.root, offset=-LIFETIME + 60)))


@pytest.mark.parametrize("scheme", URLS)
def test_the_end_of_a_url_is_signed(place: Place, scheme: str) -> None:
    name = {"v1-url": "Expires", "s3-url": "X-Amz-Expires"}.get(scheme, "x-oss-expires")
    asked = SCHEMES[scheme](place.put(), place.root)
    former = dict(asked.query)[name]
    place.refuses(asked.with_query(name, str(int(former) + 1)), *MISMATCH)
    changed = asked.with_query(name, None)
    answer = place.send(changed)
    assert answer.status in (400, 403)
    assert not place.bucket.object_exists("new")


@pytest.mark.parametrize("scheme", ["v4-url", "s3-url"])
def test_a_url_of_the_future_waits(place: Place, scheme: str) -> None:
    place.refuses(SCHEMES[scheme](place.put(), replace(place.root, offset=20 * 60)), 403, "AccessDenied")


@pytest.mark.parametrize("scheme", OSS)
def test_a_content_md5_binds_the_body(place: Place, scheme: str) -> None:
    digest = base64.b64encode(hashlib.md5(b"new bytes").digest()).decode()
    asked = SCHEMES[scheme](place.put().with_header("Content-MD5", digest), place.root)
    place.refuses(asked.but(body=b"bad bytes"), 400, "InvalidDigest")
    other = base64.b64encode(hashlib.md5(b"bad bytes").digest()).decode()
    place.refuses(asked.but(body=b"bad bytes").with_header("Content-MD5", other), *MISMATCH)
    place.allows(asked)


def test_sigv4_binds_the_body(place: Place) -> None:
    asked = SCHEMES["s3-header"](place.put(), place.root)
    place.refuses(asked.but(body=b"bad bytes"), 400, "XAmzContentSHA256Mismatch")
    changed = asked.but(body=b"bad bytes").with_header(
        "x-amz-content-sha256", hashlib.sha256(b"bad bytes").hexdigest()
    )
    place.refuses(changed, *MISMATCH)
    place.allows(asked)


@pytest.mark.parametrize("scheme", ["v4-header", "v4-url"])
@pytest.mark.parametrize("region", ["cn-beijing", "us-east-1", "cn-nowhere"])
def test_v4_is_for_the_buckets_region(place: Place, scheme: str, region: str) -> None:
    asked = SCHEMES[scheme](place.put(), replace(place.root, region=region))
    place.refuses(asked, 400, "InvalidArgument", "0002-00000226")
    place.allows(SCHEMES[scheme](place.put(), place.root))


@pytest.mark.parametrize("scheme", ["s3-header", "s3-url"])
def test_sigv4_is_for_the_buckets_region(place: Place, scheme: str) -> None:
    asked = SCHEMES[scheme](place.put(), replace(place.root, region="cn-beijing"))
    answer = place.refuses(asked, 400, "AuthorizationHeaderMalformed")
    assert answer.element("Region") == "cn-hangzhou"


@pytest.mark.parametrize("scheme", OSS)
def test_another_regions_endpoint_says_where_the_bucket_is(place: Place, scheme: str) -> None:
    name = place.bucket.bucket_name
    for host, taken in (
        (f"{name}.oss-cn-beijing.aliyuncs.com", f"/{name}"),
        ("oss-cn-beijing.aliyuncs.com", ""),
    ):
        asked = SCHEMES[scheme](
            place.put().with_header("Host", host), replace(place.root, region="cn-beijing")
        )
        answer = place.refuses(
            asked.but(path=asked.path.removeprefix(taken)), 403, "AccessDenied", "0003-00001403"
        )
        assert answer.element("Endpoint") == "oss-cn-hangzhou.aliyuncs.com"
    host = f"{name}.oss-cn-hangzhou.aliyuncs.com"
    asked = SCHEMES[scheme](place.put().with_header("Host", host), place.root)
    place.allows(asked.but(path="/new"))


@pytest.mark.parametrize(
    ("scheme", "second"),
    [(scheme, second) for scheme in OSS for second in ("v1-url", "v2-url", "v4-url") if scheme != second],
)
def test_two_signatures_are_one_too_many(place: Place, scheme: str, second: str) -> None:
    asked = SCHEMES[scheme](SCHEMES[second](place.put(), place.root), place.root)
    place.refuses(asked, 400, "InvalidArgument")


@pytest.mark.parametrize("scheme", URLS)
def test_no_parameter_of_a_signature_stands_twice(place: Place, scheme: str) -> None:
    asked = SCHEMES[scheme](place.put(), place.root)
    before = place.state()
    for name, value in asked.query:
        for twice in ((name, value), (name, "other")):
            for changed in ((*asked.query, twice), (twice, *asked.query)):
                answer = place.send(asked.but(query=changed))
                assert (answer.status, answer.code) == (400, "InvalidArgument"), (changed, answer.body)
    assert place.state() == before
    place.allows(asked)


@pytest.mark.parametrize("scheme", HEADERS)
def test_no_header_of_a_signature_stands_twice(place: Place, scheme: str) -> None:
    asked = SCHEMES[scheme](place.put(), place.root)
    authorization = asked.header("Authorization")
    before = place.state()
    for first, last in ((authorization, "OSS other:AAAA"), ("OSS other:AAAA", authorization)):
        headers = (("Authorization", first), *asked.with_header("Authorization", last).headers)
        assert send(place.cloud, asked.but(headers=headers)).status in (400, 403)
    for name in ("x-oss-meta-colour", "x-oss-date", "x-amz-date", "x-amz-content-sha256"):
        if value := asked.header(name):
            changed = asked.but(headers=(*asked.headers, (name, value + "x")))
            assert send(place.cloud, changed).status in (400, 403), name
    assert place.state() == before


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer x",
        "OSS",
        "OSS a",
        "OSS a:",
        "OSS4-HMAC-SHA256 x",
        "OSS2 x",
        "Basic YTpi",
        "AWS a:b",
        "AWS4-HMAC-SHA256 x",
    ],
)
def test_what_is_no_signature_is_not_taken_for_an_anonymous_request(place: Place, authorization: str) -> None:
    place.bucket.put_bucket_acl("public-read-write")
    before = place.state()
    answer = place.send(place.put().with_header("Authorization", authorization))
    assert answer.status in (400, 403), answer.body
    assert answer.code in ("InvalidArgument", "InvalidRequest", "AuthorizationHeaderMalformed")
    assert place.state() == before
