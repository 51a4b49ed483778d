"""A client that knows exactly what was answered: one connection, no retries, V1 signatures."""

from __future__ import annotations

import base64
import hmac
import http.client
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

_SIGNED = frozenset(
    {"append", "partNumber", "position", "uploadId", "uploads", "versionId", "versioning", "versions"}
)
_BROKEN = (OSError, http.client.HTTPException)
ANSWER_SECONDS = 30


class LostError(Exception):
    """The connection from the local `port` broke before an answer: the request was done, or was not."""

    def __init__(self, port: int, reason: BaseException) -> None:
        super().__init__(f"{reason!r} on the connection from port {port}")
        self.port = port


class Answer(NamedTuple):
    """An answer whose status and headers have arrived; `body` is None when the rest of it did not."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes | None

    def whole(self) -> bytes:
        """Return the body. Raises ConnectionError when it was cut off."""
        if self.body is None:
            raise ConnectionError("the answer was cut off")
        return self.body


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


class Wire:
    """One client of a cloud."""

    def __init__(self, port: int, keys: tuple[str, str]) -> None:
        self._key, self._secret = keys
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(
        self,
        method: str,
        bucket: str,
        key: str = "",
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. Raises LostError when no status came back."""
        query = query or {}
        sent = self._signed(method, f"/{bucket}/{key}", query, dict(headers or {}))
        target = f"/{bucket}/{quote(key)}"
        if query:
            target += "?" + "&".join(
                f"{name}={quote(value, safe='')}" if value else name for name, value in query.items()
            )
        local = 0
        try:
            if self._connection.sock is None:
                self._connection.connect()
            local = self._connection.sock.getsockname()[1]
            self._connection.request(method, target, body, sent)
            response = self._connection.getresponse()
        except _BROKEN as error:
            self._connection.close()
            raise LostError(local, error) from error
        try:
            return Answer(response.status, response.headers, response.read())
        except _BROKEN:
            self._connection.close()
            return Answer(response.status, response.headers, None)

    def _signed(
        self, method: str, resource: str, query: Mapping[str, str], headers: dict[str, str]
    ) -> dict[str, str]:
        headers["Date"] = date = _date(int(time.time()))
        signed = [
            f"{name}={value}" if value else name for name, value in sorted(query.items()) if name in _SIGNED
        ]
        lines = "".join(
            f"{name}:{value}\n" for name, value in sorted(headers.items()) if name.startswith("x-oss-")
        )
        text = f"{method}\n\n{headers.get('Content-Type', '')}\n{date}\n{lines}{resource}"
        if signed:
            text += "?" + "&".join(signed)
        digest = hmac.digest(self._secret.encode(), text.encode(), "sha1")
        headers["Authorization"] = f"OSS {self._key}:{base64.b64encode(digest).decode()}"
        return headers
