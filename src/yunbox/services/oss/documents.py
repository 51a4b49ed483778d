"""Configuration documents of a bucket: read from requests, kept in its settings by name."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import from_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.digest import check_content_md5, md5_hex

T = TypeVar("T", bound=msgspec.Struct)


async def read_body(call: Call, limit: int = MAX_XML_BODY) -> bytes:
    """Return the request's whole body, checked against its Content-MD5. Raises CloudError."""
    body = await call.request.body.read(limit)
    if announced := call.header("content-md5"):
        check_content_md5(announced, md5_hex(body))
    return body


async def read_document(call: Call, kind: type[T], root: str = "") -> T:
    """Return the document that the request carries; its root element is named as `kind` unless given.

    Raises CloudError (MalformedXML).
    """
    return from_xml(await read_body(call), kind, root or kind.__name__)


async def keep(call: Call, name: str, value: msgspec.Struct | None) -> None:
    """Keep a configuration of the call's bucket in place of the former one; None removes it."""
    await call.change_settings(lambda settings: settings.with_configuration(name, value))


def gone() -> Response:
    """Return the answer to a deletion, also of what was not there."""
    return Response(204)
