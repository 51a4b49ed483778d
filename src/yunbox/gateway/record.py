"""What is remembered of each request: a structured access log and counters for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from yunbox.control.clock import Clock
from yunbox.engines.objects.interface import FileSpan
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.masking import masked_query
from yunbox.gateway.metrics import Metrics


class AccessLine(msgspec.Struct, omit_defaults=True):
    """One line of the access log, as JSON. Times in seconds since the epoch, durations in milliseconds.

    From `query` on the fields are filled only for what may have to be delivered to a user (`Exchange.logged`).
    Signatures and tokens are masked in `query`: a presigned URL is a credential. `answered` is when the answer
    stood, `milliseconds` when its last byte was handed over. `received` counts the bytes of the whole request,
    `uploaded` those of its body. `size` is how long the answer would be whole and uncompressed, -1 for a refusal.
    `account` is the id of the user, or else of the account, who called.
    """

    time: float
    request_id: str
    method: str
    host: str
    path: str
    product: str
    operation: str
    status: int
    sent: int
    milliseconds: float
    peer: str
    caller: str = ""
    access_key_id: str = ""
    error: str = ""
    user_agent: str = ""
    query: str = ""
    referer: str = ""
    bucket: str = ""
    key: str = ""
    account: str = ""
    answered: float = 0.0
    received: int = 0
    uploaded: int = 0
    size: int = -1
    storage_class: str = ""


MAX_PATH = 4096
"""A path longer than this, in characters, is cut in the log; no object's is."""

_encode = msgspec.json.Encoder().encode


class Recorder:
    """Writes the access log through `write` (whole lines) and feeds the metrics."""

    def __init__(self, clock: Clock, metrics: Metrics, write: Callable[[bytes], None] | None) -> None:
        self._clock = clock
        self._metrics = metrics
        self._write = write

    def watch(self, exchange: Exchange, response: Response) -> None:
        """Record the exchange once the response is sent."""

        answered = self._clock.now()

        def finished(sent: int) -> None:
            self._finished(exchange, response, answered, sent)

        response.finished = finished

    def _finished(self, exchange: Exchange, response: Response, answered: float, sent: int) -> None:
        seconds = max(self._clock.now() - exchange.started, 0.0)
        self._metrics.observe(exchange.product, exchange.operation, response.status, seconds, sent)
        if self._write is None:
            return
        request = exchange.request
        line = AccessLine(
            time=exchange.started,
            request_id=exchange.request_id,
            method=request.method,
            host=_clean(request.host),
            path=_clean(request.target[:MAX_PATH]),
            product=exchange.product,
            operation=exchange.operation,
            status=response.status,
            sent=sent,
            milliseconds=round(seconds * 1000, 3),
            peer=request.peer,
            caller=exchange.principal.arn,
            access_key_id=exchange.principal.access_key_id,
            error=exchange.error_code,
            user_agent=_clean(request.headers.get("user-agent")[:200]),
        )
        if exchange.logged and exchange.bucket:
            _add_details(line, exchange, response, answered)
        self._write(_encode(line) + b"\n")

    def failure(self, exchange: Exchange, trace: str) -> None:
        """Log an unexpected failure with its trace, under the request's id."""
        if self._write is not None:
            self._write(
                _encode({"time": exchange.started, "request_id": exchange.request_id, "failure": trace})
                + b"\n"
            )
        self._metrics.failures += 1


def _add_details(line: AccessLine, exchange: Exchange, response: Response, answered: float) -> None:
    request, principal = exchange.request, exchange.principal
    line.query = _clean(masked_query(request.raw_query))
    line.referer = _clean(request.headers.get("referer")[:1024])
    line.bucket = exchange.bucket
    line.key = exchange.key
    line.account = principal.user_id or principal.account_id
    line.answered = round(max(answered - exchange.started, 0.0) * 1000, 3)
    line.uploaded = request.body.length or 0
    line.received = _head_bytes(request) + line.uploaded
    line.size, line.storage_class = _stated(response)


def _stated(response: Response) -> tuple[int, str]:
    """Return how long the whole would be that is answered (-1: a refusal), and its storage class."""
    size, storage_class, body = -1, "", response.body
    if response.status == 200:
        if response.length is not None:
            size = response.length
        else:
            size = len(body) if isinstance(body, bytes) else sum(map(_length, body))
    for name, value in response.headers:
        if name == "x-oss-storage-class":
            storage_class = value
        elif name == "Content-Range":
            total = value.rpartition("/")[2]
            size = int(total) if total.isdigit() else -1
    return size, storage_class


def _length(piece: bytes | FileSpan) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.length


def _head_bytes(request: Request) -> int:
    """Return about how long the head was: header fields that came twice count as one."""
    size = len(request.method) + len(request.target) + len(request.raw_query) + 14
    for name, value in request.headers:
        size += len(name) + len(value) + 4
    return size


def _clean(text: str) -> str:
    """Replace what is not text (bytes that came in as surrogates)."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
