"""Requests as they are on the wire, where oss2 would hide something, and the newer SDK."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
from running import RunningCloud


def sdk_v2(cloud: RunningCloud) -> oss.Client:
    """Return the client of alibabacloud_oss_v2."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(*cloud.keys)
    config.region = "cn-hangzhou"
    config.endpoint = cloud.endpoint
    return oss.Client(config)


class Answer:
    """A whole answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw_headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def code(self) -> str:
        """The error code of a refusal."""
        return self.body.decode().partition("<Code>")[2].partition("</Code>")[0]


def send(
    cloud: RunningCloud,
    method: str,
    target: str,
    body: bytes = b"",
    headers: dict[str, str | bytes] | None = None,
) -> Answer:
    """Send one request; `target` is a path or a signed URL."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=30)
    try:
        if "://" in target:
            parts = urlsplit(target)
            target = f"{parts.path}?{parts.query}"
        connection.request(method, target, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def send_bytes(cloud: RunningCloud, raw: bytes) -> bytes:
    """Send bytes as they are and return everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", cloud.state["port"]), timeout=30) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer
