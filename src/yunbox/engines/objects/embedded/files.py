"""The files of large contents: where they lie and how they become durable.

A file is written in `incoming/`, synced, renamed to `blobs/xx/<name>` and its folder synced; only then may a
committed row name it. It never changes afterwards. A name is the owner's token and a counter, never anything
a client chose, and is never used twice.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from yunbox.engines.objects.interface import FileSpan

TOKEN_LENGTH = 16
_COPY_STEP = 1 << 20
# The file system cannot copy within the kernel; reading and writing still can.
_CANNOT_COPY = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)


class BlobFiles:
    """The folders `incoming` and `blobs` under a root, for the owner of one token."""

    def __init__(self, root: Path, token: str) -> None:
        self.incoming = root / "incoming"
        self.blobs = root / "blobs"
        self._blobs = str(self.blobs)
        self._token = token
        self._counter = itertools.count()
        for folder in (self.incoming, self.blobs):
            folder.mkdir(exist_ok=True)

    def new_name(self) -> str:
        """Return a name that no file has or had."""
        return f"{self._token}{next(self._counter):010x}"

    def path(self, name: str) -> str:
        """Return where the finished file of that name lies."""
        return f"{self._blobs}/{name[-2:]}/{name}"

    def create(self, name: str) -> int:
        """Create the file in `incoming` and return its descriptor."""
        return os.open(self.incoming / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def finish(self, name: str, descriptor: int) -> None:
        """Sync the file, close it, and move it to its place for good."""
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self._place(name, (self.incoming / name).rename)

    def link(self, source: str, name: str) -> None:
        """Give the finished file `source` a second name. Raises FileNotFoundError when it is gone."""
        existing = self.path(source)
        self._place(name, lambda target: os.link(existing, target))

    def _place(self, name: str, place: Callable[[Path], object]) -> None:
        target = Path(self.path(name))
        folder = target.parent
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(self.blobs)
        place(target)
        sync_folder(folder)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, wherever they are; those that do not exist are passed over."""
        for name in names:
            for path in (self.incoming / name, Path(self.path(name))):
                path.unlink(missing_ok=True)

    def remove_for_good(self, names: Sequence[str]) -> None:
        """Remove files so that no crash brings them back."""
        self.remove(names)
        folders = {Path(self.path(name)).parent for name in names} | {self.incoming}
        for folder in folders:
            if folder.is_dir():
                sync_folder(folder)

    def of_tokens(self, tokens: Collection[str]) -> list[str]:
        """Return the names of all files that the owners of these tokens made."""
        folders = [self.incoming, *self.blobs.iterdir()]
        return [
            path.name for folder in folders for path in folder.iterdir() if path.name[:TOKEN_LENGTH] in tokens
        ]


def sync_folder(folder: Path) -> None:
    """Make names that were added to a folder, or taken out of it, durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of `data`. Raises OSError, ENOSPC among others."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def copy_span(span: FileSpan, descriptor: int) -> None:
    """Append the bytes of a span to an open file, within the kernel where it can."""
    source = os.open(span.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        offset, left = span.offset, span.length
        while left:
            try:
                copied = os.copy_file_range(source, descriptor, min(left, 1 << 30), offset)
            except OSError as error:
                if error.errno not in _CANNOT_COPY:
                    raise
                data = os.pread(source, min(left, _COPY_STEP), offset)
                write_all(descriptor, data)
                copied = len(data)
            if copied == 0:
                raise EOFError(f"{span.path} is shorter than the database says")
            offset += copied
            left -= copied
    finally:
        os.close(source)
