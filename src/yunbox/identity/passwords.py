"""Passwords: kept as salted hashes only, and held against what the account asks of them."""

from __future__ import annotations

import hashlib
import hmac

from yunbox.identity.registry import WeakPasswordError
from yunbox.identity.resources import PasswordPolicy

LONGEST = 128

_COST = 15
"""The base-2 logarithm of scrypt's N: 32 MiB of memory and about a tenth of a second a password."""

_BLOCK = 8


def hashed(password: str, salt: bytes) -> str:
    """Return what is kept of a password: `scrypt$<log2 N>$<r>$<salt>$<hash>`, in hexadecimal."""
    return _hashed(password, salt, _COST, _BLOCK)


def _hashed(password: str, salt: bytes, cost: int, block: int) -> str:
    size = 2**cost * block * 128
    key = hashlib.scrypt(password.encode(), salt=salt, n=2**cost, r=block, p=1, maxmem=size + 2**21, dklen=32)
    return f"scrypt${cost}${block}${salt.hex()}${key.hex()}"


def salt_of(stored: str) -> bytes:
    """Return the salt of a kept password."""
    return bytes.fromhex(stored.split("$")[3])


def is_password(password: str, stored: str) -> bool:
    """Return whether a kept password is this one; takes as long when it is not."""
    _, cost, block, salt, _ = stored.split("$")
    found = _hashed(password[:LONGEST], bytes.fromhex(salt), int(cost), int(block))
    return hmac.compare_digest(found, stored)


def check_strength(password: str, policy: PasswordPolicy) -> None:
    """Raise WeakPasswordError, which says what is missing, when an account does not take a password."""
    if len(password) > LONGEST:
        raise WeakPasswordError(f"A password may have at most {LONGEST} characters.")
    if not password.isprintable():
        raise WeakPasswordError("A password must have visible characters only.")
    if len(password) < policy.minimum_length:
        raise WeakPasswordError(f"A password must have at least {policy.minimum_length} characters.")
    for asked, found, what in (
        (policy.require_lowercase, any(each.islower() for each in password), "a lowercase letter"),
        (policy.require_uppercase, any(each.isupper() for each in password), "an uppercase letter"),
        (policy.require_numbers, any(each.isdigit() for each in password), "a digit"),
        (policy.require_symbols, not password.isalnum(), "a special character"),
    ):
        if asked and not found:
            raise WeakPasswordError(f"A password must have {what}.")
