"""The native OSS door: requests signed by the vendor's own SDK (`oss2`), offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import oss2  # type: ignore[import-untyped]
from oss2.http import Request  # type: ignore[import-untyped]

from bench.sigv4 import Keys


class OssDoor:
    """OSS in path style, signed in headers with scheme V1 or V4 at the second `head` is called.

    V1 does not cover the body; V4 covers it as UNSIGNED-PAYLOAD. Both are what the SDK sends.
    """

    def __init__(self, keys: Keys, host: str, version: Literal[1, 4], region: str) -> None:
        self.name = f"OSS V{version}"
        self._host = host
        self._region = region
        scheme = oss2.Auth if version == 1 else oss2.AuthV4
        self._auth = scheme(keys.access_key_id, keys.secret)

    def head(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> bytes:
        """See bench.doors.Door."""
        bucket, _, key = path.lstrip("/").partition("/")
        encoded = quote(path, safe="/-_.~")
        request = Request(
            method,
            f"http://{self._host}{encoded}",
            params=dict(query),
            headers={},
            region=self._region,
            product="oss",
        )
        self._auth._sign_request(request, bucket, key)
        arguments = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query.items())
        kept = {k: v for k, v in request.headers.items() if k.lower() not in _OWN}
        lines = "".join(f"{name}: {value}\r\n" for name, value in kept.items() if value is not None)
        target = f"{encoded}?{arguments}" if arguments else encoded
        has_body = f"Content-Length: {len(body)}\r\n" if body or method in ("PUT", "POST") else ""
        return f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{has_body}{lines}\r\n".encode()


_OWN = frozenset({"host", "content-length", "user-agent", "accept-encoding", "connection"})
