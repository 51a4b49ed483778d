"""Uploads from forms, signed in both ways: the signed form passes, each changed one stores nothing."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from refusals.asked import Asked, Signer
from refusals.place import Place, allow

_BOUNDARY = "form-of-the-tests"
Fields = dict[str, str]
Sign = Callable[[Place, Signer, "Fields", float], Fields]


def _policy(place: Place, fields: Fields, seconds: float) -> str:
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    conditions: list[object] = [{"bucket": place.bucket.bucket_name}, ["content-length-range", 1, 20]]
    conditions += [["eq", f"${name}", value] for name, value in fields.items()]
    text = {"expiration": expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "conditions": conditions}
    return base64.b64encode(json.dumps(text).encode()).decode()


def legacy(place: Place, signer: Signer, fields: Fields, seconds: float = 300) -> Fields:
    if signer.token:
        fields = fields | {"x-oss-security-token": signer.token}
    policy = _policy(place, fields, seconds)
    signature = base64.b64encode(hmac.digest(signer.secret.encode(), policy.encode(), "sha1")).decode()
    return fields | {"OSSAccessKeyId": signer.key, "policy": policy, "Signature": signature}


def v4(place: Place, signer: Signer, fields: Fields, seconds: float = 300) -> Fields:
    day = signer.moment[:8]
    fields = fields | {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{signer.key}/{day}/{signer.region}/oss/aliyun_v4_request",
        "x-oss-date": signer.moment,
    }
    if signer.token:
        fields["x-oss-security-token"] = signer.token
    policy = _policy(place, fields, seconds)
    key = f"aliyun_v4{signer.secret}".encode()
    for step in (day, signer.region, "oss", "aliyun_v4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return fields | {"policy": policy, "x-oss-signature": hmac.digest(key, policy.encode(), "sha256").hex()}


def form(place: Place, fields: Fields, content: bytes = b"from a form", bucket: str = "") -> Asked:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n')
    body = "".join(parts).encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    kind = ("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
    return Asked(
        "POST", f"/{bucket or place.bucket.bucket_name}/", headers=(("Host", place.host), kind), body=body
    )


FIELDS = {"key": "form/new", "x-oss-meta-colour": "red"}
both = pytest.mark.parametrize("sign", [legacy, v4], ids=["legacy", "v4"])


@both
def test_a_form_is_bound_to_what_was_signed(place: Place, sign: Sign) -> None:
    fields = sign(place, place.root, FIELDS, 300)
    signature = "Signature" if sign is legacy else "x-oss-signature"
    other = sign(place, place.root, FIELDS | {"key": "other"}, 300)
    for name, changed in {
        "key": fields | {"key": "form/other"},
        "metadata": fields | {"x-oss-meta-colour": "blue"},
        "metadata gone": {name: value for name, value in fields.items() if name != "x-oss-meta-colour"},
    }.items():
        answer = place.refuses(form(place, changed), 403, "AccessDenied")
        assert b"Policy" in answer.body, name
    for changed in (
        fields | {"policy": other["policy"]},
        fields | {signature: other[signature]},
        fields | {"policy": fields["policy"][:-4]},
    ):
        place.refuses(form(place, changed), 403, "SignatureDoesNotMatch")
    place.refuses(form(place, fields, bucket=place.other.bucket_name), 403, "AccessDenied")
    place.refuses(form(place, fields, b""), 400, "EntityTooSmall")
    place.refuses(form(place, fields, b"x" * 21), 400, "EntityTooLarge")
    place.allows(form(place, fields))
    assert place.bucket.get_object("form/new").read() == b"from a form"


@both
def test_a_form_needs_its_signature_where_the_bucket_is_private(place: Place, sign: Sign) -> None:
    fields = sign(place, place.root, FIELDS, 300)
    for name in set(fields) - set(FIELDS):
        left = {each: value for each, value in fields.items() if each != name}
        place.refuses(form(place, left), 400, "InvalidArgument")
    place.refuses(form(place, FIELDS), 403, "AccessDenied")
    place.bucket.put_bucket_acl("public-read-write")
    for name in set(fields) - set(FIELDS):
        left = {each: value for each, value in fields.items() if each != name}
        place.refuses(form(place, left), 400, "InvalidArgument")
    place.allows(form(place, FIELDS))


@both
def test_who_signs_a_form_and_when(place: Place, sign: Sign) -> None:
    root = place.root
    stranger = place.stranger()
    session = place.session(allow("oss:PutObject"))
    temporary = Signer(session.access_key_id, session.secret, session.security_token)
    ended = place.session(allow("oss:PutObject"), seconds_ago=901)
    for signer, seconds, status, code in (
        (replace(root, secret="wrong"), 300, 403, "SignatureDoesNotMatch"),
        (replace(root, key="LTAI5tNobody"), 300, 403, "InvalidAccessKeyId"),
        (Signer(stranger.id, stranger.secret), 300, 403, "AccessDenied"),
        (place.user(), 300, 403, "AccessDenied"),
        (
            place.user(allow("oss:PutObject", f"acs:oss:*:*:{place.bucket.bucket_name}/other")),
            300,
            403,
            "AccessDenied",
        ),
        (root, -1, 403, "AccessDenied"),
        (replace(temporary, token=""), 300, 403, "InvalidSecurityToken"),
        (replace(temporary, token="CAISother"), 300, 403, "InvalidSecurityToken"),
        (Signer(ended.access_key_id, ended.secret, ended.security_token), 300, 403, "SecurityTokenExpired"),
    ):
        place.refuses(form(place, sign(place, signer, FIELDS, seconds)), status, code)
    if sign is v4:
        for offset in (-8 * 86400, 20 * 60):
            late = replace(root, offset=offset)
            place.refuses(form(place, v4(place, late, FIELDS)), 403, "AccessDenied")
        beijing = replace(root, region="cn-beijing")
        place.refuses(form(place, v4(place, beijing, FIELDS)), 400, "InvalidArgument", "0002-00000226")
    place.allows(form(place, sign(place, temporary, FIELDS, 300)))


def test_a_form_bears_one_signature(place: Place) -> None:
    fields = legacy(place, place.root, FIELDS) | v4(place, place.root, FIELDS)
    place.refuses(form(place, fields), 400, "InvalidArgument")
