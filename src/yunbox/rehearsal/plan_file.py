"""A plan from a file: YAML to `Plan`, with errors that name the field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from yunbox.rehearsal.plan import Csv, Plan

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h)\s*$")
_PERCENT = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*$")
_MOMENT = re.compile(r"^(start|peak|end)?\s*([+-]?)\s*([0-9]+(?:\.[0-9]+)?)?\s*(ms|s|min|h)?$")

MAX_PLAN_BYTES = 4 * 2**20


class PlanError(Exception):
    """The plan cannot be used; the message names the field and says what is expected."""


def read(path: Path) -> Plan:
    """Return the plan in a YAML file. A CSV file in it is looked for beside it. Raises PlanError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PlanError(f"cannot read {path}: {error.strerror or error}") from None
    if len(text) > MAX_PLAN_BYTES:
        raise PlanError(f"{path} is larger than {MAX_PLAN_BYTES >> 20} MiB")
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} is not YAML: {error}") from None
    plan = parse(tree)
    if isinstance(plan.load, Csv) and not Path(plan.load.file).is_absolute():
        beside = str(path.parent / plan.load.file)
        plan = msgspec.structs.replace(plan, load=msgspec.structs.replace(plan.load, file=beside))
    return plan


def parse(tree: Any) -> Plan:
    """Return the plan that a tree of plain values describes. Raises PlanError."""
    if not isinstance(tree, dict):
        raise PlanError("a plan is a mapping of fields, beginning with `name:`")
    try:
        return msgspec.convert(_spelled(tree, inspect.type_info(Plan)), Plan)
    except msgspec.ValidationError as error:
        raise PlanError(_sentence(str(error))) from None


def check(plan: Plan) -> Plan:
    """Return a plan that was built in Python, checked as one from a file is. Raises PlanError."""
    return parse(msgspec.to_builtins(plan))


def moment(text: str) -> tuple[str, float]:
    """Return what a moment is relative to ("start", "peak" or "end") and by how many seconds. Raises PlanError."""
    found = _MOMENT.match(text.strip())
    if found is None or (found[2] and not found[3]) or not text.strip():
        raise PlanError(f"{text!r} is not a moment such as `peak+2s`, `start+500ms` or `30s`")
    anchor, sign, number, unit = found.groups()
    seconds = float(number or 0) * _UNITS[unit or "s"]
    return anchor or "start", -seconds if sign == "-" else seconds


def _sentence(said: str) -> str:
    """Turn msgspec's message into one that begins with the field."""
    what, _, where = said.partition(" - at `$")
    field = where.rstrip("`").lstrip(".")
    what = what.replace("Object contains unknown field", "there is no field")
    what = what.replace("Object missing required field", "it lacks")
    what = what.replace("`float`", "a number").replace("`int`", "a whole number").replace("`str`", "text")
    what = what.replace("`array`", "a list").replace("`object`", "fields").replace("`bool`", "true or false")
    return f"{field or 'the plan'}: {what[0].lower()}{what[1:]}"


def _spelled(value: Any, type_: inspect.Type) -> Any:
    """Return a value with the times and shares in it, which people write with units, as numbers."""
    if isinstance(type_, inspect.Metadata):
        unit = (type_.extra or {}).get("unit")
        return _number(value, unit) if unit and isinstance(value, str) else _spelled(value, type_.type)
    if isinstance(type_, inspect.UnionType):
        for each in type_.types:
            if isinstance(each, inspect.StructType) and not _names(value, each):
                continue
            if (found := _spelled(value, each)) is not value:
                return found
        return value
    if isinstance(type_, inspect.StructType) and isinstance(value, dict):
        types = {each.encode_name: each.type for each in type_.fields}
        return {key: _spelled(each, types[key]) if key in types else each for key, each in value.items()}
    if isinstance(type_, inspect.VarTupleType) and isinstance(value, list | tuple):
        return [_spelled(each, type_.item_type) for each in value]
    return value


def _names(value: Any, type_: inspect.StructType) -> bool:
    """Whether a value is of this member of a tagged union."""
    return type_.tag_field is None or (isinstance(value, dict) and value.get(type_.tag_field) == type_.tag)


def _number(value: str, unit: str) -> Any:
    if unit == "seconds" and (found := _TIME.match(value)):
        return float(found[1]) * _UNITS[found[2]]
    if unit == "share" and (found := _PERCENT.match(value)):
        return float(found[1]) / 100
    return value
