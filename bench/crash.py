"""The long form of tests/crash: kills a cloud under load, for as many rounds as asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROUNDS = 50


class BrokenPromiseError(Exception):
    """The cloud lost what it had acknowledged, or left something by halves."""


def measure(rounds: int, seed: int | None, under: Path, say: Callable[[str], None]) -> dict[str, object]:
    """Kill so many times and check after each; return what was done. Raises BrokenPromiseError.

    `seed` chooses the operations and the moments; None takes a new one, which a failure names.
    """
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from crash.campaign import Campaign  # noqa: PLC0415 - the tests' own harness, off the path of the rest

    chosen = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    try:
        report = Campaign(under, chosen).run(rounds, say)
    except AssertionError as error:
        raise BrokenPromiseError(str(error)) from error
    return {"seed": chosen, **report.facts()}
