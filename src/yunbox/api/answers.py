"""Answers and refusals as RPC and ROA clients read them: JSON, or XML for those who ask for it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from yunbox.api.shapes import Answer
from yunbox.errors import CloudError
from yunbox.gateway.protocols.xml import escape

Format = Literal["JSON", "XML"]

_encode = msgspec.json.Encoder().encode
_TYPES = {"JSON": "application/json;charset=utf-8", "XML": "text/xml;charset=utf-8"}


def content_type(format_: Format) -> tuple[str, str]:
    """Return the Content-Type header of a format."""
    return ("Content-Type", _TYPES[format_])


def body_of(answer: Answer) -> bytes:
    """Return an answer as JSON, without its request id: what is kept for a client token."""
    return _encode(answer)


def answered(body: bytes, action: str, request_id: str, format_: Format) -> bytes:
    """Return the answer to send: `body` with the request id put in front."""
    if format_ == "XML":
        fields = {"RequestId": request_id, **msgspec.json.decode(body)}
        return _document(f"{action}Response", fields)
    head = b'{"RequestId":"' + request_id.encode() + b'"'
    return head + (b"," if len(body) > 2 else b"") + body[1:]


def refused(error: CloudError, request_id: str, host: str, format_: Format) -> bytes:
    """Return a refusal's body."""
    fields: dict[str, Any] = {
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={error.code}",
    }
    if error.details:
        fields["AccessDeniedDetail"] = error.details
    return _document("Error", fields) if format_ == "XML" else _encode(fields)


def _document(root: str, fields: dict[str, Any]) -> bytes:
    pieces = ["<?xml version='1.0' encoding='UTF-8'?>"]
    _element(pieces, root, fields)
    return "".join(pieces).encode()


def _element(pieces: list[str], name: str, value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _element(pieces, name, each)
        return
    pieces.append(f"<{name}>")
    if isinstance(value, dict):
        for key, inner in value.items():
            _element(pieces, key, inner)
    elif isinstance(value, bool):
        pieces.append("true" if value else "false")
    elif value is not None:
        pieces.append(escape(str(value)))
    pieces.append(f"</{name}>")
