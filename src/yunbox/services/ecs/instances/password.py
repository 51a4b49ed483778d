"""Passwords of instances: what is taken for one, and the hash that is kept and put into `/etc/shadow`.

The hash is SHA-crypt with SHA-512 (`$6$`), which every Linux system reads. Source: Ulrich Drepper, "Unix crypt
using SHA-256 and SHA-512", version 0.6. The standard library no longer has it.
"""

from __future__ import annotations

import hashlib

from yunbox.errors import CloudError

_SPECIAL = frozenset("()`~!@#$%^&*-_+=|{}[]:;'<>,.?/")
_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
_SALT_LENGTH = 16
_KINDS_NEEDED = 3


def check_password(password: str) -> str:
    """Return a password. Raises CloudError: InvalidPassword.Malformed, which does not repeat it."""
    kinds = (
        any("a" <= one <= "z" for one in password),
        any("A" <= one <= "Z" for one in password),
        any("0" <= one <= "9" for one in password),
        any(one in _SPECIAL for one in password),
    )
    plain = all(one in _SPECIAL or (one.isascii() and one.isalnum()) for one in password)
    if not 8 <= len(password) <= 30 or not plain or sum(kinds) < _KINDS_NEEDED:
        raise CloudError(
            "InvalidPassword.Malformed",
            400,
            'The specified parameter "Password" is not valid: 8 to 30 characters are expected, of at least three '
            "kinds: upper-case letters, lower-case letters, digits, and ()`~!@#$%^&*-_+=|{}[]:;'<>,.?/",
        )
    return password


def shadow_hash(password: str, random: bytes) -> str:
    """Return the hash of a password, with a salt made of 16 random bytes."""
    salt = "".join(_ALPHABET[byte % 64] for byte in random[:_SALT_LENGTH])
    digest = _sha_crypt(password.encode(), salt.encode())
    return f"$6${salt}${_encoded(digest)}"


def _sha_crypt(key: bytes, salt: bytes) -> bytes:
    inner = hashlib.sha512(key + salt + key).digest()
    outer = hashlib.sha512(key + salt + _repeated(inner, len(key)))
    length = len(key)
    while length:
        outer.update(inner if length & 1 else key)
        length >>= 1
    digest = outer.digest()
    keys = _repeated(hashlib.sha512(key * len(key)).digest(), len(key))
    salts = _repeated(hashlib.sha512(salt * (16 + digest[0])).digest(), len(salt))
    for number in range(_ROUNDS):
        odd = number % 2
        text = keys if odd else digest
        if number % 3:
            text += salts
        if number % 7:
            text += keys
        digest = hashlib.sha512(text + (digest if odd else keys)).digest()
    return digest


def _repeated(digest: bytes, length: int) -> bytes:
    return (digest * (length // len(digest) + 1))[:length]


def _encoded(digest: bytes) -> str:
    found = []
    first, second, third = 0, 21, 42
    for _ in range(21):
        found.append(_base64(digest[first] << 16 | digest[second] << 8 | digest[third], 4))
        first, second, third = second + 1, third + 1, first + 1
    return "".join(found) + _base64(digest[63], 2)


def _base64(value: int, length: int) -> str:
    return "".join(_ALPHABET[value >> 6 * place & 63] for place in range(length))
