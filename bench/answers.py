"""HTTP/1.1 answers as a load generator needs them: the head's few facts and chunked bodies. Pure."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_LIMIT = 64 * 1024


class AnswerError(Exception):
    """The peer sent something that is not an HTTP/1.1 answer this generator reads."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a head says. `length` is None for a chunked body; `closes` means no further request fits."""

    status: int
    length: int | None
    closes: bool


def parse_head(head: bytes) -> Head:
    """Read a head without its final blank line.

    Raises AnswerError when the status line is not HTTP/1.x or when the end of the body is told only
    by the end of the connection: such an answer cannot be told from one cut short.
    """
    if not head.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")) or not head[9:12].isdigit():
        raise AnswerError(f"not an HTTP/1.x status line: {head[:80]!r}")
    status = int(head[9:12])
    lowered = head.lower()
    closes = b"\r\nconnection: close" in lowered or (
        head[7:8] == b"0" and b"\r\nconnection: keep-alive" not in lowered
    )
    at = lowered.find(b"\r\ncontent-length:")
    if at >= 0:
        digits = lowered[at + 17 : at + 48].split(b"\r\n", 1)[0].strip()
        if not digits.isdigit():
            raise AnswerError(f"content-length {digits!r}")
        return Head(status, int(digits), closes)
    if b"\r\ntransfer-encoding: chunked" in lowered:
        return Head(status, None, closes)
    if status == 204 or status == 304:
        return Head(status, 0, closes)
    raise AnswerError(f"neither content-length nor chunked: {head[:300]!r}")


def decode_chunked(data: bytes, start: int) -> bytes | None:
    """Return the body of a complete chunked message that begins at `start`, or None when more must come.

    Trailers are skipped. Raises AnswerError on a bad size line, or when bytes follow the message.
    """
    parts: list[bytes] = []
    while True:
        line_end = data.find(b"\r\n", start)
        if line_end < 0:
            return None
        try:
            size = int(data[start:line_end].split(b";", 1)[0], 16)
        except ValueError:
            raise AnswerError(f"chunk size {data[start:line_end][:40]!r}") from None
        start = line_end + 2
        if size == 0:
            return _after_trailers(data, start, parts)
        if len(data) < start + size + 2:
            return None
        if data[start + size : start + size + 2] != b"\r\n":
            raise AnswerError("a chunk is longer than its size line says")
        parts.append(data[start : start + size])
        start += size + 2


def _after_trailers(data: bytes, start: int, parts: list[bytes]) -> bytes | None:
    while True:
        line_end = data.find(b"\r\n", start)
        if line_end < 0:
            return None
        if line_end == start:
            if line_end + 2 != len(data):
                raise AnswerError("bytes follow the last chunk")
            return b"".join(parts)
        start = line_end + 2
