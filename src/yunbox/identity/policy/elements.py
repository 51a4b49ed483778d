"""What the elements of every policy have in common."""

from __future__ import annotations

from yunbox.identity.policy.model import PolicyError

VALUES = 1000
"""The most values of one element."""


def strings(raw: object, what: str) -> tuple[str, ...]:
    """Return one string or a list of strings as a tuple. Raises PolicyError that names `what`."""
    if isinstance(raw, str):
        raw = [raw]
    if not isinstance(raw, list) or not raw or not all(isinstance(each, str) for each in raw):
        raise PolicyError(f"{what} must be a string or a list of strings (numbers and booleans in quotes).")
    if len(raw) > VALUES:
        raise PolicyError(f"{what} has {len(raw)} values; at most {VALUES} are allowed.")
    return tuple(raw)


def shown(text: object) -> str:
    """Return a quoted, shortened form that is safe in a message."""
    quoted = ascii(text)
    return quoted if len(quoted) <= 80 else quoted[:77] + "..."
