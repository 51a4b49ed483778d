"""Identifiers, from an injected source of randomness."""

from __future__ import annotations

import os
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Ids:
    """Makes identifiers; `random` returns that many unpredictable bytes (a seeded one in tests)."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self.random = random

    def request_id(self) -> str:
        """Return 24 upper-case hexadecimal digits, as OSS's request ids are."""
        return self.random(12).hex().upper()

    def hex(self, length: int) -> str:
        """Return `length` upper-case hexadecimal digits."""
        return self.random((length + 1) // 2).hex().upper()[:length]

    def token(self, length: int) -> str:
        """Return `length` letters and digits, unpredictable."""
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self.random(length))

    def resource(self, prefix: str, now: float | None = None) -> str:
        """Return an id such as `vsw-bp1x0k3m...`: the prefix, a hyphen, 20 lower-case letters and digits.

        With `now`, in seconds since the epoch, ids made later sort behind those made a millisecond earlier.
        """
        moment = "" if now is None else _base36(int(now * 1000), 9)
        rest = self.random(20 - len(moment))
        return f"{prefix}-{moment}" + "".join(_ALPHABET[byte % 36] for byte in rest)


def _base36(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, rest = divmod(number, 36)
        digits = _ALPHABET[rest] + digits
    return digits
