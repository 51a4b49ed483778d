"""The documentation of report.json names exactly the fields that it has, and those of a plan."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import msgspec

from yunbox.rehearsal import plan
from yunbox.rehearsal.report import Latency, Outcomes, Report

PAGE = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text("utf-8")


def fields(type_: type[msgspec.Struct], prefix: str = "") -> list[str]:
    """Every field of a struct and of those in it, by its path."""
    found = []
    for name, hint in typing.get_type_hints(type_).items():
        if name not in type_.__struct_fields__:
            continue
        found.append(f"{prefix}{name}")
        many = typing.get_origin(hint) is tuple
        for inner in (hint, *typing.get_args(hint)):
            if (
                isinstance(inner, type)
                and issubclass(inner, msgspec.Struct)
                and inner not in (Latency, Outcomes)
            ):
                found += fields(inner, f"{prefix}{name}{'[]' if many else ''}.")
    return found


def documented(text: str) -> list[str]:
    return re.findall(r"^\| `([a-z0-9_.\[\]]+)` \|", text, re.M)


def test_every_field_of_the_report_is_documented_and_no_other() -> None:
    section, outcomes, latencies = re.split(
        r"^(?:Outcomes:|Latencies,)", PAGE.partition("`report.json` has")[2], flags=re.M
    )
    assert documented(section) == fields(Report)
    assert documented(outcomes) == fields(Outcomes)
    assert documented(latencies) == fields(Latency)


def test_every_field_of_a_plan_is_named() -> None:
    parts = [each for each in vars(plan).values() if isinstance(each, type) and issubclass(each, plan._Part)]
    page = PAGE.partition("## The report")[0]
    missing = [
        f"{part.__name__}.{name}"
        for part in parts
        for name in part.__struct_fields__
        if not re.search(rf"\b{name}\b", page) and name not in ("scheme", "statuses", "timeout")
    ]
    assert not missing
