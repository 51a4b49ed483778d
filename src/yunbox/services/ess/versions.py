"""Two versions of one API: actions are written once, in the shapes of the newer one.

2022-02-22 names lists in the plural and answers them flat: `{"ScalingGroups": [{...}]}`. 2014-08-28 names most lists
of requests in the singular (`InstanceId.N` for `InstanceIds.N`) and wraps those of answers:
`{"ScalingGroups": {"ScalingGroup": [{...}]}}`. What is irregular stands in the tables below. Sources: the vendor's
metadata of 2014-08-28, the SDK alibabacloud_ess20220222, and what the Terraform provider reads.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.product import Access, Product
from yunbox.api.shapes import Answer, Request, Shape

R = TypeVar("R", bound=Request)
Function = Callable[[R, Call], Answer]
Tree = Any

PLURAL_IN_BOTH = frozenset(
    {
        "Categories",
        "CpuArchitectures",
        "CreationTypes",
        "CustomPriorities",
        "GpuSpecs",
        "HealthCheckTypes",
        "HybridMetrics",
        "IgnoredLifecycleHookIds",
        "InstanceCategories",
        "InstanceTypeFamilies",
        "InstanceTypes",
        "LifecycleStates",
        "NetworkInterfaces",
        "PhysicalProcessorModels",
        "SecurityGroupIds",
        "SystemDiskCategories",
        "VSwitchIds",
    }
)
"""Lists of requests that 2014-08-28 names in the plural too."""

ITEMS = {
    "AlarmList": "Alarm",
    "ErrorMessages": "ErrorMessages",
    "FailedInstanceIds": "FailedInstanceIds",
    "SpotPriceLimit": "SpotPriceModel",
}
"""How 2014-08-28 names the items of lists in answers, where that is not the singular."""

RENAMED = {
    "ImageOptionsLoginAsNonRoot": "ImageOptions.LoginAsNonRoot",
    "SystemDiskBurstingEnabled": "SystemDisk.BurstingEnabled",
    "SystemDiskEncryptAlgorithm": "SystemDisk.EncryptAlgorithm",
    "SystemDiskEncrypted": "SystemDisk.Encrypted",
    "SystemDiskKMSKeyId": "SystemDisk.KMSKeyId",
    "SystemDiskProvisionedIops": "SystemDisk.ProvisionedIops",
    "SpotPriceLimits": "SpotPriceLimit",
}
"""Fields of answers that 2014-08-28 names otherwise."""


def singular(name: str) -> str:
    """Return a list's name in the singular: `Policies` is of `Policy`, `Processes` of `Process`."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith("sses") or name.endswith("uses"):
        return name[:-2]
    return name.removesuffix("s")


def wrapped(answer: Tree) -> Tree:
    """Return a 2022-02-22 answer (or its shape) as 2014-08-28 has it. Pure."""
    if isinstance(answer, list):
        return [wrapped(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    found = {}
    for key, value in answer.items():
        name = RENAMED[key] if key in RENAMED else str(key)
        inner = wrapped(value)
        if isinstance(value, list):
            inner = {ITEMS.get(name, singular(name)): inner}
        found[name] = inner
    return found


def old_request(new: type[R]) -> type[R]:
    """Return the 2014-08-28 form of a request type: a subtype whose lists bear that version's names.

    A type says `plural` (a class variable) for further lists that are in the plural in both versions.
    """
    return typing.cast(type[R], _old_shape(new))


def _old_shape(shape: type[Shape]) -> type[Shape]:
    hints = typing.get_type_hints(shape, include_extras=True)
    kept = PLURAL_IN_BOTH | getattr(shape, "plural", frozenset())
    annotations: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        hint, name = _old_hint(hints[field.name]), field.encode_name
        if _is_list(hint) and name not in kept:
            name = singular(name)
        if hint is hints[field.name] and name == field.encode_name:
            continue
        annotations[field.name] = hint
        given = {"default": field.default, "default_factory": field.default_factory}
        fields[field.name] = msgspec.field(
            name=name, **{key: value for key, value in given.items() if value is not msgspec.NODEFAULT}
        )
    if not annotations:
        return shape
    body = {"__annotations__": annotations, "__module__": shape.__module__, "__doc__": shape.__doc__}
    make: Any = type(shape)
    return typing.cast(type[Shape], make(shape.__name__, (shape,), {**body, **fields}))


def _old_hint(hint: Any) -> Any:
    """Return a type with the shapes in it in their 2014-08-28 forms: the same object where nothing differs."""
    if isinstance(hint, type) and issubclass(hint, Shape):
        return _old_shape(hint)
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Annotated:
        inner = _old_hint(arguments[0])
        return hint if inner is arguments[0] else typing.Annotated[(inner, *arguments[1:])]
    if typing.get_origin(hint) is list:
        inner = _old_hint(arguments[0])
        return hint if inner is arguments[0] else list[inner]  # type: ignore[valid-type]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = tuple(_old_hint(each) for each in arguments)
        same = all(a is b for a, b in zip(inner, arguments, strict=True))
        return hint if same else typing.Union[inner]  # noqa: UP007 - of what is known only now
    return hint


def _is_list(hint: Any) -> bool:
    if typing.get_origin(hint) is typing.Annotated:
        return _is_list(typing.get_args(hint)[0])
    if typing.get_origin(hint) is list:
        return True
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_is_list(each) for each in typing.get_args(hint))
    return False


class Versions:
    """Registers each action in two products, which are one at two versions of its API."""

    def __init__(self, *, old: Product, new: Product) -> None:
        self.old = old
        self.new = new

    def action(
        self,
        request: type[R],
        *,
        on: str,
        name: str = "",
        access: Access | None = None,
        partial: str = "",
        only: Literal["", "old", "new"] = "",
    ) -> Callable[[Function[R]], Function[R]]:
        """Register a function as `Product.action` does, for both versions or `only` one of them."""

        def register(function: Function[R]) -> Function[R]:
            known = name or request.__name__
            if only != "old":
                self.new.action(request, name=known, on=on, access=access, partial=partial)(function)
            if only != "new":
                old: Any = _wrapping(function)
                self.old.action(old_request(request), name=known, on=on, access=access, partial=partial)(old)
            return function

        return register


def _wrapping(function: Function[R]) -> Callable[[R, Call], Tree]:
    def call_and_wrap(request: R, call: Call) -> Tree:
        return wrapped(msgspec.to_builtins(function(request, call)))

    call_and_wrap.__doc__ = function.__doc__
    call_and_wrap.__wrapped__ = function  # type: ignore[attr-defined]
    return call_and_wrap
