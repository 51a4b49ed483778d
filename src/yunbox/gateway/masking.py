"""Query strings as they may stand in a log: a presigned URL is a credential until its signature is masked."""

from __future__ import annotations

from urllib.parse import unquote_plus

MASK = "***"
MAX_CHARACTERS = 4096
_SECRET_ENDS = ("signature", "security-token", "securitytoken")


def masked_query(raw: str) -> str:
    """Return a raw query string with the values of signatures and session tokens masked, cut to 4,096 characters.

    Names are looked at percent-decoded and in any case, so that no spelling of a parameter gets through.
    """
    if not raw:
        return ""
    return "&".join(_masked(piece) for piece in raw[:MAX_CHARACTERS].split("&"))


def _masked(piece: str) -> str:
    name, equals, _ = piece.partition("=")
    plain = unquote_plus(name) if "%" in name or "+" in name else name
    if equals and plain.strip().lower().endswith(_SECRET_ENDS):
        return f"{name}={MASK}"
    return piece
