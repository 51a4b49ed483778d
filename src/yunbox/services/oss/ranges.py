"""Byte ranges, as OSS reads them."""

from __future__ import annotations

import re

from yunbox.errors import CloudError
from yunbox.services.oss.call import Call

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


def requested_range(call: Call, size: int) -> tuple[int, int] | None:
    """Return [start, stop) of the range asked for, or None for the whole.

    OSS ignores a range it cannot read and one that reaches beyond the end (GetObject documentation, "Range");
    with `x-oss-range-behavior: standard` it behaves as RFC 9110 says: cut at the end, 416 (InvalidRange) when
    it begins behind it.
    """
    return read_range(call.header("range"), size, standard=call.header("x-oss-range-behavior") == "standard")


def read_range(header: str, size: int, *, standard: bool) -> tuple[int, int] | None:
    """Return [start, stop) for a Range header, or None. Raises CloudError (InvalidRange) if `standard`."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        if length == 0 or (size == 0 and standard):
            raise invalid_range(header, size)
        if length > size and not standard:
            return None
        return max(size - length, 0), size
    start = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < start:
        return None
    if start >= size:
        if standard:
            raise invalid_range(header, size)
        if size and not match[2]:
            raise invalid_range(header, size)
        return None
    if last >= size:
        if not standard:
            return None
        last = size - 1
    return start, last + 1


def invalid_range(header: str, size: int) -> CloudError:
    """Return the refusal of a range that the object does not have."""
    return CloudError(
        "InvalidRange",
        416,
        "The requested range cannot be satisfied",
        ec="0026-00000015",
        details={"ActualObjectSize": str(size), "RangeRequested": header},
        headers={"Content-Range": f"bytes */{size}"},
    )
