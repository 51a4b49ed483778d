"""From the parameters of a request, flat as they came, to the type of its action.

Lists and structures arrive as `Tag.1.Key`, `SystemDisk.Size`, or as one JSON text under the plain name; booleans
in any case. Sources: the encoders of the official SDKs (`OpenApiUtil.query`, `FlatMap`).
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.errors import CloudError

T = TypeVar("T", bound=Request)

MAX_PARAMETERS = 4000
MAX_DEPTH = 8
MAX_ITEMS = 1000

PROTOCOL = frozenset(
    {
        "AccessKeyId",
        "Action",
        "Format",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)
"""What RPC V1 adds to the parameters of every action."""

SHARED = frozenset({"ClientToken", "DryRun", "RegionId"})
"""What the framework understands for every action."""

OWNERSHIP = frozenset(
    {"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId", "CallerParentId", "SourceRegionId"}
)
"""Parameters that old clients send and the vendor ignores for a caller's own resources."""

Tree = dict[str, Any]

_INDEX = re.compile(r"\[(\d+)\]")


class Plan:
    """How a type's fields stand on the wire: computed once a type."""

    __slots__ = ("fields", "is_list", "item", "may_be_empty", "nested")

    def __init__(self, hint: Any, *, required: bool = False) -> None:
        self.fields: dict[str, Plan] = {}
        self.item: Plan | None = None
        self.is_list = False
        self.nested = False
        hint = _bare(hint)
        self.may_be_empty = not required and (hint is str or "" in typing.get_args(hint))
        origin = typing.get_origin(hint)
        if origin in (list, tuple):
            self.is_list = self.nested = True
            self.item = Plan(typing.get_args(hint)[0])
        elif origin is dict:
            self.nested = True
        elif isinstance(hint, type) and issubclass(hint, Shape):
            self.nested = True
            hints = typing.get_type_hints(hint, include_extras=True)
            for field in msgspec.structs.fields(hint):
                self.fields[field.encode_name] = Plan(hints[field.name], required=field.required)


def _bare(hint: Any) -> Any:
    """Return a hint without Annotated and without its `None` and `UNSET` alternatives."""
    if typing.get_origin(hint) is typing.Annotated:
        return _bare(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [each for each in typing.get_args(hint) if each not in (type(None), msgspec.UnsetType)]
        if len(rest) == 1:
            return _bare(rest[0])
    return hint


_PLANS: dict[type[Request], Plan] = {}


def plan_of(type_: type[Request]) -> Plan:
    """Return the plan of a request type."""
    plan = _PLANS.get(type_)
    if plan is None:
        plan = _PLANS[type_] = Plan(type_)
    return plan


def collect(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name. Raises CloudError for one given twice, or for too many."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise invalid_parameter(_shown(name), "it is given twice")
        found[name] = value
    if len(found) > MAX_PARAMETERS:
        raise CloudError("InvalidParameter", 400, f"A request has at most {MAX_PARAMETERS} parameters.")
    return found


def _shown(name: str) -> str:
    return ascii(name[:64])[1:-1]


def unflatten(flat: Mapping[str, Any]) -> Tree:
    """Return nested parameters: `Tag.1.Key` becomes `{"Tag": {"1": {"Key": ...}}}`. Raises CloudError."""
    tree: Tree = {}
    for name, value in flat.items():
        if "." not in name:
            if isinstance(tree.get(name), dict):
                raise invalid_parameter(_shown(name), "it is given both whole and in parts")
            tree[name] = value
            continue
        steps = name.split(".", MAX_DEPTH + 1)
        if len(steps) > MAX_DEPTH:
            raise invalid_parameter(_shown(name), "it is nested too deeply")
        node = tree
        for step in steps[:-1]:
            inner = node.setdefault(step, {})
            if not isinstance(inner, dict):
                raise invalid_parameter(_shown(name), "it is given both whole and in parts")
            node = inner
        if isinstance(node.get(steps[-1]), dict):
            raise invalid_parameter(_shown(name), "it is given both whole and in parts")
        node[steps[-1]] = value
    return tree


def read(type_: type[T], flat: Mapping[str, Any], unknown: set[str] | None = None) -> T:
    """Return the request. Raises CloudError: MissingParameter, InvalidParameter, each naming the parameter.

    The names of what was given and the type does not have are added to `unknown`, such as `DataDisk.N.Label`.
    """
    tree = unflatten(flat) if any("." in name for name in flat) else dict(flat)
    given = _structure(tree, plan_of(type_), "", set() if unknown is None else unknown)
    try:
        return msgspec.convert(given, type_, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def _structure(values: Tree, plan: Plan, prefix: str, unknown: set[str]) -> Tree:
    """Return the values of a structure that its type has, in the form it asks for."""
    found = {}
    for name, value in values.items():
        each = plan.fields.get(name)
        if each is not None:
            if (shaped := _shape(value, each, f"{prefix}{name}", unknown)) is not None:
                found[name] = shaped
        elif value not in ("", {}, None):
            unknown.add(f"{prefix}{name}")
    return found


def _shape(value: Any, plan: Plan, name: str, unknown: set[str]) -> Any:
    """Return a value in the form that its type asks for; None when it is not given.

    An empty text stands for a parameter that is not given, except where it may be meant: clients send both.
    """
    if not plan.nested:
        if isinstance(value, dict):
            raise invalid_parameter(_shown(name), "one value is expected")
        return None if value == "" and not plan.may_be_empty else value
    if isinstance(value, str):
        if not value:
            return None
        value = _from_text(value, plan, name)
    if plan.is_list:
        return _list(value, plan, name, unknown)
    if isinstance(value, dict) and plan.fields:
        return _structure(value, plan, f"{name}.", unknown)
    return value


def _from_text(value: str, plan: Plan, name: str) -> Any:
    if value[0] in "[{":
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise invalid_parameter(_shown(name), "it is not valid JSON") from None
    if plan.is_list:
        return [value]
    raise invalid_parameter(_shown(name), "a structure is expected")


def _list(value: Any, plan: Plan, name: str, unknown: set[str]) -> list[Any]:
    if isinstance(value, dict):
        if not all(key.isascii() and key.isdigit() and len(key) <= 4 for key in value):
            raise invalid_parameter(_shown(name), "its items are numbered from 1")
        value = [value[key] for key in sorted(value, key=int)]
    if not isinstance(value, list):
        raise invalid_parameter(_shown(name), "a list is expected")
    if len(value) > MAX_ITEMS:
        raise invalid_parameter(_shown(name), f"it has more than {MAX_ITEMS} items")
    assert plan.item is not None
    return [_shape(each, plan.item, f"{name}.N", unknown) for each in value]


def _refusal(text: str) -> CloudError:
    """Return the refusal for what msgspec says, such as "Expected `int`, got `str` - at `$.PageSize`"."""
    what, _, path = text.partition(" - at `")
    path = _INDEX.sub(lambda at: f".{int(at[1]) + 1}", path.removesuffix("`").removeprefix("$").lstrip("."))
    if what.startswith("Object missing required field"):
        field = what.partition("`")[2].rstrip("`")
        return missing_parameter(f"{path}.{field}" if path else field)
    return invalid_parameter(_shown(path), what[0].lower() + what[1:])
