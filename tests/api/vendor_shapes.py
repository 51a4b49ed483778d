"""The wire shapes of actions: as yunbox's types say them, and as the official SDKs' models do."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Iterator
from typing import Any

import msgspec

from yunbox.api.shapes import Shape

SDKS = {
    "Ecs": "alibabacloud_ecs20140526",
    "Vpc": "alibabacloud_vpc20160428",
    "Ram": "alibabacloud_ram20150501",
    "Sts": "alibabacloud_sts20150401",
    "ResourceManager": "alibabacloud_resourcemanager20200331",
    "Slb": "alibabacloud_slb20140515",
    "Alb": "alibabacloud_alb20200616",
    "Cas": "alibabacloud_cas20200407",
    "Cms": "alibabacloud_cms20190101",
    "PTS": "alibabacloud_pts20201020",
    "Ess 2022-02-22": "alibabacloud_ess20220222",
}
"""The official SDK of each product, by its code, and its version where there are several."""

Tree = Any
"""A type's shape: a dict of wire names, a list of one item, or the name of a scalar's type."""


def bare(hint: Any) -> Any:
    """Return a hint without Annotated, None and UNSET."""
    if typing.get_origin(hint) is typing.Annotated:
        return bare(typing.get_args(hint)[0])
    arguments = [each for each in typing.get_args(hint) if each not in (type(None), msgspec.UnsetType)]
    if isinstance(hint, typing.types.UnionType) or typing.get_origin(hint) is typing.Union:
        return bare(arguments[0]) if len(arguments) == 1 else Any
    return hint


class Fields(dict[str, Tree]):
    """The fields of one of yunbox's types; those in `optional` are left out where they have no value."""

    optional: frozenset[str] = frozenset()


def shape_of(hint: Any) -> Tree:
    """Return the shape of one of yunbox's types."""
    hint = bare(hint)
    origin = typing.get_origin(hint)
    if origin in (list, tuple):
        return [shape_of(typing.get_args(hint)[0])]
    if origin is dict:
        return {}
    if origin is typing.Literal:
        return type(typing.get_args(hint)[0]).__name__
    if isinstance(hint, type) and issubclass(hint, Shape):
        hints = typing.get_type_hints(hint, include_extras=True)
        found = Fields(
            {each.encode_name: shape_of(hints[each.name]) for each in msgspec.structs.fields(hint)}
        )
        found.optional = frozenset(
            each.encode_name
            for each in msgspec.structs.fields(hint)
            if msgspec.UnsetType in typing.get_args(hints[each.name])
        )
        return found
    return "Any" if hint in (msgspec.Raw, Any) else getattr(hint, "__name__", str(hint))


def sdk_shape(product: str, action: str) -> Tree | None:
    """Return the shape of an action's answer in the official SDK, or None when the SDK lacks the action."""
    models = importlib.import_module(f"{SDKS[product]}.models")
    model = getattr(models, f"{action}ResponseBody", None)
    return None if model is None else _filled(model, models).to_map()


def sdk_parameters(product: str, action: str) -> Tree:
    """Return the shape of an action's parameters in the official SDK; newer ones stand there first."""
    if product not in SDKS:
        return {}
    models = importlib.import_module(f"{SDKS[product]}.models")
    model = getattr(models, f"{action}Request", None)
    return {} if model is None else _filled(model, models).to_map()


def sdk_requests(package: str) -> dict[str, set[str]]:
    """Return the names of the parameters of every action that an SDK has, as the vendor's facts write them."""
    models = importlib.import_module(f"{package}.models")
    found = {}
    for name, model in vars(models).items():
        if hasattr(models, f"{name.removesuffix('Request')}ResponseBody") and name.endswith("Request"):
            found[name.removesuffix("Request")] = set(paths(_filled(model, models).to_map()))
    # An action without parameters has no request model.
    for name in vars(models):
        if name.endswith("ResponseBody"):
            found.setdefault(name.removesuffix("ResponseBody"), set())
    return found


def paths(shape: Tree, prefix: str = "") -> Iterator[str]:
    """Yield the wire names of parameters as the vendor's facts write them."""
    if isinstance(shape, dict) and shape:
        for name, inner in shape.items():
            yield from paths(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(shape, list) and shape:
        yield from paths(shape[0], f"{prefix}.N")
    elif prefix:
        yield prefix


def _filled(model: type, models: Any) -> Any:
    made = model()
    hints = typing.get_type_hints(model.__init__, {**vars(typing), "main_models": models})
    for name, hint in hints.items():
        if name != "return":
            setattr(made, name, _value(hint, models))
    return made


def _value(hint: Any, models: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is list:
        return [_value(typing.get_args(hint)[0], models)]
    if origin is dict or hint is dict:
        return {}
    if isinstance(hint, type) and hasattr(hint, "from_map"):
        return _filled(hint, models)
    return getattr(hint, "__name__", str(hint))


def differences(ours: Tree, theirs: Tree, path: str = "") -> Iterator[str]:
    """Yield what of a shape the SDK would not read."""
    if theirs == {} or ours == "Any":
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, inner in ours.items():
            if name not in theirs:
                if name in getattr(ours, "optional", ()):
                    continue
                yield f"{path}.{name} is unknown to the SDK"
            else:
                yield from differences(inner, theirs[name], f"{path}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        yield from differences(ours[0], theirs[0], f"{path}[]")
    elif ours != theirs and not (ours == "int" and theirs == "float") and theirs != "any":
        yield f"{path} is {_kind(ours)}, in the SDK {_kind(theirs)}"


def _kind(shape: Tree) -> str:
    return shape if isinstance(shape, str) else type(shape).__name__
