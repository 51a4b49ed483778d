"""Requests as they go over the wire, and every way to sign one, at any time and with any secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from running import RunningCloud

REGION = "cn-hangzhou"
LIFETIME = 600
_SUB_RESOURCES = ("acl", "append", "delete", "position", "security-token", "uploads", "policy")


@dataclass(frozen=True)
class Signer:
    """Who signs: a key, a session's token, the region in the scope, and how far off the clock is (seconds)."""

    key: str
    secret: str
    token: str = ""
    region: str = REGION
    offset: float = 0.0

    @property
    def now(self) -> float:
        """What the signer believes the time to be."""
        return time.time() + self.offset

    @property
    def moment(self) -> str:
        """The time as a V4 signature states it."""
        return datetime.fromtimestamp(self.now, UTC).strftime("%Y%m%dT%H%M%SZ")


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """One request; `path` is decoded and starts with a slash."""

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""

    def but(self, **changes: Any) -> Asked:
        """Return a copy with other parts."""
        return replace(self, **changes)

    def header(self, name: str) -> str:
        """Return a header's value, or ""."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")

    def with_header(self, name: str, value: str | None) -> Asked:
        """Return a copy with a header changed, added, or (None) left out."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return self.but(headers=kept if value is None else (*kept, (name, value)))

    def with_query(self, name: str, value: str | None) -> Asked:
        """Return a copy with a parameter changed, added, or (None) left out."""
        kept = tuple(pair for pair in self.query if pair[0] != name)
        return self.but(query=kept if value is None else (*kept, (name, value)))

    @property
    def target(self) -> str:
        """The request's target."""
        return quote(self.path, safe="/") + (f"?{_joined(self.query)}" if self.query else "")


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    code: str = field(init=False)

    def __post_init__(self) -> None:
        text = self.body.decode("utf-8", "replace")
        if encoded := self.headers.get("x-oss-err"):
            text = base64.b64decode(encoded).decode()
        self.code = text.partition("<Code>")[2].partition("</Code>")[0]
        if self.status >= 500:
            raise AssertionError(f"{self.status} {text}")

    def element(self, name: str) -> str:
        """Return the text of an element of the error document."""
        return self.body.decode().partition(f"<{name}>")[2].partition(f"</{name}>")[0]


def send(cloud: RunningCloud, asked: Asked) -> Answer:
    """Send a request exactly as it is and return the answer; a server error fails the test."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=30)
    try:
        named = {name.lower() for name, _ in asked.headers}
        connection.putrequest(
            asked.method, asked.target, skip_host="host" in named, skip_accept_encoding=True
        )
        for name, value in asked.headers:
            connection.putheader(name, value.encode("utf-8"))
        if "content-length" not in named and (asked.body or asked.method in ("PUT", "POST")):
            connection.putheader("Content-Length", str(len(asked.body)))
        connection.endheaders(asked.body or None)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


Scheme = Callable[[Asked, Signer], Asked]


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" if v else quote(n, safe="") for n, v in pairs)


def _oss_lines(asked: Asked, also: tuple[str, ...] = ()) -> str:
    names = sorted((name.lower(), value) for name, value in asked.headers)
    return "".join(f"{n}:{v}\n" for n, v in names if n.startswith("x-oss-") or n in also)


def _v1_text(asked: Asked, date: str) -> str:
    signed = sorted(
        pair
        for pair in asked.query
        if pair[0] in _SUB_RESOURCES or pair[0].startswith(("x-oss-", "response-"))
    )
    resource = asked.path + ("?" + "&".join(f"{n}={v}" if v else n for n, v in signed) if signed else "")
    head = f"{asked.method}\n{asked.header('content-md5')}\n{asked.header('content-type')}\n{date}\n"
    return head + _oss_lines(asked) + resource


def _base64(secret: str, text: str, digest: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), digest)).decode()


def v1_header(asked: Asked, signer: Signer) -> Asked:
    """Sign by `Authorization: OSS`."""
    if signer.token:
        asked = asked.with_header("x-oss-security-token", signer.token)
    date = formatdate(signer.now, usegmt=True)
    signature = _base64(signer.secret, _v1_text(asked, date), "sha1")
    return asked.with_header("Date", date).with_header("Authorization", f"OSS {signer.key}:{signature}")


def v1_url(asked: Asked, signer: Signer) -> Asked:
    """Sign by OSSAccessKeyId, Expires and Signature."""
    if signer.token:
        asked = asked.with_query("security-token", signer.token)
    expires = str(int(signer.now) + LIFETIME)
    signature = _base64(signer.secret, _v1_text(asked, expires), "sha1")
    added = (("OSSAccessKeyId", signer.key), ("Expires", expires), ("Signature", signature))
    return asked.but(query=asked.query + added)


def _v2_text(asked: Asked, date: str) -> str:
    query = _joined(sorted(asked.query))
    head = f"{asked.method}\n{asked.header('content-md5')}\n{asked.header('content-type')}\n{date}\n"
    return f"{head}{_oss_lines(asked)}\n{quote(asked.path, safe='')}{'?' if query else ''}{query}"


def v2_header(asked: Asked, signer: Signer) -> Asked:
    """Sign by `Authorization: OSS2`."""
    if signer.token:
        asked = asked.with_header("x-oss-security-token", signer.token)
    date = formatdate(signer.now, usegmt=True)
    signature = _base64(signer.secret, _v2_text(asked, date), "sha256")
    authorization = f"OSS2 AccessKeyId:{signer.key},Signature:{signature}"
    return asked.with_header("Date", date).with_header("Authorization", authorization)


def v2_url(asked: Asked, signer: Signer) -> Asked:
    """Sign by x-oss-signature-version=OSS2 in the URL."""
    expires = str(int(signer.now) + LIFETIME)
    added: Pairs = (
        ("x-oss-signature-version", "OSS2"),
        ("x-oss-expires", expires),
        ("x-oss-access-key-id", signer.key),
    )
    if signer.token:
        added += (("x-oss-security-token", signer.token),)
    asked = asked.but(query=asked.query + added)
    return asked.with_query("x-oss-signature", _base64(signer.secret, _v2_text(asked, expires), "sha256"))


def _chain(family: str, signer: Signer, service: str, ending: str, text: str) -> str:
    key = (family + signer.secret).encode()
    for step in (signer.moment[:8], signer.region, service, ending):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _sha256(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def _v4_signature(asked: Asked, signer: Signer) -> str:
    lines = _oss_lines(asked, ("content-type", "content-md5"))
    path = quote(asked.path, safe="/")
    canonical = f"{asked.method}\n{path}\n{_joined(sorted(asked.query))}\n{lines}\n\nUNSIGNED-PAYLOAD"
    moment = signer.moment
    scope = f"{moment[:8]}/{signer.region}/oss/aliyun_v4_request"
    text = f"OSS4-HMAC-SHA256\n{moment}\n{scope}\n{_sha256(canonical)}"
    return _chain("aliyun_v4", signer, "oss", "aliyun_v4_request", text)


def v4_header(asked: Asked, signer: Signer) -> Asked:
    """Sign by `Authorization: OSS4-HMAC-SHA256`."""
    moment = signer.moment
    asked = asked.with_header("x-oss-date", moment).with_header("x-oss-content-sha256", "UNSIGNED-PAYLOAD")
    if signer.token:
        asked = asked.with_header("x-oss-security-token", signer.token)
    credential = f"{signer.key}/{moment[:8]}/{signer.region}/oss/aliyun_v4_request"
    signature = _v4_signature(asked, signer)
    return asked.with_header(
        "Authorization", f"OSS4-HMAC-SHA256 Credential={credential},Signature={signature}"
    )


def v4_url(asked: Asked, signer: Signer) -> Asked:
    """Sign by x-oss-signature-version=OSS4-HMAC-SHA256 in the URL."""
    moment = signer.moment
    added: Pairs = (
        ("x-oss-signature-version", "OSS4-HMAC-SHA256"),
        ("x-oss-date", moment),
        ("x-oss-expires", str(LIFETIME)),
        ("x-oss-credential", f"{signer.key}/{moment[:8]}/{signer.region}/oss/aliyun_v4_request"),
    )
    if signer.token:
        added += (("x-oss-security-token", signer.token),)
    asked = asked.but(query=asked.query + added)
    return asked.with_query("x-oss-signature", _v4_signature(asked, signer))


def _s3_signature(asked: Asked, signer: Signer, names: list[str], content: str, host: str) -> str:
    lines = "".join(f"{name}:{host if name == 'host' else asked.header(name)}\n" for name in names)
    query = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in sorted(asked.query))
    path = quote(asked.path, safe="/")
    canonical = f"{asked.method}\n{path}\n{query}\n{lines}\n{';'.join(names)}\n{content}"
    moment = signer.moment
    text = f"AWS4-HMAC-SHA256\n{moment}\n{moment[:8]}/{signer.region}/s3/aws4_request\n{_sha256(canonical)}"
    return _chain("AWS4", signer, "s3", "aws4_request", text)


def s3_header(asked: Asked, signer: Signer) -> Asked:
    """Sign by `Authorization: AWS4-HMAC-SHA256`, over the body's digest. The Host is the header's."""
    moment, content = signer.moment, _sha256(asked.body)
    asked = asked.with_header("x-amz-date", moment).with_header("x-amz-content-sha256", content)
    if signer.token:
        asked = asked.with_header("x-amz-security-token", signer.token)
    names = sorted(name.lower() for name, _ in asked.headers)
    signature = _s3_signature(asked, signer, names, content, asked.header("host"))
    return asked.with_header(
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={signer.key}/{moment[:8]}/{signer.region}/s3/aws4_request, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}",
    )


def s3_url(asked: Asked, signer: Signer) -> Asked:
    """Presign by X-Amz- parameters."""
    moment = signer.moment
    names = sorted(name.lower() for name, _ in asked.headers)
    added: Pairs = (
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", f"{signer.key}/{moment[:8]}/{signer.region}/s3/aws4_request"),
        ("X-Amz-Date", moment),
        ("X-Amz-Expires", str(LIFETIME)),
        ("X-Amz-SignedHeaders", ";".join(names)),
    )
    if signer.token:
        added += (("X-Amz-Security-Token", signer.token),)
    asked = asked.but(query=asked.query + added)
    signature = _s3_signature(asked, signer, names, "UNSIGNED-PAYLOAD", asked.header("host"))
    return asked.with_query("X-Amz-Signature", signature)


SCHEMES: dict[str, Scheme] = {
    "v1-header": v1_header,
    "v1-url": v1_url,
    "v2-header": v2_header,
    "v2-url": v2_url,
    "v4-header": v4_header,
    "v4-url": v4_url,
    "s3-header": s3_header,
    "s3-url": s3_url,
}
