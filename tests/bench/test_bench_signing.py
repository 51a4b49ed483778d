"""Pre-signed requests are what the vendors' own documents and signers make."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sigv4 import UNSIGNED, Keys, Signer

EXAMPLE = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
THEN = datetime(2013, 5, 24, tzinfo=UTC)
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("query", "signature"),
    [
        ({"lifecycle": ""}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            {"prefix": "J", "max-keys": "2"},
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_the_examples_of_the_s3_reference_come_out(query, signature):
    """Amazon S3 API reference, "Authenticating requests: Authorization header", examples 3, 4."""
    head = Signer(EXAMPLE, "examplebucket.s3.amazonaws.com", THEN, "us-east-1").head(
        "GET", "/", query, 0, EMPTY
    )
    assert f"Signature={signature}\r\n".encode() in head


def header(head, name):
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
    return lines[name]


@given(
    key=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
    after=st.text(st.characters(codec="ascii", min_codepoint=32), max_size=20),
)
def test_any_key_and_query_is_signed_as_botocore_signs_it(key, after):
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    now = datetime.now(UTC)
    head = Signer(EXAMPLE, "127.0.0.1:1", now, "us-east-1").head(
        "GET", f"/b/{key}", {"start-after": after}, 0
    )
    target = head.split(b" ")[1].decode()
    request = AWSRequest("GET", f"http://127.0.0.1:1{target}")
    request.headers["X-Amz-Content-SHA256"] = UNSIGNED
    request.headers["X-Amz-Date"] = header(head, "x-amz-date")
    request.context["timestamp"] = header(head, "x-amz-date")
    signer = auth.S3SigV4Auth(Credentials(EXAMPLE.access_key_id, EXAMPLE.secret), "s3", "us-east-1")
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    assert header(head, "Authorization").endswith(f"Signature={signature}")


def lines_of(head):
    """Header lines by lower-case name."""
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
    return {name.lower(): value for name, value in pairs}


@pytest.mark.parametrize("version", [1, 4])
def test_an_oss_request_is_what_oss2_itself_sends(version):
    oss2 = pytest.importorskip("oss2")
    from bench.ossdoor import OssDoor

    scheme = {1: oss2.Auth, 4: oss2.AuthV4}[version](EXAMPLE.access_key_id, EXAMPLE.secret)
    moment = {1: "date", 4: "x-oss-date"}[version]
    for _ in range(10):  # The signer reads the clock: both must fall into one second.
        head = OssDoor(EXAMPLE, "127.0.0.1:1", version, "cn-hangzhou").head("PUT", "/bkt/a b/ü", {}, b"12345")
        request = oss2.http.Request("PUT", "http://x", headers={}, region="cn-hangzhou", product="oss")
        scheme._sign_request(request, "bkt", "a b/ü")
        sent = lines_of(head)
        if sent[moment] == request.headers[moment]:
            break
    assert head.split(b"\r\n")[0] == b"PUT /bkt/a%20b/%C3%BC HTTP/1.1"
    assert sent["content-length"] == "5"
    assert sent[moment] == request.headers[moment]
    assert sent["authorization"] == request.headers["authorization"]
