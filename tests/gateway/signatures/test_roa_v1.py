"""ROA signature V1 against calls signed by aliyun-python-sdk-core and the older alibabacloud_ SDKs."""

from __future__ import annotations

import base64
import hmac
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_calls import AWKWARD, core_common, core_roa, joined, readers, retouched, tea_call, verdict
from signed_requests import ACCESS_KEY, SECRET, TOKEN

from yunbox.errors import CloudError
from yunbox.gateway.signatures.api_scheme import read_api_claim
from yunbox.gateway.signatures.roa_v1 import RoaV1

ROA = RoaV1()
QUERY = {"name": AWKWARD, "Empty": "", "b": "c"}
NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9._-]{0,10}\Z").filter(lambda name: name != "RegionId")
VALUES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="&"), max_size=20)


def fields_of(call):
    return dict(call.request.headers)


def signed_by_hand(call, resource, digest="sha1", headers=None):
    """Sign as the documentation of the vendor says, independently of the code under test."""
    fields = fields_of(call) | (headers or {})
    get = fields.get
    text = "\n".join(
        [
            call.request.method,
            get("accept", ""),
            get("content-md5", ""),
            get("content-type", ""),
            get("date", ""),
        ]
        + [f"{name}:{fields[name]}" for name in sorted(fields) if name.startswith("x-acs-")]
        + [resource]
    )
    signature = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), digest).digest()).decode()
    return retouched(call, headers=fields | {"authorization": f"acs {ACCESS_KEY}:{signature}"})


@pytest.mark.parametrize("token", [None, TOKEN])
def test_what_the_clients_sign_passes(token):
    calls = (
        core_roa("/clusters", {"a": "b"}, token=token),
        core_roa(
            "/clusters/[Id]", QUERY, b'{"a":1}', method="POST", token=token, path_params={"Id": "a b中"}
        ),
        tea_call(QUERY, {"X": "y"}, old=True, style="ROA", body_type="json", pathname="/a%20b", token=token),
        tea_call({}, old=True, style="ROA", method="GET", body_type="json", pathname="/a%2Fb", token=token),
    )
    for call in calls:
        assert verdict(ROA, call, time.time()) == "ok", call.request.raw_query
        assert readers(call) == ["roa_v1"]
        _, claim = read_api_claim(call)
        assert (claim.access_key_id, claim.security_token) == (ACCESS_KEY, token or "")
        assert abs(claim.signed_at - time.time()) < 60
    assert verdict(ROA, core_common("/regions", A="b c"), time.time()) == "ok"


def test_only_some_clients_send_a_nonce():
    assert ROA.read(core_roa("/clusters", {})).nonce == ""
    assert ROA.read(tea_call({}, old=True, style="ROA", body_type="json", pathname="/a")).nonce


@pytest.mark.parametrize("resource", ["/a?b=&c=d", "/a?b&c=d"])
def test_both_spellings_of_an_empty_value_pass(resource):
    call = retouched(core_roa("/a", {}), raw_query="c=d&b=")
    assert verdict(ROA, signed_by_hand(call, resource), time.time()) == "ok"


@pytest.mark.parametrize("resource", ["/a", "/a?"])
def test_both_spellings_of_no_query_pass(resource):
    call = retouched(core_roa("/a", {}), raw_query="")
    assert verdict(ROA, signed_by_hand(call, resource), time.time()) == "ok"


def test_hmac_sha256_passes_and_no_other_method():
    call = retouched(core_roa("/a", {}), raw_query="")
    method = {"x-acs-signature-method": "HMAC-SHA256"}
    assert verdict(ROA, signed_by_hand(call, "/a", "sha256", method), time.time()) == "ok"
    assert verdict(ROA, signed_by_hand(call, "/a", "sha1", method), time.time()) == "SignatureDoesNotMatch"
    other = {"x-acs-signature-method": "HMAC-MD5"}
    assert verdict(ROA, signed_by_hand(call, "/a", "md5", other), time.time()) == "InvalidSignatureMethod"
    other = {"x-acs-signature-version": "2.0"}
    assert verdict(ROA, signed_by_hand(call, "/a", "sha1", other), time.time()) == "InvalidSignatureVersion"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=3), st.binary(min_size=1, max_size=30), st.data())
def test_any_call_passes_and_no_changed_one(query, content, data):
    call = core_roa("/v1/[Id]", query, content, method="POST", path_params={"Id": "a b"}, token=TOKEN)
    now = time.time()
    assert verdict(ROA, call, now) == "ok"
    fields = fields_of(call)
    pairs = call.request.query_pairs
    kind = data.draw(st.sampled_from(["query", "added", "body", "header", "x-acs-", "method", "path"]))
    if kind == "query":
        at = data.draw(st.integers(0, len(pairs) - 1))
        name, value = pairs[at]
        letter = data.draw(st.sampled_from("aZ9-_%+/ ~é"))
        twins = [[(name, value + letter)], [(name + letter, value)], []]
        twin = [*pairs[:at], *data.draw(st.sampled_from(twins)), *pairs[at + 1 :]]
        call = retouched(call, raw_query=joined(twin))
    elif kind == "added":
        call = retouched(
            call, raw_query=joined([*pairs, ("zz.added", data.draw(st.sampled_from(["", "x"])))])
        )
    elif kind == "body":
        at = data.draw(st.integers(0, len(content) - 1))
        bodies = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], content[:at], content + b"x"]
        call = retouched(call, body=data.draw(st.sampled_from(bodies)))
    elif kind == "header":
        names = [n for n in fields if n.startswith("x-acs-")] + [
            "accept",
            "content-type",
            "content-md5",
            "date",
        ]
        name = data.draw(st.sampled_from(sorted(names)))
        value = data.draw(st.sampled_from([fields[name] + "x", "y" + fields[name], None]))
        call = retouched(call, headers={n: v for n, v in (fields | {name: value}).items() if v is not None})
    elif kind == "x-acs-":
        name = data.draw(st.sampled_from(["x-acs-region", "x-acs-action2", "x-acs-zz"]))
        call = retouched(call, headers=fields | {name: "v"})
    elif kind == "method":
        call = retouched(call, method=data.draw(st.sampled_from(["GET", "PUT", "DELETE", "post"])))
    else:
        twins = ["/v1/a%20b/", "/v1/a+b", "/v1/a%20bx", "/v1", "/v1%2Fa%20b", "//v1/a%20b", "/v1/a%2520b"]
        call = retouched(call, target=data.draw(st.sampled_from(twins)))
    assert verdict(ROA, call, now) != "ok"
    assert verdict(ROA, call, now, secret=SECRET + "x") != "ok"


def test_an_escape_does_not_hide_what_would_mean_something():
    """A path is signed bare by some clients: what was signed and what is served have to be one path."""
    call = core_roa("/v1/a/b", {})
    resource = "/v1/a/b?RegionId=cn-hangzhou"
    assert verdict(ROA, signed_by_hand(call, resource), time.time()) == "ok"
    for target in ("/v1/a%2Fb", "/v1/a%2fb", "/v1%2Fa/b"):
        twin = retouched(call, target=target)
        assert verdict(ROA, signed_by_hand(twin, resource), time.time()) == "SignatureDoesNotMatch"
    twin = retouched(call, target="/v1/a/b%3FRegionId=cn-hangzhou", raw_query="")
    assert verdict(ROA, signed_by_hand(twin, resource), time.time()) == "SignatureDoesNotMatch"
    twin = retouched(core_roa("/v1/a%20b", {}), target="/v1/a%2520b")
    assert verdict(ROA, signed_by_hand(twin, "/v1/a%20b?RegionId=cn-hangzhou"), time.time()) != "ok"


def test_a_body_is_covered_where_the_client_says_so():
    call = core_roa("/a", {}, b"body", method="POST")
    assert verdict(ROA, retouched(call, body=b"other"), time.time()) == "ContentMD5NotMatched"
    call = tea_call({}, {"a": "b"}, old=True, style="ROA", body_type="json", pathname="/a")
    right = signed_by_hand(call, "/a", headers={"x-acs-content-sha256": "0" * 64})
    assert verdict(ROA, right, time.time()) == "IncompleteSignature"


def test_a_parameter_given_twice_is_refused():
    call = core_roa("/a", {"b": "c"})
    twice = retouched(call, raw_query=f"{call.request.raw_query}&b=c")
    assert verdict(ROA, twice, time.time()) == "InvalidParameter"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("authorization", "acs ", "IncompleteSignature"),
        ("authorization", f"acs {ACCESS_KEY}", "IncompleteSignature"),
        ("authorization", f"acs {ACCESS_KEY}:", "IncompleteSignature"),
        ("authorization", "acs :sig=", "IncompleteSignature"),
        ("authorization", "acs a:b=,acs a:b=", "IncompleteSignature"),
        ("authorization", "acs a/b:b=", "InvalidAccessKeyId.NotFound"),
        ("date", "", "MissingDate"),
        ("date", "yesterday", "InvalidTimeStamp.Format"),
        ("x-acs-signature-nonce", "n" * 257, "InvalidSignatureNonce"),
        ("x-acs-signature-type", "BEARERTOKEN", "InvalidSignatureType"),
    ],
)
def test_what_is_malformed_is_named(name, value, code):
    call = core_roa("/a", {})
    twin = retouched(call, headers=fields_of(call) | {name: value})
    with pytest.raises(CloudError) as error:
        read_api_claim(twin)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(15 * 60, "ok"), (15 * 60 + 1, "InvalidTimeStamp.Expired"), (-15 * 60 - 1, "InvalidTimeStamp.Expired")],
)
def test_the_time_is_bounded(seconds, code):
    call = core_roa("/a", {})
    assert verdict(ROA, call, ROA.read(call).signed_at + seconds) == code


def test_the_refusal_repeats_the_string_to_sign():
    """alibaba-cloud-sdk-go compares what follows the sentence with what it signed."""
    call = core_roa("/a", {"b": "c"})
    with pytest.raises(CloudError) as error:
        ROA.check(ROA.read(call), call, "other", time.time())
    sentence, text = error.value.message.split(" server string to sign is:", 1)
    assert sentence == "Specified signature is not matched with our calculation."
    assert text.startswith("GET\napplication/json\n\n\n")
    assert text.endswith("/a?RegionId=cn-hangzhou&b=c")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40))
def test_no_header_crashes(authorization, date):
    call = core_roa("/a", {})
    twin = retouched(
        call, headers=fields_of(call) | {"authorization": f"acs {authorization}", "x-acs-date": date}
    )
    assert verdict(ROA, twin, time.time()) != "ok"
