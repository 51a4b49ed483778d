"""What names, descriptions and lists of ids may be. Bounds: VPC API 2016-04-28, the parameters' descriptions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.errors import invalid_parameter, unsupported_parameter
from yunbox.api.shapes import Tag
from yunbox.services.vpc.errors import malformed_name

MAX_NAME = 128
MAX_DESCRIPTION = 256

Tags = Annotated[list[Tag], Meta(max_length=20)]
ResourceGroup = Annotated[str, Meta(max_length=128)]


def check_name(name: str, parameter: str) -> str:
    """Return a name of at most 128 characters that is no address of the Web. Raises CloudError."""
    return _check(name, parameter, MAX_NAME)


def check_description(text: str, parameter: str = "Description") -> str:
    """Return a description of at most 256 characters that is no address of the Web. Raises CloudError."""
    return _check(text, parameter, MAX_DESCRIPTION)


def _check(text: str, parameter: str, most: int) -> str:
    if len(text) > most or text.lower().startswith(("http://", "https://")):
        raise malformed_name(parameter)
    return text


def several(text: str, parameter: str, most: int) -> frozenset[str]:
    """Return the parts of a text that commas separate. Raises CloudError for more than `most`."""
    found = frozenset(each.strip() for each in text.split(",") if each.strip())
    if len(found) > most:
        raise invalid_parameter(parameter, f"at most {most} are expected")
    return found


def must_be_off(value: bool, parameter: str, action: str) -> None:
    """Refuse, by name, to turn on what yunbox does not have. Raises CloudError."""
    if value:
        raise unsupported_parameter(parameter, action)
