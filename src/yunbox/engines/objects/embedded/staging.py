"""Taking bytes in: small ones stay in memory, large ones are written aside while they arrive."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from yunbox.engines.objects.embedded.blobs import INLINE_LIMIT, Piece
from yunbox.engines.objects.embedded.files import BlobFiles, copy_span, write_all
from yunbox.engines.objects.interface import Content, Digest, FileSpan

T = TypeVar("T")

_STEP = 1 << 20


class StagedPieces:
    """Staged bytes of the embedded store; see `interface.Staged`."""

    def __init__(self, stager: Stager, pieces: Sequence[Piece]) -> None:
        self._stager = stager
        self._taken = False
        self.pieces = pieces
        self.size = sum(piece.size for piece in pieces)
        self.inline_bytes = sum(len(piece.data) for piece in pieces)

    def take(self) -> None:
        """Hand the bytes over to a change that stores them, once."""
        if self._taken:
            raise RuntimeError("these staged bytes were stored or discarded before")
        self._taken = True

    def spoil(self) -> None:
        """Remove the files of a change that came to nothing."""
        names = [piece.name for piece in self.pieces if piece.name]
        if names:
            self._stager.remove_later(names)

    async def discard(self) -> None:
        """Give the bytes up; does nothing when they were stored."""
        if not self._taken:
            self._taken = True
            names = [piece.name for piece in self.pieces if piece.name]
            if names:
                await asyncio.wrap_future(self._stager.remove_later(names))


class _FileWriter:
    """Writes one file in threads. Steps wait for each other; after `abandon` none does anything."""

    def __init__(self, files: BlobFiles, digests: Sequence[Digest]) -> None:
        self.size = 0
        self.name = files.new_name()
        self._files = files
        self._digests = digests
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._over = False

    def write(self, chunks: Sequence[bytes | FileSpan]) -> None:
        """Feed the digests and append to the file."""
        with self._lock:
            if self._over:
                return
            if self._descriptor is None:
                self._descriptor = self._files.create(self.name)
            run: list[bytes] = []
            for chunk in chunks:
                if isinstance(chunk, bytes):
                    run.append(chunk)
                    continue
                self._write_bytes(run)
                run.clear()
                self._write_span(chunk)
            self._write_bytes(run)

    def _write_bytes(self, run: list[bytes]) -> None:
        if not run:
            return
        data = run[0] if len(run) == 1 else b"".join(run)
        for digest in self._digests:
            digest.update(data)
        assert self._descriptor is not None
        write_all(self._descriptor, data)
        self.size += len(data)

    def _write_span(self, span: FileSpan) -> None:
        assert self._descriptor is not None
        if not self._digests:
            copy_span(span, self._descriptor)
            self.size += span.length
            return
        with Path(span.path).open("rb", buffering=0) as source:
            source.seek(span.offset)
            left = span.length
            while left:
                data = source.read(min(left, _STEP))
                if not data:
                    raise EOFError(f"{span.path} is shorter than the database says")
                self._write_bytes([data])
                left -= len(data)

    def finish(self) -> Piece:
        """Make the file durable."""
        with self._lock:
            assert self._descriptor is not None
            descriptor, self._descriptor = self._descriptor, None
            self._files.finish(self.name, descriptor)
            return Piece(self.size, name=self.name)

    def abandon(self) -> None:
        """Close and remove the file."""
        with self._lock:
            self._over = True
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            self._files.remove([self.name])


class Stager:
    """Stages contents with a few threads of its own."""

    def __init__(self, files: BlobFiles, threads: int = 4) -> None:
        self._files = files
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="object-files")

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown()

    def remove_later(self, names: Sequence[str]) -> Future[None]:
        """Remove files, in a thread."""
        return self._pool.submit(self._files.remove, names)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def stage(self, body: bytes | AsyncIterator[bytes], digests: Sequence[Digest]) -> StagedPieces:
        """Stage a body; see `ObjectStore.stage`."""
        if isinstance(body, bytes):
            return await self._stage_bytes(body, digests)
        held: list[bytes] = []
        size = 0
        async for chunk in body:
            if chunk:
                held.append(bytes(chunk))
                size += len(chunk)
                if size > INLINE_LIMIT:
                    return await self._stage_stream(held, body, digests)
        return await self._stage_bytes(b"".join(held), digests)

    async def _stage_bytes(self, data: bytes, digests: Sequence[Digest]) -> StagedPieces:
        if len(data) > INLINE_LIMIT:
            return await self.stage_content([data], digests)
        for digest in digests:
            digest.update(data)
        return StagedPieces(self, [Piece(len(data), data=data)] if data else [])

    async def stage_content(self, content: Content, digests: Sequence[Digest]) -> StagedPieces:
        """Write bytes and copies of spans to one new file."""
        writer = _FileWriter(self._files, digests)
        try:
            await self.in_thread(lambda: writer.write(content))
            piece = await self.in_thread(writer.finish)
        except BaseException:
            self._pool.submit(writer.abandon)
            raise
        return StagedPieces(self, [piece])

    async def stage_small(self, content: Content, digests: Sequence[Digest]) -> StagedPieces:
        """Read a small content into memory and stage it. Raises FileNotFoundError when a file is gone."""
        data = await self.in_thread(lambda: b"".join(map(_bytes_of, content)))
        return await self._stage_bytes(data, digests)

    async def _stage_stream(
        self, held: list[bytes], rest: AsyncIterator[bytes], digests: Sequence[Digest]
    ) -> StagedPieces:
        """Write what was held and what still comes; the next step is received while one is written."""
        writer = _FileWriter(self._files, digests)
        loop = asyncio.get_running_loop()
        step: asyncio.Future[None] | None = None
        size = sum(map(len, held))
        try:
            async for chunk in rest:
                held.append(bytes(chunk))
                size += len(chunk)
                if size >= _STEP:
                    if step is not None:
                        await step
                    step = loop.run_in_executor(self._pool, writer.write, held)
                    held, size = [], 0
            if step is not None:
                await step
            if held:
                await loop.run_in_executor(self._pool, writer.write, held)
            piece = await loop.run_in_executor(self._pool, writer.finish)
        except BaseException:
            if step is not None:
                step.cancel()
            self._pool.submit(writer.abandon)
            raise
        return StagedPieces(self, [piece])

    async def stage_shared(self, pieces: Sequence[Piece]) -> StagedPieces:
        """Stage a copy that shares the files by hard links. Raises FileNotFoundError when one is gone."""
        made: list[str] = []

        def link() -> list[Piece]:
            shared = []
            for piece in pieces:
                if piece.name:
                    name = self._files.new_name()
                    self._files.link(piece.name, name)
                    made.append(name)
                    shared.append(piece._replace(name=name))
                else:
                    shared.append(piece)
            return shared

        try:
            linked = await self.in_thread(link)
        except BaseException:
            self._pool.submit(lambda: self._files.remove(made))
            raise
        return StagedPieces(self, linked)


def _bytes_of(piece: bytes | FileSpan) -> bytes:
    if isinstance(piece, bytes):
        return piece
    with Path(piece.path).open("rb", buffering=0) as source:
        source.seek(piece.offset)
        data = source.read(piece.length)
    if len(data) != piece.length:
        raise EOFError(f"{piece.path} is shorter than the database says")
    return data
