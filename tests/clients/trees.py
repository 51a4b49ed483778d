"""A small tree of files for clients that copy trees."""

from __future__ import annotations

import os
from pathlib import Path


def plant(root: Path) -> Path:
    """Make a tree with empty, small and large files and with names that need encoding."""
    for name, size in (
        ("empty", 0),
        ("small", 10),
        ("large.bin", 12_000_000),
        ("sub/with spaces and +.txt", 1000),
        ("sub/deeper/中文", 2000),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Return a tree's files by their relative paths."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
