"""What is remembered of each request: a structured access log and counters for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from yunbox.control.clock import Clock
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Response
from yunbox.gateway.metrics import Metrics


class AccessLine(msgspec.Struct, omit_defaults=True):
    """One line of the access log, as JSON. Times in seconds since the epoch, durations in milliseconds.

    The query string is left out: a presigned URL is a credential.
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


_encode = msgspec.json.Encoder().encode


class Recorder:
    """Writes the access log through `write` (whole lines) and feeds the metrics."""

    def __init__(self, clock: Clock, metrics: Metrics, write: Callable[[bytes], None] | None) -> None:
        self._clock = clock
        self._metrics = metrics
        self._write = write

    def watch(self, exchange: Exchange, response: Response) -> None:
        """Record the exchange once the response is sent."""

        def finished(sent: int) -> None:
            self._finished(exchange, response.status, sent)

        response.finished = finished

    def _finished(self, exchange: Exchange, status: int, sent: int) -> None:
        seconds = max(self._clock.now() - exchange.started, 0.0)
        self._metrics.observe(exchange.product, exchange.operation, status, seconds, sent)
        if self._write is None:
            return
        request = exchange.request
        line = AccessLine(
            time=exchange.started,
            request_id=exchange.request_id,
            method=request.method,
            host=_clean(request.host),
            path=_clean(request.target),
            product=exchange.product,
            operation=exchange.operation,
            status=status,
            sent=sent,
            milliseconds=round(seconds * 1000, 3),
            peer=request.peer,
            caller=exchange.principal.arn,
            access_key_id=exchange.principal.access_key_id,
            error=exchange.error_code,
            user_agent=_clean(request.headers.get("user-agent")[:200]),
        )
        self._write(_encode(line) + b"\n")

    def failure(self, exchange: Exchange, trace: str) -> None:
        """Log an unexpected failure with its trace, under the request's id."""
        if self._write is not None:
            self._write(
                _encode({"time": exchange.started, "request_id": exchange.request_id, "failure": trace})
                + b"\n"
            )
        self._metrics.failures += 1


def _clean(text: str) -> str:
    """Replace what is not text (bytes that came in as surrogates)."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
