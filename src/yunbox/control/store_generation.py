"""A number that changes with every commit of any process: `SharedCount` for a store that processes share."""

from __future__ import annotations

from typing import Protocol


class Generation(Protocol):
    """Counts commits."""

    def read(self) -> bytes:
        """Return bytes to be compared with bytes read earlier."""
        ...

    def advance(self) -> None:
        """Change what `read` returns, in every process. Called with the write lock held."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class MemoryGeneration:
    """The generation of a store in memory."""

    def __init__(self) -> None:
        self._count = 0

    def read(self) -> bytes:
        """Return the count."""
        return self._count.to_bytes(8, "little")

    def advance(self) -> None:
        """Count one on."""
        self._count += 1

    def close(self) -> None:
        """Hold nothing."""
