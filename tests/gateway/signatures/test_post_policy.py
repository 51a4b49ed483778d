"""The signature and policy of form uploads, as the vendor's samples build them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_requests import ACCESS_KEY, REGION, SECRET, TOKEN

from yunbox.errors import CloudError
from yunbox.gateway.signatures import post_policy
from yunbox.gateway.signatures.post_policy import Policy

NOW = 1_702_784_856.0  # 2023-12-17T03:47:36Z
DATE = "20231217T034736Z"
EXPIRATION = "2023-12-17T04:47:36.000Z"
CREDENTIAL = f"{ACCESS_KEY}/20231217/{REGION}/oss/aliyun_v4_request"
V4_CONDITIONS = [
    {"x-oss-signature-version": "OSS4-HMAC-SHA256"},
    {"x-oss-credential": CREDENTIAL},
    {"x-oss-date": DATE},
]


def encoded(conditions, expiration=EXPIRATION):
    return base64.b64encode(
        json.dumps({"expiration": expiration, "conditions": conditions}).encode()
    ).decode()


def legacy_form(conditions, expiration=EXPIRATION, **fields):
    policy = encoded(conditions, expiration)
    signature = base64.b64encode(hmac.new(SECRET.encode(), policy.encode(), hashlib.sha1).digest()).decode()
    return {
        "key": "user/eric/a.jpg",
        "OSSAccessKeyId": ACCESS_KEY,
        "policy": policy,
        "Signature": signature,
    } | fields


def v4_form(conditions=(), *, stated=V4_CONDITIONS, **fields):
    policy = encoded([*stated, *conditions])
    key = b"aliyun_v4" + SECRET.encode()
    for step in ("20231217", REGION, "oss", "aliyun_v4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return {
        "key": "user/eric/a.jpg",
        "policy": policy,
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": CREDENTIAL,
        "x-oss-date": DATE,
        "x-oss-signature": hmac.new(key, policy.encode(), hashlib.sha256).hexdigest(),
    } | fields


def verdict(form, *, now=NOW, bucket="bucket-1", size=100, secret=SECRET):
    try:
        fields = post_policy.fold(form.items() if isinstance(form, dict) else form)
        claim = post_policy.read(fields)
        if claim is None:
            return "unsigned"
        post_policy.check_signature(claim, secret, now)
        policy = Policy.read(claim)
        policy.check(fields, bucket, now)
        policy.check_size(size)
    except CloudError as error:
        assert secret not in str(vars(error))
        return error.code
    return "ok"


ANY = [["starts-with", "$key", "user/eric/"]]
FORMS = {"legacy": legacy_form(ANY), "v4": v4_form(ANY)}


@pytest.mark.parametrize("kind", FORMS)
def test_a_signed_form_passes(kind):
    form = FORMS[kind] | {"x-oss-security-token": TOKEN}
    assert verdict(form) == "ok"
    claim = post_policy.read(post_policy.fold(form.items()))
    assert (claim.access_key_id, claim.security_token) == (ACCESS_KEY, TOKEN)
    assert claim.region == (REGION if kind == "v4" else "")


def test_an_unsigned_form_claims_nothing():
    assert verdict({"key": "k"}) == "unsigned"


@pytest.mark.parametrize("kind", FORMS)
def test_every_changed_byte_of_policy_and_signature_is_refused(kind):
    form = FORMS[kind]
    for name in ("policy", "Signature" if kind == "legacy" else "x-oss-signature"):
        for index, letter in enumerate(form[name]):
            changed = form[name][:index] + ("A" if letter != "A" else "B") + form[name][index + 1 :]
            assert verdict(form | {name: changed}) in {"SignatureDoesNotMatch", "InvalidArgument"}
    assert verdict(form, secret="other") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "changes",
    [
        {"x-oss-date": "20231217T034737Z"},
        {"x-oss-credential": CREDENTIAL.replace(REGION, "cn-beijing")},
        {"x-oss-credential": CREDENTIAL.replace("/20231217/", "/20231216/")},
        {"x-oss-credential": CREDENTIAL.replace("/oss/", "/s3/")},
        {"x-oss-credential": CREDENTIAL.replace("aliyun_v4_request", "aws4_request")},
        {"x-oss-signature-version": "OSS2"},
        {"x-oss-date": ""},
        {"OSSAccessKeyId": ACCESS_KEY},
        {"Signature": "x"},
        {"policy": ""},
        {"policy": "A" * 70_000},
    ],
)
def test_changed_v4_fields_are_refused(changes):
    assert verdict(v4_form(ANY) | changes) != "ok"


def test_a_v4_policy_must_state_its_own_signature_fields():
    for left_out in range(3):
        stated = V4_CONDITIONS[:left_out] + V4_CONDITIONS[left_out + 1 :]
        assert verdict(v4_form(ANY, stated=stated)) == "InvalidPolicyDocument"


def test_repeated_fields_are_refused():
    assert verdict([*FORMS["legacy"].items(), ("KEY", "other")]) == "InvalidArgument"


def test_missing_fields_are_named():
    for name in ("policy", "OSSAccessKeyId", "Signature"):
        form = {key: value for key, value in FORMS["legacy"].items() if key != name}
        with pytest.raises(CloudError) as caught:
            post_policy.read(post_policy.fold(form.items()))
        assert (caught.value.code, caught.value.details["ArgumentName"]) == ("InvalidArgument", name)


@pytest.mark.parametrize(
    ("condition", "fields", "passes"),
    [
        ({"bucket": "bucket-1"}, {}, True),
        ({"bucket": "bucket-2"}, {}, False),
        ({"bucket": "bucket-2"}, {"bucket": "bucket-2"}, False),
        (["eq", "$key", "user/eric/a.jpg"], {}, True),
        (["eq", "$key", "user/eric/"], {}, False),
        (["eq", "$Content-Type", "a/b"], {"content-type": "a/b"}, True),
        (["eq", "$content-type", "a/b"], {}, False),
        ({"success_action_status": "200"}, {"success_action_status": "201"}, False),
        (["starts-with", "$key", ""], {}, True),
        (["starts-with", "$key", "user/bob"], {}, False),
        (["starts-with", "$x-oss-meta-a", "b"], {}, False),
        (["in", "$content-type", ["image/jpg", "image/png"]], {"Content-Type": "image/png"}, True),
        (["in", "$content-type", ["image/jpg", "image/png"]], {"Content-Type": "image/gif"}, False),
        (["in", "$content-type", ["image/jpg"]], {}, False),
        (["not-in", "$cache-control", ["no-cache"]], {"Cache-Control": "no-cache"}, False),
        (["not-in", "$cache-control", ["no-cache"]], {"Cache-Control": "public"}, True),
        (["not-in", "$cache-control", ["no-cache"]], {}, True),
    ],
)
def test_conditions(condition, fields, passes):
    for form in (legacy_form([condition], **fields), v4_form([condition], **fields)):
        assert verdict(form) == ("ok" if passes else "AccessDenied")


def test_a_failed_condition_is_told():
    form = legacy_form([["eq", "$key", "b"]])
    fields = post_policy.fold(form.items())
    with pytest.raises(CloudError) as caught:
        Policy.read(post_policy.read(fields)).check(fields, "bucket-1", NOW)
    assert caught.value.message == 'Invalid according to Policy: Policy Condition failed: ["eq","$key","b"]'


@pytest.mark.parametrize(
    ("size", "code"), [(9, "EntityTooSmall"), (10, "ok"), (20, "ok"), (21, "EntityTooLarge")]
)
def test_the_size_of_the_file(size, code):
    assert verdict(legacy_form([["content-length-range", 10, 20]]), size=size) == code
    narrowed = [["content-length-range", 0, 20], ["content-length-range", "10", "99"]]
    assert verdict(legacy_form(narrowed), size=size) == code


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        {},
        "x",
        [{}],
        [{"a": "b", "c": "d"}],
        [{"a": 1}],
        [[]],
        [["eq", "$key"]],
        [["eq", "key", "a"]],
        [["eq", "$", "a"]],
        [["eq", "$key", ["a"]]],
        [["EQ", "$key", "a"]],
        [["matches", "$key", "a"]],
        [["not-in", "$cache-control", "no-cache"]],
        [["in", "$cache-control", [1]]],
        [["content-length-range", 1]],
        [["content-length-range", 5, 1]],
        [["content-length-range", -1, 5]],
        [["content-length-range", 1.5, 5]],
        [["content-length-range", True, 5]],
        [["content-length-range", "x", "y"]],
        [[["eq"], "$key", "a"]],
        [None],
        [{"a": "b"}] * 257,
    ],
)
def test_malformed_policies(conditions):
    assert verdict(legacy_form(conditions)) == "InvalidPolicyDocument"


@pytest.mark.parametrize(
    "text", ["", None, 5, "2023-12-17", "2023-12-17T04:47:36+08:00", "2023-13-17T04:47:36Z"]
)
def test_malformed_expirations(text):
    assert verdict(legacy_form(ANY, text)) == "InvalidPolicyDocument"


def test_the_borders_of_time():
    form = legacy_form(ANY, "2023-12-17T03:47:37Z")
    assert (verdict(form, now=NOW), verdict(form, now=NOW + 1)) == ("ok", "AccessDenied")
    late = v4_form(ANY)
    assert verdict(late, now=NOW - 900) == "ok"
    assert verdict(late, now=NOW - 901) == "AccessDenied"
    assert verdict(late, now=NOW + 3599) == "ok"
    assert verdict(late, now=NOW + 3600) == "AccessDenied"


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(document):
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    claim = post_policy.read({"ossaccesskeyid": "a", "signature": "b", "policy": policy})
    with pytest.raises(CloudError) as caught:
        Policy.read(claim)
    assert caught.value.code == "InvalidPolicyDocument"


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200) | st.just(b"[" * 100_000) | st.just(b'{"a":"\\ud800"}'))
def test_any_bytes_are_refused(data):
    claim = post_policy.read(
        {"ossaccesskeyid": "a", "signature": "b", "policy": base64.b64encode(data).decode()[:60_000] or "x"}
    )
    with pytest.raises(CloudError) as caught:
        Policy.read(claim)
    assert caught.value.code == "InvalidPolicyDocument"
