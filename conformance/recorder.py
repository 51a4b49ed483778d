"""A pytest plugin: records each test's outcome, and whether it spoke to the cloud (`live`).

Loaded into the upstream suite's own pytest run with `-p conformance.recorder`. A test that never sends a request
to the endpoint is about the client alone and does not count.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests.adapters

_AUTHORITY = os.environ["OSS_TEST_ENDPOINT"].partition("//")[2]
_RESULTS = Path(os.environ["CONFORMANCE_RESULTS"])
_sent = 0
_send = requests.adapters.HTTPAdapter.send
_failures: dict[str, str] = {}
_skipped: set[str] = set()


def _counting(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
    global _sent  # noqa: PLW0603 - a plugin is a module
    if _AUTHORITY in request.url:
        _sent += 1
    return _send(adapter, request, *args, **kwargs)


requests.adapters.HTTPAdapter.send = _counting  # type: ignore[method-assign]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what went wrong, in whichever phase."""
    if report.failed:
        lines = [line.strip() for line in report.longreprtext.splitlines() if line.strip()]
        _failures.setdefault(report.nodeid, (lines or [""])[-1][:300])
    elif report.skipped:
        _skipped.add(report.nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Write one JSON line a test into a file of this process's own."""
    before = _sent
    # The suite picks its client-side encryption at random; by name, every run asks for the same.
    random.seed(item.nodeid)
    yield
    failed = item.nodeid in _failures
    line = {
        "id": item.nodeid,
        "outcome": "failed" if failed else "skipped" if item.nodeid in _skipped else "passed",
        "live": _sent > before,
        "reason": _failures.get(item.nodeid, ""),
    }
    with (_RESULTS / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
