"""ACS3-HMAC-SHA256 against calls signed by the alibabacloud_ SDKs."""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_calls import AWKWARD, changed_pairs, joined, readers, retouched, tea_call, verdict
from signed_requests import ACCESS_KEY, SECRET, TOKEN

from yunbox.errors import CloudError
from yunbox.gateway.signatures.acs3 import Acs3
from yunbox.gateway.signatures.api_scheme import read_api_claim

ACS3 = Acs3()
QUERY = {"InstanceName": AWKWARD, "Tag.1.Key": "k", "Empty": "", "B": "c"}
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda name: not set(name) & set("&=%+ \xa0")
)
VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
HEADERS = st.dictionaries(
    st.from_regex(r"\Ax-acs-[a-z]{1,8}\Z"),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
    max_size=2,
)


def fields_of(call):
    return dict(call.request.headers)


def signed_anew(call, names=None, headers=None, query=None, secret=SECRET, **changes):
    """Sign as the documentation of the vendor says, independently of the code under test."""
    fields = fields_of(call) | (headers or {})
    names = names or sorted(name for name in fields if name not in ("authorization", "content-length"))
    query = joined(sorted(call.request.query_pairs)) if query is None else query
    call = retouched(call, headers=fields, **changes)
    digest = hashlib.sha256(call.body).hexdigest()
    lines = "".join(f"{name}:{fields.get(name, '')}\n" for name in names)
    canonical = f"{call.request.method}\n{call.request.target}\n{query}\n{lines}\n{';'.join(names)}\n{digest}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    fields["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={ACCESS_KEY},SignedHeaders={';'.join(names)},Signature={signature}"
    )
    return retouched(call, headers=fields)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_what_the_clients_sign_passes(token):
    calls = (
        tea_call(QUERY, token=token),
        tea_call({"A": "b"}, QUERY, token=token),
        tea_call(QUERY, {"X": AWKWARD}, body_type="json", style="ROA", pathname="/a%20b%2F~*", token=token),
        tea_call({}, method="GET", style="ROA", pathname="/", token=token),
        tea_call({"Labels.a/b:c": "d e", "Labels.中": "1"}, token=token),
    )
    for call in calls:
        assert verdict(ACS3, call, time.time()) == "ok", call.request.raw_query
        assert readers(call) == ["acs3"]
        _, claim = read_api_claim(call)
        assert (claim.access_key_id, claim.security_token) == (ACCESS_KEY, token or "")
        assert claim.nonce == call.request.headers.get("x-acs-signature-nonce")
        assert abs(claim.signed_at - time.time()) < 60


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "ECS.Example.COM", "localhost:8900"])
def test_the_host_is_signed_as_it_was_sent(endpoint):
    call = tea_call(QUERY, endpoint=endpoint)
    assert call.request.headers.get("host") == endpoint
    assert verdict(ACS3, call, time.time()) == "ok"


def test_the_routed_host_is_the_signed_one():
    """An absolute-form target overrides the Host header; a signature for another host must not pass."""
    call = tea_call(QUERY)
    assert verdict(ACS3, retouched(call, host="other.example"), time.time()) == "SignatureDoesNotMatch"


def test_the_documented_encoding_passes():
    call = tea_call({})
    pairs = [("Labels.a/b&c=d", "e f"), ("A", ""), ("Ab", "1"), ("A.b", "~*")]
    call = retouched(call, raw_query=joined(pairs), headers=fields_of(call))
    call = signed_anew(call)
    assert verdict(ACS3, call, time.time()) == "ok"
    plus = retouched(call, raw_query=joined(pairs).replace("%20", "+"), headers=fields_of(call))
    assert verdict(ACS3, plus, time.time()) == "ok"


def test_a_path_may_be_escaped_more_or_less():
    call = tea_call({}, style="ROA", pathname="/a~b*c/%E4%B8%AD", method="GET")
    for target in ("/a%7Eb*c/%E4%B8%AD", "/a~b*c/%e4%b8%ad"):
        signed = signed_anew(retouched(call, target="/a~b%2Ac/%E4%B8%AD", headers=fields_of(call)))
        assert verdict(ACS3, retouched(signed, target=target, headers=fields_of(signed)), time.time()) == "ok"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.dictionaries(NAMES, VALUES.filter(len), max_size=3),
    HEADERS,
    st.data(),
)
def test_any_call_passes_and_no_changed_one(query, form, headers, data):
    form = {name: value for name, value in form.items() if name not in query}
    segment = data.draw(VALUES.filter(lambda text: text not in ("", ".", "..")))
    call = tea_call(query, form, headers=headers, style="ROA", pathname=f"/v1/{quote(segment, safe='~')}")
    now = time.time()
    assert verdict(ACS3, call, now) == "ok"
    fields = fields_of(call)
    kind = data.draw(st.sampled_from(["query", "body", "header", "added", "method", "path", "signature"]))
    if kind == "query":
        call = retouched(call, raw_query=joined(changed_pairs(call.request.query_pairs, data)))
    elif kind == "body":
        call = retouched(call, body=changed_body(call.body, data))
    elif kind == "header":
        name = data.draw(st.sampled_from(sorted(set(fields) - {"authorization", "content-length"})))
        values = [fields[name] + "x", "y" + fields[name], fields[name][:-1], None]
        value = data.draw(st.sampled_from([v for v in values if v != fields[name]]))
        changed = {n: v for n, v in (fields | {name: value}).items() if v is not None}
        call = retouched(call, headers=changed)
    elif kind == "added":
        name = data.draw(st.sampled_from(["x-acs-security-token", "x-acs-region-id", "x-acs-zz"]))
        call = retouched(call, headers=fields | {name: "v"})
    elif kind == "method":
        call = retouched(call, method=data.draw(st.sampled_from(["GET", "PUT", "DELETE", "post"])))
    elif kind == "path":
        target = call.request.target
        call = retouched(
            call,
            target=data.draw(
                st.sampled_from(
                    [target + "/", target + "x", target + "%2F", "/v1", target.replace("/", "//", 1)]
                )
            ),
        )
    else:
        text = fields["authorization"]
        at = data.draw(st.integers(text.index("Signature="), len(text) - 1))
        letter = "0" if text[at] != "0" else "1"
        call = retouched(call, headers=fields | {"authorization": text[:at] + letter + text[at + 1 :]})
    assert verdict(ACS3, call, now) != "ok"


def changed_body(body, data):
    if not body:
        return b"DryRun=false"
    at = data.draw(st.integers(0, len(body) - 1))
    return data.draw(
        st.sampled_from([body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :], body[:at], body + b"&DryRun=0"])
    )


def test_an_escaped_slash_does_not_pass_for_a_slash():
    call = tea_call({}, style="ROA", pathname="/a%2Fb", method="GET")
    assert verdict(ACS3, retouched(call, target="/a/b"), time.time()) == "SignatureDoesNotMatch"
    call = tea_call({}, style="ROA", pathname="/a/b", method="GET")
    for target in ("/a%2Fb", "/a%2fb", "/a%252Fb"):
        assert verdict(ACS3, retouched(call, target=target), time.time()) == "SignatureDoesNotMatch"


def test_two_parameters_do_not_pass_for_one():
    """The clients sign names bare, so a name with the signs of a query must not stand for what it spells."""
    call = tea_call({"A": "1", "DryRun": "true"})
    assert verdict(ACS3, call, time.time()) == "ok"
    for pairs in ([("A=1&DryRun", "true")], [("A", "1&DryRun=true")], [("A=1&DryRun=true", "")]):
        twin = retouched(call, raw_query=joined(pairs))
        assert verdict(ACS3, twin, time.time()) == "SignatureDoesNotMatch"


def test_the_order_of_parameters_does_not_matter_and_a_double_is_refused():
    call = tea_call({"A": "1", "B": "2"})
    assert verdict(ACS3, retouched(call, raw_query="B=2&A=1"), time.time()) == "ok"
    assert verdict(ACS3, retouched(call, raw_query="A=1&B=2&B=2"), time.time()) == "InvalidParameter"
    call = tea_call({"A": "1"}, {"A": "2"})
    assert verdict(ACS3, call, time.time()) == "InvalidParameter"


@pytest.mark.parametrize(
    "name",
    [
        "x-acs-action",
        "x-acs-version",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-content-sha256",
        "x-acs-security-token",
        "host",
        "content-type",
    ],
)
def test_what_says_what_the_call_is_must_be_signed(name):
    call = tea_call({}, {"A": "b"}, token=TOKEN)
    assert name in fields_of(call)
    names = sorted(set(fields_of(call)) - {name, "authorization", "content-length"})
    assert verdict(ACS3, signed_anew(call), time.time()) == "ok"
    assert verdict(ACS3, signed_anew(call, names), time.time()) == "IncompleteSignature"


def test_other_headers_need_not_be_signed():
    """Go and Node sign x-acs-, host and content-type; proxies add what they like."""
    call = tea_call({}, {"A": "b"}, token=TOKEN)
    names = sorted(n for n in fields_of(call) if n.startswith("x-acs-") or n in ("host", "content-type"))
    call = signed_anew(call, names)
    assert verdict(ACS3, call, time.time()) == "ok"
    twin = retouched(call, headers=fields_of(call) | {"user-agent": "x", "via": "1.1 proxy"})
    assert verdict(ACS3, twin, time.time()) == "ok"


def test_a_call_without_an_action_passes():
    """Terraform's calls of Function Compute name the action by their path alone."""
    call = tea_call({}, style="ROA", pathname="/2023-03-30/functions", method="GET")
    fields = {name: value for name, value in fields_of(call).items() if name != "x-acs-action"}
    assert verdict(ACS3, signed_anew(retouched(call, headers=fields)), time.time()) == "ok"


def test_the_stated_digest_must_be_the_body_s():
    call = tea_call({}, {"A": "b"})
    for stated in ("0" * 64, "UNSIGNED-PAYLOAD", ""):
        wrong = signed_anew(call, headers={"x-acs-content-sha256": stated})
        assert verdict(ACS3, wrong, time.time()) == "IncompleteSignature"
    fields = {name: value for name, value in fields_of(call).items() if name != "x-acs-content-sha256"}
    assert verdict(ACS3, signed_anew(retouched(call, headers=fields)), time.time()) == "ok"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Credential=", "Credentials=", "IncompleteSignature"),
        ("SignedHeaders=", "SignedHeaders=a;a;", "IncompleteSignature"),
        ("SignedHeaders=", "SignedHeaders=Host;", "IncompleteSignature"),
        ("SignedHeaders=", "SignedHeaders=;", "IncompleteSignature"),
        ("Signature=", "Signature=0", "IncompleteSignature"),
        (ACCESS_KEY, "", "IncompleteSignature"),
        (ACCESS_KEY, ACCESS_KEY * 900, "IncompleteSignature"),
        (ACCESS_KEY, "a/b", "InvalidAccessKeyId.NotFound"),
        ("ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "InvalidSignatureMethod"),
        ("ACS3-HMAC-SHA256", "ACS3-RSA-SHA256", "InvalidSignatureMethod"),
        ("ACS3-HMAC-SHA256", "ACS4-HMAC-SHA256", "IncompleteSignature"),
    ],
)
def test_malformed_headers_are_refused(old, new, code):
    call = tea_call({})
    fields = fields_of(call)
    twin = retouched(call, headers=fields | {"authorization": fields["authorization"].replace(old, new, 1)})
    assert refusal(twin).code == code


def refusal(call):
    with pytest.raises(CloudError) as error:
        scheme, claim = read_api_claim(call)
        scheme.check(claim, call, SECRET, time.time())
    return error.value


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-acs-date", "", "MissingTimestamp"),
        ("x-acs-date", "20261123T150000Z", "InvalidTimeStamp.Format"),
        ("x-acs-signature-nonce", "", "MissingSignatureNonce"),
        ("x-acs-signature-nonce", "n" * 257, "InvalidSignatureNonce"),
        ("x-acs-security-token", "t" * 8193, "InvalidSecurityToken.Malformed"),
        ("x-acs-bearer-token", "t", "InvalidSignatureType"),
        ("x-acs-signature-type", "BEARERTOKEN", "InvalidSignatureType"),
    ],
)
def test_what_is_missing_or_unknown_is_named(name, value, code):
    assert refusal(signed_anew(tea_call({}), headers={name: value})).code == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "ok"),
        (15 * 60, "ok"),
        (15 * 60 + 1, "InvalidTimeStamp.Expired"),
        (-15 * 60 - 1, "InvalidTimeStamp.Expired"),
        (float("nan"), "InvalidTimeStamp.Expired"),
    ],
)
def test_the_time_is_bounded(seconds, code):
    call = tea_call({})
    assert verdict(ACS3, call, ACS3.read(call).signed_at + seconds) == code


def test_the_refusal_shows_what_was_signed():
    call = tea_call(QUERY)
    with pytest.raises(CloudError) as error:
        ACS3.check(ACS3.read(call), call, "other", time.time())
    canonical = error.value.details["CanonicalRequest"]
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert error.value.message.endswith(f"server string to sign is:{text}")
    assert canonical.startswith("POST\n/\nB=c&Empty=&InstanceName=a%20b%2Bc")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120))
def test_no_authorization_header_crashes(text):
    call = tea_call({})
    for kind in ("ACS3-HMAC-SHA256 ", "ACS3-HMAC-SHA256 Credential=", ""):
        twin = retouched(call, headers=fields_of(call) | {"authorization": kind + text})
        assert verdict(ACS3, twin, time.time()) != "ok"
