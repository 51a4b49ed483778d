"""Tokens of the metadata service's hardened mode: they name an instance and an end, and need no store."""

from __future__ import annotations

import base64
import binascii
import hmac

LONGEST_SECONDS = 21_600
MAX_CHARACTERS = 256


class Tokens:
    """Makes and checks tokens with a secret of its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, instance_id: str, seconds: int, now: float) -> str:
        """Return a token that holds for so many seconds."""
        ends = f"{int(now) + seconds}"
        mark = hmac.digest(self._secret, f"{instance_id} {ends}".encode(), "sha256")
        return base64.urlsafe_b64encode(ends.encode() + b"." + mark).decode()

    def holds(self, token: str, instance_id: str, now: float) -> bool:
        """Return whether a token is one of this instance's that has not ended."""
        if len(token) > MAX_CHARACTERS:
            return False
        try:
            ends, _, mark = base64.urlsafe_b64decode(token.encode()).partition(b".")
            expected = hmac.digest(self._secret, f"{instance_id} {ends.decode()}".encode(), "sha256")
            return hmac.compare_digest(mark, expected) and now < int(ends)
        except (binascii.Error, ValueError):
            return False
