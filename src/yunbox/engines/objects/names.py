"""Names of versions and uploads: opaque to a client, and telling the engine where to seek.

A name holds a sequence number and random bytes, a version's number hidden under them. So a version is found
by a seek however many versions its key has, and a listing can go on behind a version that was deleted between
two pages. A name proves nothing: whoever decodes one compares the whole of it with what is stored.
"""

from __future__ import annotations

import base64
import binascii

from yunbox.control.ids import Ids

_VERSION_PREFIX = "CAEQ"
_VERSION_RANDOM = 37
_UPLOAD_RANDOM = 8


def version_name(seq: int, ids: Ids) -> str:
    """Return 64 url-safe characters that name the version written as number `seq`."""
    return _VERSION_PREFIX + base64.urlsafe_b64encode(_hide(seq, ids.random(_VERSION_RANDOM))).decode("ascii")


def version_seq(name: str) -> int | None:
    """Return the sequence number within a version's name, or None when it is no such name."""
    if len(name) != 64 or not name.startswith(_VERSION_PREFIX):
        return None
    try:
        raw = base64.b64decode(name[4:].encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return _reveal(raw)


def upload_name(seq: int, ids: Ids) -> str:
    """Return 32 upper-case hexadecimal digits that name the upload begun as number `seq`.

    Names sort as the uploads were begun: OSS lists the uploads of a key in the order of their ids.
    """
    return (seq.to_bytes(8, "big") + ids.random(_UPLOAD_RANDOM)).hex().upper()


def upload_seq(name: str) -> int | None:
    """Return the sequence number within an upload's name, or None when it is no such name."""
    if len(name) != 32:
        return None
    try:
        seq = int.from_bytes(binascii.unhexlify(name)[:8], "big")
    except ValueError:
        return None
    return seq if seq < 1 << 63 else None


def _hide(seq: int, noise: bytes) -> bytes:
    return noise + (seq ^ int.from_bytes(noise[:8], "big")).to_bytes(8, "big")


def _reveal(raw: bytes) -> int | None:
    seq = int.from_bytes(raw[-8:], "big") ^ int.from_bytes(raw[:8], "big")
    return seq if seq < 1 << 63 else None
