"""The encodings that every V2 and V4 canonical request is made of."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/-]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def encode(text: str) -> str:
    """Percent-encode everything but letters, digits and `_.~-`."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe="", errors="surrogateescape")


def encode_path(text: str) -> str:
    """Percent-encode as `encode` does, leaving slashes alone."""
    return text if _PLAIN_PATH.fullmatch(text) else quote(text, safe="/", errors="surrogateescape")


def encoded_pairs(pairs: Iterable[tuple[str, str]], leave_out: str = "") -> list[tuple[str, str]]:
    """Return the encoded parameters in the order of their encoded names, then values, without `leave_out`."""
    return sorted([(encode(name), encode(value)) for name, value in pairs if name != leave_out])


def joined(pairs: Iterable[tuple[str, str]]) -> str:
    """Join parameters with `&`; one without a value stands without `=` (OSS, unlike AWS)."""
    return "&".join([f"{name}={value}" if value else name for name, value in pairs])


def header_lines(fields: list[tuple[str, str]]) -> str:
    """Return the lines `name:value` in the order of the names (the order of whole lines is another)."""
    return "".join([f"{name}:{value}\n" for name, value in sorted(fields)])


def wire_bytes(text: str) -> bytes:
    """Return the bytes that were sent for text decoded with `surrogateescape`."""
    return text.encode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    """Return `text` fit for an XML error document: valid Unicode with no control character but tab and LF."""
    return _CONTROL.sub("?", wire_bytes(text).decode("utf-8", "replace"))


def sha256_hex(text: str) -> str:
    """Return the hexadecimal SHA-256 of the bytes of `text`."""
    return hashlib.sha256(wire_bytes(text)).hexdigest()


@lru_cache(maxsize=1024)
def signing_key(family: str, secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key a V4 signature is made with; `family` is `aliyun_v4` or `AWS4`.

    The chain of four HMACs is cached, as one client signs a day's requests with one key.
    """
    ending = "aliyun_v4_request" if family == "aliyun_v4" else "aws4_request"
    key = (family + secret).encode()
    for step in (day, region, service, ending):
        key = hmac.digest(key, step.encode(), "sha256")
    return key


def sign_hex(key: bytes, text: str) -> str:
    """Return the hexadecimal HMAC-SHA256 of the bytes of `text`."""
    return hmac.digest(key, wire_bytes(text), "sha256").hex()
