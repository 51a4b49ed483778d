"""Parameters that an action's request type takes, made from the type."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import msgspec
from api.vendor_shapes import bare

from yunbox.api.product import Action
from yunbox.api.shapes import Shape

_KNOWN = {"PolicyType": "System", "ResourceType": "user"}

_NEEDED = {
    "DeleteRouteEntry": {"RouteTableId": "sample"},
    "ModifyRouteEntry": {"RouteTableId": "sample"},
}
"""What a function asks for beyond what its type requires, such as one of two parameters."""


def parameters_of(action: Action) -> dict[str, str]:
    """Return parameters with which an action goes as far as asking for permission."""
    return dict(required(action.request)) | _NEEDED.get(action.name, {})


def required(type_: type[Shape], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a request must have."""
    hints = typing.get_type_hints(type_, include_extras=True)
    for each in msgspec.structs.fields(type_):
        if each.required:
            yield from sample(hints[each.name], f"{prefix}{each.encode_name}")


def sample(hint: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield a value for a parameter, or for the parts of one."""
    hint = bare(hint)
    if typing.get_origin(hint) is list:
        yield from sample(typing.get_args(hint)[0], f"{name}.1")
    elif typing.get_origin(hint) is typing.Literal:
        yield name, str(typing.get_args(hint)[0])
    elif isinstance(hint, type) and issubclass(hint, Shape):
        yield from required(hint, f"{name}.")
    else:
        yield name, _KNOWN.get(name) or {int: "1", bool: "true"}.get(hint, "sample")
