"""Requests signed with SigV4 by hand, to send what no client sends."""

from __future__ import annotations

import hashlib
import hmac
import http.client
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from running import RunningCloud

SIGNED_STREAM = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


class _Auth(S3SigV4Auth):  # type: ignore[misc]
    """Signs with the x-amz-content-sha256 that it is told."""

    content_sha256 = ""

    def payload(self, request: Any) -> str:
        return self.content_sha256


def signed_head(
    cloud: RunningCloud, method: str, target: str, content_sha256: str, headers: dict[str, str] | None = None
) -> dict[str, str]:
    """Return the headers of a request, with its signature. `headers` may name another Host."""
    given = dict(headers or {})
    host = given.pop("Host", f"127.0.0.1:{cloud.state['port']}")
    request = AWSRequest(method, f"http://{host}{target}", headers=given)
    request.headers["Host"] = host
    auth = _Auth(Credentials(*cloud.keys), "s3", "cn-hangzhou")
    auth.content_sha256 = content_sha256
    auth.add_auth(request)
    return dict(request.headers.items())


def send(
    cloud: RunningCloud, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Send a request as it is and return status, headers by lower-case name, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=20)
    try:
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def put(
    cloud: RunningCloud, target: str, body: bytes, content_sha256: str, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Sign and send a PUT; `_` in header names stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(cloud, "PUT", target, signed_head(cloud, "PUT", target, content_sha256, named), body)


def signed_chunks(cloud: RunningCloud, head: dict[str, str], chunks: list[bytes]) -> bytes:
    """Return chunks in aws-chunked encoding, signed one by one after the head's signature."""
    date = head["X-Amz-Date"]
    scope = f"{date[:8]}/cn-hangzhou/s3/aws4_request"
    key = f"AWS4{cloud.keys[1]}".encode()
    for part in (date[:8], "cn-hangzhou", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    previous = head["Authorization"].rpartition("Signature=")[2]
    nothing = hashlib.sha256(b"").hexdigest()
    parts = []
    for chunk in [*chunks, b""]:
        digest = hashlib.sha256(chunk).hexdigest()
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{nothing}\n{digest}"
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        parts.append(b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), previous.encode(), chunk))
    return b"".join(parts)
