"""Ranges of keys: what a prefix, a delimiter and a place to go on from select.

Keys are ordered by their UTF-8 bytes, which is the order of their code points, which is Python's order of
strings.
"""

from __future__ import annotations


def after_prefix(prefix: str) -> str | None:
    """Return the smallest string behind all that begin with `prefix`; None when there is no such string."""
    for index in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[index])
        if code < 0x10FFFF:
            # Surrogates are no characters: they have no UTF-8 form.
            following = 0xE000 if code == 0xD7FF else code + 1
            return prefix[:index] + chr(following)
    return None


def group_of(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix that `key` is rolled up into, or None when it is listed by itself."""
    if not delimiter:
        return None
    cut = key.find(delimiter, len(prefix))
    return None if cut < 0 else key[: cut + len(delimiter)]


def first_after(after: str, prefix: str, delimiter: str) -> str | None:
    """Return the smallest key that a listing which goes on behind `after` may show; None when there is none.

    When `after` is itself a common prefix, its whole group is passed over.
    """
    if not after or after < prefix:
        return prefix
    if after.startswith(prefix) and group_of(after, prefix, delimiter) == after:
        return after_prefix(after)
    return after + "\0"
