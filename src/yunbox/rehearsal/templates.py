"""Templates of requests: text with `${id}`, `${seq}` and `${random:a,b}`, filled from the request's number alone.

What a request holds follows from the seed and its number in the run, whichever process sends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_MASK = (1 << 64) - 1
_HOLE = re.compile(r"\$\{([^}]*)\}")
_RANDOM = re.compile(r"random:\s*(-?[0-9]{1,18})\s*,\s*(-?[0-9]{1,18})\s*")

Filled = Callable[[int, str], bytes]
"""Takes a request's number and its id, and returns the bytes."""


def mixed(seed: int, number: int, hole: int = 0) -> int:
    """Return 64 bits that look like chance, the same for the same three numbers (SplitMix64)."""
    state = (seed * 0x9E3779B97F4A7C15 + number * 0xBF58476D1CE4E5B9 + hole * 0x94D049BB133111EB) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def template(text: str, seed: int, first_hole: int = 0) -> Filled:
    """Return what fills a template; holes count from `first_hole`, so that no two of a request are alike.

    Raises ValueError that names an unknown hole.
    """
    parts = _HOLE.split(text)
    makers = [_literal(part) if index % 2 == 0 else _hole(part) for index, part in enumerate(parts)]
    if len(makers) == 1:
        fixed = text.encode()
        return lambda number, id_: fixed

    def fill(number: int, id_: str) -> bytes:
        return "".join(
            [make(number, id_, mixed(seed, number, first_hole + index)) for index, make in enumerate(makers)]
        ).encode()

    return fill


def _literal(text: str) -> Callable[[int, str, int], str]:
    return lambda number, id_, chance: text


def _hole(name: str) -> Callable[[int, str, int], str]:
    if name == "id":
        return lambda number, id_, chance: id_
    if name == "seq":
        return lambda number, id_, chance: str(number)
    if (found := _RANDOM.fullmatch(name)) is not None:
        low, high = int(found[1]), int(found[2])
        if low > high:
            raise ValueError(f"${{{name}}}: the first number is larger than the second")
        width = high - low + 1
        return lambda number, id_, chance: str(low + chance % width)
    raise ValueError(f"${{{name}}} is none of ${{id}}, ${{seq}} and ${{random:a,b}}")
