"""RPC signature V1 against calls signed by aliyun-python-sdk-core and the older alibabacloud_ SDKs."""

from __future__ import annotations

import base64
import hmac
import re
import time
from urllib.parse import parse_qsl

import pytest
from aliyunsdkcore.client import AcsClient
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_calls import (
    AWKWARD,
    FORM,
    carrying,
    changed_pairs,
    core_common,
    core_rpc,
    joined,
    readers,
    retouched,
    tea_call,
    verdict,
)
from signed_requests import ACCESS_KEY, SECRET, TOKEN, altered

from yunbox.errors import CloudError
from yunbox.gateway.signatures.api_scheme import read_api_claim
from yunbox.gateway.signatures.rpc_v1 import RpcV1

RPC = RpcV1()
QUERY = {"InstanceName": AWKWARD, "Tag.1.Key": "k", "Empty": "", "Labels.a/b:c": "d"}
NAMES = st.from_regex(r"\A[A-Z][A-Za-z0-9.]{0,10}\Z") | st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8
)
VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
OF_THE_SIGNATURE = re.compile(r"(?i)signature|accesskeyid|action|version|timestamp|format|regionid|security")


@pytest.mark.parametrize("token", [None, TOKEN])
def test_what_the_clients_sign_passes(token):
    calls = (
        core_rpc(QUERY, token=token),
        core_rpc({"A": "b"}, QUERY, method="POST", token=token),
        tea_call(QUERY, {"X": AWKWARD}, old=True, token=token),
    )
    for call in calls:
        assert verdict(RPC, call, time.time()) == "ok", call.request.raw_query
        assert readers(call) == ["rpc_v1"]
        _, claim = read_api_claim(call)
        assert (claim.access_key_id, claim.security_token) == (ACCESS_KEY, token or "")
        assert claim.nonce
        assert abs(claim.signed_at - time.time()) < 60
    assert verdict(RPC, core_common(A="b c"), time.time()) == "ok"


def test_a_call_wholly_in_the_form_passes():
    call = core_rpc(QUERY, method="POST")
    body = call.request.raw_query.encode()
    fields = dict(call.request.headers) | {"content-type": FORM}
    moved = retouched(call, raw_query="", headers=fields, body=body)
    assert not moved.request.query_pairs
    assert verdict(RPC, moved, time.time()) == "ok"


def test_hmac_sha256_passes_and_no_other_method():
    pairs = dict(core_rpc({}).request.query_pairs) | {"SignatureMethod": "HMAC-SHA256"}
    call = signed_anew(pairs, "sha256")
    assert verdict(RPC, call, time.time()) == "ok"
    assert verdict(RPC, signed_anew(pairs, "sha1"), time.time()) == "SignatureDoesNotMatch"
    for method in ("SHA256withRSA", "hmac-sha1", "none"):
        call = signed_anew(pairs | {"SignatureMethod": method}, "sha1")
        assert verdict(RPC, call, time.time()) == "InvalidSignatureMethod"
    without = {name: value for name, value in pairs.items() if name != "SignatureMethod"}
    assert verdict(RPC, signed_anew(without, "sha1"), time.time()) == "ok"


def signed_anew(pairs, digest):
    """Sign as the documentation of the vendor says, independently of the code under test."""
    pairs = {name: value for name, value in pairs.items() if name != "Signature"}
    canonical = joined(sorted(pairs.items()))
    text = f"GET&%2F&{joined([('', canonical)])[1:]}"
    signature = base64.b64encode(hmac.new(f"{SECRET}&".encode(), text.encode(), digest).digest()).decode()
    call = core_rpc({})
    return retouched(call, raw_query=joined([*pairs.items(), ("Signature", signature)]))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=3), st.dictionaries(NAMES, VALUES, max_size=3), st.data())
def test_any_call_passes_and_no_changed_one(query, form, data):
    query = {name: value for name, value in query.items() if not OF_THE_SIGNATURE.match(name)}
    form = {
        name: value for name, value in form.items() if name not in query and not OF_THE_SIGNATURE.match(name)
    }
    call = core_rpc(query, form, method="POST")
    now = time.time()
    assert verdict(RPC, call, now) == "ok"
    kind = data.draw(st.sampled_from(["query", "form", "method", "path", "secret"]))
    secret = SECRET
    if kind == "query":
        pairs = changed_pairs(call.request.query_pairs, data)
        call = retouched(call, raw_query=joined(pairs))
    elif kind == "form":
        fields = dict(call.request.headers) | {"content-type": FORM}
        body = joined(changed_pairs(list(call.form), data)).encode()
        call = retouched(call, headers=fields, body=body)
    elif kind == "method":
        call = retouched(call, method=data.draw(st.sampled_from(["GET", "PUT", "DELETE", "post"])))
    elif kind == "path":
        call = retouched(call, target=data.draw(st.sampled_from(["/x", "//", "/%2F", "/?"])))
    else:
        secret += "x"
    assert verdict(RPC, call, now, secret=secret) != "ok"


def test_a_parameter_moved_between_query_and_form_says_the_same():
    call = core_rpc({"A": "b"}, {"C": "d"}, method="POST")
    moved = retouched(call, raw_query=f"{call.request.raw_query}&C=d", body=b"")
    assert verdict(RPC, moved, time.time()) == "ok"


@pytest.mark.parametrize("name", ["A", "Signature", "AccessKeyId", "SignatureNonce"])
def test_a_parameter_given_twice_is_refused(name):
    call = core_rpc({"A": "b"}, {"C": "d"}, method="POST")
    value = dict(call.request.query_pairs)[name]
    again = joined([(name, value)])
    twice = retouched(call, raw_query=f"{call.request.raw_query}&{again}")
    assert verdict(RPC, twice, time.time()) == "InvalidParameter"
    # The same in query and form is what the classic SDK does with RegionId; another value is not.
    split = retouched(call, body=f"C=d&{again}".encode())
    assert verdict(RPC, split, time.time()) == "ok"
    differing = retouched(call, body=f"C=d&{joined([(name, value + 'x')])}".encode())
    assert verdict(RPC, differing, time.time()) == "InvalidParameter"


@pytest.mark.parametrize("name", ["AccessKeyId", "Signature", "Timestamp", "SignatureNonce"])
def test_what_is_missing_is_named(name):
    call = core_rpc({})
    for kept in ([], [(name, "")]):
        pairs = [pair for pair in call.request.query_pairs if pair[0] != name] + kept
        twin = retouched(call, raw_query=joined(pairs))
        assert verdict(RPC, twin, time.time()) == f"Missing{name}"


def test_an_anonymous_call_is_not_taken_for_a_signed_one():
    """The credential libraries call AssumeRoleWithOIDC with a nonce and a time, and no key."""
    call = core_rpc({})
    kept = ("Action", "Version", "Format", "Timestamp", "SignatureNonce")
    pairs = [(name, value) for name, value in call.request.query_pairs if name in kept]
    assert read_api_claim(retouched(call, raw_query=joined(pairs))) is None
    assert read_api_claim(retouched(call, raw_query="")) is None


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SignatureType", "BEARERTOKEN", "InvalidSignatureType"),
        ("SignatureType", "PRIVATEKEY", "InvalidSignatureType"),
        ("SignatureVersion", "2.0", "InvalidSignatureVersion"),
        ("Timestamp", "2026-11-23 15:00:00", "InvalidTimeStamp.Format"),
        ("Timestamp", "2026-13-23T15:00:00Z", "InvalidTimeStamp.Format"),
        ("Timestamp", "2026-11-23T15:00:00+08:00", "InvalidTimeStamp.Format"),
        ("AccessKeyId", "no such/key", "InvalidAccessKeyId.NotFound"),
        ("SignatureNonce", "n" * 257, "InvalidSignatureNonce"),
        ("SecurityToken", "t" * 8193, "InvalidSecurityToken.Malformed"),
    ],
)
def test_malformed_values_are_refused_by_name(name, value, code):
    call = core_rpc({})
    pairs = dict(call.request.query_pairs) | {name: value}
    assert verdict(RPC, retouched(call, raw_query=joined(list(pairs.items()))), time.time()) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "ok"),
        (31 * 60 - 2, "ok"),
        (31 * 60 + 2, "InvalidTimeStamp.Expired"),
        (-31 * 60 - 2, "InvalidTimeStamp.Expired"),
    ],
)
def test_the_time_is_bounded(seconds, code):
    call = core_rpc({})
    assert verdict(RPC, call, RPC.read(call).signed_at + seconds) == code


@pytest.mark.parametrize("name", ["x-acs-action", "x-acs-version"])
def test_an_unsigned_header_may_not_name_another_action(name):
    call = core_rpc({})
    fields = dict(call.request.headers)
    assert verdict(RPC, retouched(call, headers=fields | {name: "DeleteInstance"}), time.time()) == (
        "IncompleteSignature"
    )


@pytest.mark.parametrize("content_type", ["application/json", "", "text/plain"])
def test_a_body_that_is_not_covered_is_refused(content_type):
    call = core_rpc({}, method="POST")
    fields = dict(call.request.headers) | {"content-type": content_type}
    twin = retouched(call, headers=fields, body=b'{"DryRun":"false"}')
    assert verdict(RPC, twin, time.time()) == "IncompleteSignature"


def test_the_core_sdk_understands_the_refusal():
    """It compares what follows the colon with what it signed, and then says that the secret is wrong."""
    call = core_rpc(QUERY, {"F": AWKWARD}, method="POST")
    with pytest.raises(CloudError) as refusal:
        RPC.check(RPC.read(call), call, "other secret", time.time())
    error = refusal.value
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 400)
    prefix, text = error.message.split(":")
    assert prefix == "Specified signature is not matched with our calculation. server string to sign is"
    pairs = [(n, v) for n, v in [*call.request.query_pairs, *call.form] if n != "Signature"]
    assert text == f"POST&%2F&{joined([('', joined(sorted(pairs)))])[1:]}"
    body = f'{{"Code":"{error.code}","Message":"{error.message}"}}'.encode()
    understood = AcsClient("a", "b", "c")._get_server_exception(error.status, body, "h", text)
    assert understood.error_code == "InvalidAccessKeySecret"


def test_a_huge_parameter_is_not_repeated_whole():
    call = core_rpc({}, {"F": "中" * 100_000}, method="POST")
    with pytest.raises(CloudError) as refusal:
        RPC.check(RPC.read(call), call, "other", time.time())
    assert len(refusal.value.message) < 70_000


def test_an_authorization_header_decides_alone():
    call = core_rpc({})
    twin = retouched(call, headers=dict(call.request.headers) | {"authorization": "acs a:b"})
    assert RPC.read(twin) is None
    for kind in ("Bearer x", "Basic eA==", "OSS a:b", "", " "):
        twin = retouched(call, headers=dict(call.request.headers) | {"authorization": kind})
        with pytest.raises(CloudError) as refusal:
            read_api_claim(twin)
        assert refusal.value.code == "IncompleteSignature"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.binary(max_size=40))
def test_no_query_or_form_crashes(query, body):
    call = core_rpc({})
    fields = dict(call.request.headers) | {"content-type": FORM}
    request = altered(call.request, raw_query=f"AccessKeyId=k&{query}", headers=fields)
    try:
        claim = RPC.read(carrying(request, body))
    except CloudError:
        return
    assert claim is None or verdict(RPC, carrying(request, body), time.time()) != "ok"


def test_the_form_is_what_was_sent():
    """The recorder decodes forms as the front door does."""
    call = core_rpc({}, {"F": AWKWARD, "E": ""}, method="POST")
    assert call.form == parse_qsl(call.body.decode(), keep_blank_values=True)
    assert dict(call.form) == {"F": AWKWARD, "E": ""}
