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

    def resource(self, prefix: str) -> str:
        """Return an id such as `vsw-bp1x0k3m...`: the prefix, a hyphen, 20 lower-case letters and digits."""
        return f"{prefix}-" + "".join(_ALPHABET[byte % 36] for byte in self.random(20))
