r"""The one place where text becomes a part of HAProxy's configuration.

Hosts, paths, headers and bodies come from whoever may call the cloud. `word` lets none of them end a word or a
line: what is not plainly harmless is written as `\xHH`, which HAProxy reads back where words are told apart, and
nowhere later. Inside a word, HAProxy has two languages more: formats (`%[...]`) and arguments in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@=,-+%()[]~^*?!&|<>;")
_PART = re.compile(r"\$\{([a-z_]+)(?::([^}]*))?\}")


def word(text: str) -> str:
    """Return what HAProxy reads as one word that is `text`. Raises ValueError for a NUL, which no word can hold."""
    if "\0" in text:
        raise ValueError("a text holds a NUL")
    if not text:
        return '""'
    written = "".join(chr(each) if each in _PLAIN else f"\\x{each:02x}" for each in text.encode())
    # Some words mean something at the beginning of a list of them.
    return written if written[0] not in "-!{" else f"\\x{ord(written[0]):02x}{written[1:]}"


def literal(text: str) -> str:
    """Return what stands for `text` within a format."""
    return text.replace("%", "%%")


def format_word(written: str) -> str:
    """Return the word for a format, of `literal` and `formatted` parts; an empty one is not allowed as it is."""
    return word(written or "%[var(txn.nothing)]")


def argument(text: str) -> str:
    """Return what stands for `text` among a sample's arguments in parentheses."""
    if re.fullmatch(r"[A-Za-z0-9_.-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def formatted(text: str, known: Mapping[str, Callable[[str], str]]) -> str:
    """Return the format for a text with parts like `${name}` and `${name:argument}`; others stay."""
    parts = []
    end = 0
    for found in _PART.finditer(text):
        expression = known.get(found[1])
        if expression is None:
            continue
        parts += [literal(text[end : found.start()]), expression(found[2] or "")]
        end = found.end()
    return "".join([*parts, literal(text[end:])])


def matching(value: str, *, any_case: bool = False) -> tuple[str, str]:
    """Return the flags of an ACL and the word for a pattern with `*` and `?`, or a regular expression after `~`."""
    if value.startswith("~"):
        any_case = any_case or value.startswith("~*")
        return _flags("reg", any_case), word(value[2:] if value.startswith("~*") else value[1:])
    inner = value[:-1] if value.endswith("*") else value
    if not re.search(r"[*?]", value):
        return _flags("str", any_case), word(value)
    if inner and not re.search(r"[*?]", inner):
        return _flags("beg", any_case), word(inner)
    pattern = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in value)
    return _flags("reg", any_case), word(f"^{pattern}$")


def _flags(method: str, any_case: bool) -> str:
    return f"-m {method}{' -i' if any_case else ''} --"


def milliseconds(seconds: float) -> str:
    """Return a time as HAProxy takes it; the least is a millisecond."""
    return f"{max(1, min(round(seconds * 1000), 2_000_000_000))}ms"
