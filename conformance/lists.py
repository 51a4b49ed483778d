"""The three committed lists of a suite: tests that pass, that do not yet, and that are excluded with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_MISSING = re.compile(r"does not implement ([^'\"]*?) yet")
_VARYING = (
    (re.compile(r"'(?:x-oss-request-id|RequestId|HostId)': '[^']*',? ?"), ""),
    (re.compile(r"127\.0\.0\.1:\d+|port=\d+"), "ENDPOINT"),
    (re.compile(r"oss-python-sdk-[a-z]+"), "BUCKET"),
)


@dataclass
class Lists:
    """Test ids such as `v4 tests/test_bucket.py::TestBucket::test_acl`; `excluded` says why."""

    passes: set[str] = field(default_factory=set)
    not_yet: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)


def read(folder: Path) -> Lists:
    """Read the lists of a suite. A line is an id, or an id, a tab and a reason; `#` begins a comment."""
    return Lists(
        passes=set(_lines(folder / "passes.txt")),
        not_yet=_lines(folder / "not_yet.txt"),
        excluded=_lines(folder / "excluded.txt"),
    )


def _lines(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition("\t")
            found[name] = reason
    return found


def shortened(reason: str) -> str:
    """Return a failure's last line without what differs from run to run, at most 160 characters."""
    if "kms." in reason:
        return "client-side encryption with KMS, which yunbox does not have"
    if missing := _MISSING.search(reason):
        return f"NotImplemented: {missing[1]}"
    for pattern, text in _VARYING:
        reason = pattern.sub(text, reason)
    return " ".join(reason.split())[:160]


def write(folder: Path, lists: Lists) -> None:
    """Write `passes` and `not_yet`; what is excluded is a person's decision and stays as it is."""
    head = "# Written by `python -m conformance --write`.\n"
    (folder / "passes.txt").write_text(head + "".join(f"{name}\n" for name in sorted(lists.passes)))
    rows = "".join(f"{name}\t{shortened(reason)}\n" for name, reason in sorted(lists.not_yet.items()))
    (folder / "not_yet.txt").write_text(head + rows)


@dataclass(frozen=True)
class Comparison:
    """How a run differs from the lists. `lost`: listed as passing, and did not."""

    lost: list[str]
    gained: list[str]
    unknown: list[str]
    passed: int
    live: int

    @property
    def share(self) -> float:
        """The share of live tests that passed, those excluded left out."""
        return self.passed / self.live if self.live else 0.0


def compare(lists: Lists, outcomes: dict[str, str]) -> Comparison:
    """Compare the outcomes of live tests (`passed`, `failed`, `skipped`) with the lists."""
    counted = {name: outcome for name, outcome in outcomes.items() if name not in lists.excluded}
    passed = {name for name, outcome in counted.items() if outcome == "passed"}
    return Comparison(
        lost=sorted(lists.passes - passed),
        gained=sorted(passed & lists.not_yet.keys()),
        unknown=sorted(counted.keys() - lists.passes - lists.not_yet.keys()),
        passed=len(passed),
        live=len(counted),
    )
