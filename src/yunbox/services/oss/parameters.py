"""Reading query parameters, with the vendor's refusals."""

from __future__ import annotations

from collections.abc import Mapping

from yunbox.services.oss.errors import invalid_argument


def integer(query: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    """Return an integer parameter. Raises CloudError (InvalidArgument) when it is none or out of bounds."""
    text = query.get(name, "")
    if not text:
        return default
    value = int(text) if len(text) <= 10 and text.isascii() and text.isdigit() else -1
    if not low <= value <= high:
        raise invalid_argument(f"Argument {name} must be an integer between {low} and {high}.", name, text)
    return value


def encoding_type(query: Mapping[str, str]) -> str:
    """Return `url` or "". Raises CloudError (InvalidArgument) for another encoding."""
    text = query.get("encoding-type", "")
    if text and text.lower() != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request.", "encoding-type", text)
    return text.lower()
