"""Patterns with `*` (any characters, or none) and `?` (one character).

A pattern comes from whoever writes a policy and runs on every request, so matching must not take time that
a hostile pattern can drive up: each text is walked once for the pieces between the asterisks, leftmost
first, which is enough because an asterisk may take up whatever lies between. No regular expression, no
backtracking.
"""

from __future__ import annotations


class Wildcard:
    """One compiled pattern. Source of the rules: RAM documentation, "Conditional operators" (StringLike)."""

    __slots__ = ("_exact", "_head", "_least", "_middle", "_prefix", "_tail", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = text.split("*")
        self._exact = len(pieces) == 1
        self._head = _Piece(pieces[0])
        self._tail = _Piece(pieces[-1])
        self._middle = tuple(_Piece(piece) for piece in pieces[1:-1] if piece)
        self._least = sum(map(len, pieces))
        simple = len(pieces) == 2 and not pieces[1] and "?" not in pieces[0]
        self._prefix = pieces[0] if simple else None

    def matches(self, text: str) -> bool:
        """Return whether the whole text fits the pattern."""
        if self._prefix is not None:
            return text.startswith(self._prefix)
        if self._exact:
            return len(text) == self._least and self._head.stands_at(text, 0)
        return self._least <= len(text) and self._matches_pieces(text)

    def _matches_pieces(self, text: str) -> bool:
        end = len(text) - self._tail.length
        if not (self._head.stands_at(text, 0) and self._tail.stands_at(text, end)):
            return False
        at = self._head.length
        for piece in self._middle:
            at = piece.find(text, at, end)
            if at < 0:
                return False
            at += piece.length
        return True

    def __repr__(self) -> str:
        return f"Wildcard({self.text!r})"


class _Piece:
    """What stands between two asterisks: characters and question marks."""

    __slots__ = ("_any", "_masks", "length", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)
        self._any = sum(1 << place for place, character in enumerate(text) if character == "?")
        self._masks: dict[str, int] | None = self._compile() if self._any else None

    def _compile(self) -> dict[str, int]:
        """Return, for each character, at which places of the piece it may stand, one bit a place."""
        masks: dict[str, int] = {}
        for place, character in enumerate(self.text):
            if character != "?":
                masks[character] = masks.get(character, self._any) | 1 << place
        return masks

    def stands_at(self, text: str, at: int) -> bool:
        if self._masks is None:
            return text.startswith(self.text, at)
        there = text[at : at + self.length]
        return all(wanted in ("?", found) for wanted, found in zip(self.text, there, strict=True))

    def find(self, text: str, start: int, stop: int) -> int:
        """Return where the piece first stands within [start, stop), or -1.

        With question marks, by bit-parallel search (Shift-And): one step a character of the text.
        """
        if self._masks is None:
            return text.find(self.text, start, stop)
        goal = 1 << (self.length - 1)
        state = 0
        for at in range(start, stop):
            state = (state << 1 | 1) & self._masks.get(text[at], self._any)
            if state & goal:
                return at - self.length + 1
        return -1
