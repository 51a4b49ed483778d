"""Parameters with which an action goes as far as asking for permission, made from its request type."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
from api.vendor_shapes import bare
from services.ram.callers import Caller, code_of

from yunbox.api.product import Action, Product
from yunbox.api.shapes import Shape

_CHOSEN = {
    "DeleteRouteEntry": {"RouteTableId": "sample"},
    "ModifyRouteEntry": {"RouteTableId": "sample"},
}
"""Of several ways to name a thing, the one that says which permission is needed before it is looked up."""

_KNOWN = {"PolicyType": "System", "ResourceType": "user"}
_TAGGED = {
    "Ecs": {"ResourceType": "instance"},
    "Vpc": {"ResourceType": "VPC"},
    "Slb": {"ResourceType": "instance"},
    "Alb": {"ResourceType": "loadbalancer"},
}
_MISSING = re.compile(r'The input parameter "([A-Za-z0-9.]+)" that is mandatory')


def refusal(caller: Caller, product: Product, action: Action, **more: str) -> str:
    """Return the code that an action is refused with, empty when it is not.

    What a function asks for beyond what its type requires, such as one of two parameters, is added as it asks.
    """
    parameters = dict(required(action.request)) | _CHOSEN.get(action.name, {}) | more
    parameters |= {name: value for name, value in _TAGGED.get(product.code, {}).items() if name in parameters}
    for _ in range(4):
        try:
            caller.ask_all(product.version, action.name, parameters)
        except Exception as error:
            missing = _MISSING.search(str(error))
            if missing is None or missing[1] in parameters:
                return code_of(error)
            parameters[missing[1]] = "sample"
        else:
            return ""
    raise AssertionError(f"{action.name} goes on asking: {parameters}")


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
        yield from list(required(hint, f"{name}.")) or first(hint, f"{name}.")
    else:
        yield name, _KNOWN.get(name) or {int: "1", float: "1", bool: "true"}.get(hint, "sample")


def first(type_: type[Shape], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield a value for the first part of a structure that requires none."""
    hints = typing.get_type_hints(type_, include_extras=True)
    for each in msgspec.structs.fields(type_)[:1]:
        yield from sample(hints[each.name], f"{prefix}{each.encode_name}")
