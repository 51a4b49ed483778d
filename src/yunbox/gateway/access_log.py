"""The access log of one process: whole lines, written a moment later, in a file that does not grow forever."""

from __future__ import annotations

import os
from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
_BUFFER_BYTES = 256 * 1024


class AccessLog:
    """Appends lines to a file; past 64 MiB the file becomes `<name>.1`, in place of the former one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[bytes] = []
        self._waiting = 0
        self._open()

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size

    def write(self, line: bytes) -> None:
        """Take a line, its end included."""
        self._lines.append(line)
        self._waiting += len(line)
        if self._waiting > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand what was taken to the operating system. A full disk loses lines, not requests."""
        if not self._lines:
            return
        data = b"".join(self._lines)
        self._lines.clear()
        self._waiting = 0
        try:
            os.write(self._file, data)
            self._size += len(data)
            if self._size > MAX_BYTES:
                self._path.replace(self._path.with_name(self._path.name + ".1"))
                os.close(self._file)
                self._open()
        except OSError:
            return

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        os.close(self._file)
