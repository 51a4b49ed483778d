"""AWS Signature Version 4, header form, as bytes ready to send. Pure.

Source: "Signature Version 4 signing process", Amazon S3 API reference. Signed headers are host,
x-amz-content-sha256 and x-amz-date, the least that S3 accepts, in the same form for every peer.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

UNSIGNED = "UNSIGNED-PAYLOAD"
_SIGNED_HEADERS = "host;x-amz-content-sha256;x-amz-date"


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key pair."""

    access_key_id: str
    secret: str


class Signer:
    """Signs for one host, key pair and second. The date's key chain is computed once."""

    def __init__(self, keys: Keys, host: str, now: datetime, region: str) -> None:
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.keys, self.host, self.stamp = keys, host, stamp
        self.scope = f"{stamp[:8]}/{region}/s3/aws4_request"
        key = b"AWS4" + keys.secret.encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key = key

    def head(
        self, method: str, path: str, query: Mapping[str, str], length: int, payload: str = UNSIGNED
    ) -> bytes:
        """The request's head with its blank line.

        `path` is the unencoded path with its leading slash; `length` is the body's, in bytes; `payload` is
        the body's hex SHA-256 or UNSIGNED.
        """
        encoded = quote(path, safe="/-_.~")
        arguments = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items())
        )
        canonical = (
            f"{method}\n{encoded}\n{arguments}\nhost:{self.host}\nx-amz-content-sha256:{payload}\n"
            f"x-amz-date:{self.stamp}\n\n{_SIGNED_HEADERS}\n{payload}"
        )
        to_sign = (
            f"AWS4-HMAC-SHA256\n{self.stamp}\n{self.scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        )
        signature = hmac.new(self._key, to_sign.encode(), "sha256").hexdigest()
        target = f"{encoded}?{arguments}" if arguments else encoded
        has_body = f"Content-Length: {length}\r\n" if length or method in ("PUT", "POST") else ""
        return (
            f"{method} {target} HTTP/1.1\r\nHost: {self.host}\r\n{has_body}"
            f"x-amz-content-sha256: {payload}\r\nx-amz-date: {self.stamp}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self.keys.access_key_id}/{self.scope}, "
            f"SignedHeaders={_SIGNED_HEADERS}, Signature={signature}\r\n\r\n"
        ).encode()
