"""Records what the real clients would have sent, as the request that the front door sees; no network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import alibabacloud_oss_v2 as oss_v2
import boto3
import oss2
import requests
from alibabacloud_oss_v2.types import HttpClient, HttpRequest
from botocore.config import Config as BotoConfig

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers, Request
from yunbox.gateway.signatures.scheme import Resource, Scheme

ACCESS_KEY = "LTAI5tExample"
SECRET = "an+example/secret"
TOKEN = "CAIS+/=token"
REGION = "cn-hangzhou"
BUCKET = "bucket-1"
ENDPOINT = "http://127.0.0.1:8900"

AWKWARD_KEYS = (
    "plain.txt",
    "dir/sub/object",
    "with space and+plus",
    "100%25 %2F?&=#",
    "中文/对象 名.txt",
    "a//b///c",
    "/leading",
    "trailing/",
    "~tilde_-.!*'()",
    'quote"<>\\^`{|}',
    "emoji-😀",
    "a/../b",
    "./..",
)


class RecordedError(Exception):
    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


class WholeBody:
    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.length: int | None = len(data)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.data), 4096):
            yield self.data[start : start + 4096]

    async def read(self, limit: int) -> bytes:
        return self.data


Fields = Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]


def seen(method: str, url: str, headers: Fields = ()) -> Request:
    """Return the request as the connection would hand it over."""
    parts = urlsplit(url)
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    fields = []
    for name, value in pairs:
        raw = value if isinstance(value, bytes) else value.encode()
        fields.append((name.lower(), raw.decode("utf-8", "surrogateescape").strip()))
    if not any(name == "host" for name, _ in fields):
        fields.append(("host", parts.netloc))
    return Request(
        method=method,
        target=parts.path or "/",
        raw_query=parts.query,
        headers=Headers(fields),
        host=parts.netloc.lower(),
        body=WholeBody(),
    )


def resource_of(request: Request) -> Resource:
    """Route a path-style request."""
    bucket, _, key = request.target[1:].partition("/")
    return Resource(unquote(bucket), unquote(key))


def recorded(call: Callable[[], Any]) -> Request:
    """Return the request that `call` would have sent."""
    try:
        call()
    except RecordedError as record:
        return record.request
    except oss_v2.exceptions.OperationError as error:
        cause: Any = error
        while cause is not None and not isinstance(cause, RecordedError):
            cause = cause.unwrap() if hasattr(cause, "unwrap") else None
        if cause is None:
            raise
        return cause.request
    raise AssertionError("nothing was sent")


class RecordingSession:
    """An oss2 session that records in place of sending."""

    def do_request(self, req: Any, timeout: Any) -> None:
        headers = {name: value for name, value in req.headers.items() if value is not None}
        prepared = requests.Request(req.method, ENDPOINT, params=req.params, headers=headers).prepare()
        # requests removes dot segments from a path before sending; the server must cope with those it gets.
        url = req.url + "?" + urlsplit(prepared.url).query
        raise RecordedError(seen(req.method, url, prepared.headers))


def oss2_bucket(auth: Any) -> Any:
    return oss2.Bucket(auth, ENDPOINT, BUCKET, session=RecordingSession(), region=REGION)


def oss2_service(auth: Any) -> Any:
    return oss2.Service(auth, ENDPOINT, session=RecordingSession(), region=REGION)


class RecordingClient(HttpClient):
    """An alibabacloud_oss_v2 transport that records in place of sending."""

    def send(self, request: HttpRequest, **kwargs: Any) -> Any:
        raise RecordedError(seen(request.method, request.url, list(request.headers.items())))

    def open(self) -> None: ...

    def close(self) -> None: ...


def v2_client(version: str = "v4", token: str | None = None) -> Any:
    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.StaticCredentialsProvider(ACCESS_KEY, SECRET, token)
    config.region = REGION
    config.endpoint = ENDPOINT
    config.signature_version = version
    config.retry_max_attempts = 1
    config.http_client = RecordingClient()
    return oss_v2.Client(config)


def s3_client(token: str | None = None, endpoint: str = ENDPOINT, **config: Any) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        config=BotoConfig(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config),
    )

    def record(request: Any, **_: Any) -> None:
        sent = seen(request.method, request.url, list(request.headers.items()))
        sent.body = WholeBody(request.body.read() if hasattr(request.body, "read") else request.body or b"")
        raise RecordedError(sent)

    client.meta.events.register("before-send.s3", record)
    return client


def verdict(
    scheme: Scheme, request: Request, now: float, *, secret: str = SECRET, resource: Any = None
) -> str:
    """Return `ok`, or the code of the refusal; `unsigned` when the scheme does not see its signature."""
    try:
        claim = scheme.read(request)
        if claim is None or claim.access_key_id != ACCESS_KEY:
            return "unsigned"
        scheme.check(claim, request, resource or resource_of(request), secret, now)
    except CloudError as error:
        assert secret not in str(vars(error))
        return error.code
    return "ok"


def altered(request: Request, **changes: Any) -> Request:
    """Return a copy of a request with another `method`, `target`, `raw_query` or `headers` (a mapping)."""
    headers = changes.pop("headers", None)
    if headers is not None:
        changes.setdefault("host", headers.get("host", "").lower())
    parts: dict[str, Any] = {
        "method": request.method,
        "target": request.target,
        "raw_query": request.raw_query,
        "host": request.host,
        "body": request.body,
        "headers": request.headers if headers is None else Headers(list(headers.items())),
    }
    return Request(**(parts | changes))


def quoted(key: str) -> str:
    return quote(key, safe="/")
