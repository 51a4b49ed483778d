"""multipart/form-data, read as it arrives: fields first, then one file of any size.

Source: RFC 7578 and RFC 2046. Nothing is held in memory but one field at a time and a window of the file.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec

from yunbox.errors import CloudError

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100
MAX_FIELDS_BYTES = 1024 * 1024
_MAX_PART_HEAD = 8 * 1024
_MAX_PREAMBLE = 4 * 1024
_BOUNDARY = re.compile(
    r'boundary=(?:"([^"\\]{1,70})"|([0-9A-Za-z\'()+_,\-./:=?]{1,70}))(?:\s*;|\s*$)', re.IGNORECASE
)
_PARAMETER = re.compile(r';\s*([A-Za-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')

Fields = list[tuple[str, str]]


class FilePart(msgspec.Struct, frozen=True):
    """What a form says of its file: the name it had (no folders) and its media type, both maybe empty."""

    name: str
    content_type: str


class _PartHead(msgspec.Struct, frozen=True):
    name: str
    filename: str
    content_type: str


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a Content-Type header states. Raises CloudError (RequestIsNotMultiPartContent)."""
    kind, _, parameters = content_type.partition(";")
    match = _BOUNDARY.search(parameters)
    if kind.strip().lower() != "multipart/form-data" or match is None:
        raise CloudError(
            "RequestIsNotMultiPartContent",
            400,
            "Bucket POST must be of the enclosure-type multipart/form-data.",
        )
    return (match[1] or match[2]).encode("utf-8", "surrogateescape")


def malformed(reason: str) -> CloudError:
    """Return the refusal of a body that is no form, saying why."""
    return CloudError(
        "MalformedPOSTRequest",
        400,
        f"The body of your POST request is not well-formed multipart/form-data: {reason}.",
    )


class FormReader:
    """Reads one form: call `read_fields`, then iterate over `file` to its end."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._body = body
        self._delimiter = b"\r\n--" + boundary
        # The first delimiter may stand at the very beginning, with no line before it.
        self._buffer = bytearray(b"\r\n")

    async def read_fields(self) -> tuple[Fields, FilePart]:
        """Return the fields that come before the file, in order, and what the form says of the file.

        Raises CloudError: MalformedPOSTRequest, FieldItemTooLong, IncorrectNumberOfFilesInPOSTRequest.
        """
        await self._take_until(self._delimiter, _MAX_PREAMBLE, malformed("the first boundary is missing"))
        fields: Fields = []
        left = MAX_FIELDS_BYTES
        while await self._another_part():
            head = await self._part_head()
            if head.name.lower() == "file":
                return fields, FilePart(re.split(r"[/\\]", head.filename)[-1], head.content_type)
            value = await self._take_until(self._delimiter, min(MAX_FIELD_BYTES, left), _too_long(head.name))
            left -= len(value)
            fields.append((head.name, _text(value)))
            if len(fields) > MAX_FIELDS:
                raise malformed("it has too many fields")
        raise CloudError(
            "IncorrectNumberOfFilesInPOSTRequest", 400, "POST requires exactly one file upload per request."
        )

    async def file(self) -> AsyncIterator[bytes]:
        """Yield the file's bytes. Raises CloudError (MalformedPOSTRequest) when its end is missing."""
        keep = len(self._delimiter) - 1
        while (end := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > keep:
                piece = bytes(self._buffer[:-keep])
                del self._buffer[:-keep]
                yield piece
            await self._fill("the file does not end")
        if end:
            yield bytes(self._buffer[:end])
        del self._buffer[: end + len(self._delimiter)]
        # What follows the file, such as the submit button of a page, has no meaning; that its end is real has.
        await self._another_part()

    async def _another_part(self) -> bool:
        """Say what follows a delimiter: another part, or the end of the form."""
        line = await self._take_until_either()
        if line.startswith(b"--"):
            return False
        if line.strip(b" \t"):
            raise malformed("a boundary is followed by other text")
        return True

    async def _take_until_either(self) -> bytes:
        while len(self._buffer) < 2:
            await self._fill("it ends behind a boundary")
        if self._buffer.startswith(b"--"):
            return b"--"
        return await self._take_until(b"\r\n", 256, malformed("a boundary is followed by other text"))

    async def _part_head(self) -> _PartHead:
        if not self._buffer.startswith(b"\r\n"):
            raw = await self._take_until(
                b"\r\n\r\n", _MAX_PART_HEAD, malformed("the head of a part is too long")
            )
        else:
            raw = b""
        disposition = content_type = ""
        for line in _text(raw).split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-disposition":
                disposition = value.strip()
            elif name.strip().lower() == "content-type":
                content_type = value.strip()
        parameters = {
            match[1].lower(): _unescaped(match[2]) if match[2] is not None else match[3]
            for match in _PARAMETER.finditer(disposition)
        }
        if not disposition.lower().startswith("form-data") or not parameters.get("name"):
            raise malformed("a part has no name")
        return _PartHead(parameters["name"], parameters.get("filename", ""), content_type)

    async def _take_until(self, mark: bytes, limit: int, refusal: CloudError) -> bytes:
        """Return what comes before `mark` and pass over both. Raises `refusal` when that is over `limit` bytes."""
        seen = 0
        while (end := self._buffer.find(mark, seen)) < 0:
            if len(self._buffer) > limit + len(mark):
                raise refusal
            seen = max(len(self._buffer) - len(mark) + 1, 0)
            await self._fill("it ends too early")
        if end > limit:
            raise refusal
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    async def _fill(self, missing: str) -> None:
        async for chunk in self._body:
            self._buffer += chunk
            return
        raise malformed(missing)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise malformed("a field is not UTF-8") from None


def _unescaped(quoted: str) -> str:
    """Undo the escapes of a quoted name: browsers send %22 for a quote, others a backslash before it."""
    return quoted.replace('\\"', '"').replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _too_long(name: str) -> CloudError:
    return CloudError(
        "FieldItemTooLong",
        400,
        "A form field is too long.",
        details={"MaxLength": str(MAX_FIELD_BYTES), "Name": name[:128]},
    )
