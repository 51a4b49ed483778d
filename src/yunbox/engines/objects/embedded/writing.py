"""Writing one new file, in threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from yunbox.engines.objects.embedded.blobs import Piece
from yunbox.engines.objects.embedded.files import BlobFiles, copy_span, write_all
from yunbox.engines.objects.interface import Content, Digest, FileSpan

_STEP = 1 << 20


class FileWriter:
    """Writes one file in `incoming`, then moves it to its place.

    Every method runs in some thread and blocks. The caller starts the next `write` or `digest` only after the
    former one ended. `abandon` may come at any time: it waits for what runs, and whatever comes later does
    nothing; a descriptor is never closed under a running write.
    """

    def __init__(self, files: BlobFiles, digests: Sequence[Digest]) -> None:
        self.digests = digests
        self._name = files.new_name()
        self._files = files
        self._size = 0
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._descriptor: int | None = None
        self._over = False

    def write(self, chunks: Sequence[bytes]) -> None:
        """Append to the file, without feeding the digests."""
        with self._writing:
            if self._over:
                return
            descriptor = self._opened()
            data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            write_all(descriptor, data)
            self._size += len(data)

    def digest(self, chunks: Sequence[bytes]) -> None:
        """Feed the digests."""
        for chunk in chunks:
            for digest in self.digests:
                digest.update(chunk)

    def copy(self, content: Content) -> None:
        """Append bytes and spans of other files, feeding the digests."""
        for piece in content:
            if isinstance(piece, FileSpan):
                self._copy_span(piece)
            else:
                self.digest([piece])
                self.write([piece])

    def _copy_span(self, span: FileSpan) -> None:
        if not self.digests:
            with self._writing:
                if not self._over:
                    copy_span(span, self._opened())
                    self._size += span.length
            return
        with Path(span.path).open("rb", buffering=0) as source:
            source.seek(span.offset)
            left = span.length
            while left:
                data = source.read(min(left, _STEP))
                if not data:
                    raise EOFError(f"{span.path} is shorter than the database says")
                self.digest([data])
                self.write([data])
                left -= len(data)

    def _opened(self) -> int:
        if self._descriptor is None:
            self._descriptor = self._files.create(self._name)
        return self._descriptor

    def sync(self) -> None:
        """Sync what was written so far, while more is written."""
        with self._syncing:
            descriptor = self._descriptor
            if descriptor is not None and not self._over:
                os.fdatasync(descriptor)

    def finish(self) -> Piece:
        """Make the file durable and put it in its place."""
        with self._syncing, self._writing:
            descriptor, self._descriptor = self._opened(), None
            self._files.finish(self._name, descriptor)
            return Piece(self._size, name=self._name)

    def abandon(self) -> None:
        """Close and remove the file."""
        self._over = True
        with self._syncing, self._writing:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            self._files.remove([self._name])
