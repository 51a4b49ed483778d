"""OpenSSH public keys: whether a text is one, and its fingerprint. Pure.

A key is a line `type base64 [comment]`; the base64 holds length-prefixed fields, the first of which repeats the type
(RFC 4253, sections 5 and 6.6; RFC 5656; RFC 8709).
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

MAX_LENGTH = 16 * 1024

_CURVES = {
    # name: the length of an uncompressed point
    b"nistp256": 65,
    b"nistp384": 97,
    b"nistp521": 133,
}
_ED25519 = 32
_UNCOMPRESSED = 4
_MIN_RSA_BITS = 1024
_MAX_RSA_BITS = 16384


class PublicKey(msgspec.Struct, frozen=True):
    """A key: the line in its plain form, and the MD5 fingerprint of RFC 4716, `c1:b1:30:...`."""

    line: str
    fingerprint: str


def read_public_key(text: str) -> PublicKey | None:
    """Return the key, or None when the text is not exactly one: RSA of 1024 bits or more, DSA, ECDSA or Ed25519."""
    text = text.strip(" \t\r\n")
    if len(text) > MAX_LENGTH or not all(each.isprintable() or each == "\t" for each in text):
        return None
    words = text.split(maxsplit=2)
    if len(words) < 2:
        return None
    try:
        blob = base64.b64decode(words[1].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    fields = _fields(blob)
    if not fields or fields[0] != words[0].encode() or not _is_key(fields):
        return None
    plain = " ".join((words[0], base64.b64encode(blob).decode(), *words[2:]))
    return PublicKey(plain, fingerprint_of(blob))


def fingerprint_of(blob: bytes) -> str:
    """Return the MD5 of a key's bytes as RFC 4716 shows it."""
    return hashlib.md5(blob, usedforsecurity=False).digest().hex(":")


def _fields(blob: bytes) -> list[bytes]:
    """Return the length-prefixed fields that make up the bytes, or none when they do not."""
    found: list[bytes] = []
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4])
        field = blob[at + 4 : at + 4 + length]
        if at + 4 > len(blob) or len(field) < length:
            return []
        found.append(field)
        at += 4 + length
    return found


def _is_key(fields: list[bytes]) -> bool:
    match fields:
        case [b"ssh-rsa", exponent, modulus]:
            bits = int.from_bytes(modulus).bit_length()
            return _is_positive(exponent) and _is_positive(modulus) and _MIN_RSA_BITS <= bits <= _MAX_RSA_BITS
        case [b"ssh-dss", *numbers]:
            return len(numbers) == len("pqgy") and all(_is_positive(each) for each in numbers)
        case [b"ssh-ed25519", point]:
            return len(point) == _ED25519
        case [name, curve, point]:
            size = _CURVES.get(curve)
            return name == b"ecdsa-sha2-" + curve and len(point) == size and point[0] == _UNCOMPRESSED
    return False


def _is_positive(number: bytes) -> bool:
    return bool(number) and number[0] < 0x80 and any(number)
