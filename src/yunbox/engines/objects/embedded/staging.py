"""Taking bytes in: small ones stay in memory, large ones are written aside while they arrive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from yunbox.engines.objects.embedded.blobs import INLINE_LIMIT, Piece
from yunbox.engines.objects.embedded.files import BlobFiles
from yunbox.engines.objects.embedded.writing import FileWriter
from yunbox.engines.objects.interface import Content, Digest, FileSpan

T = TypeVar("T")

_STEP = 1 << 20
_SYNC_STEP = 16 << 20


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


class Stager:
    """Stages contents with a few threads of its own."""

    def __init__(self, files: BlobFiles, threads: int = 4) -> None:
        self.files = files
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="object-files")

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown()

    def remove_later(self, names: Sequence[str]) -> Future[None]:
        """Remove files, in a thread."""
        return self._pool.submit(self.files.remove, names)

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

    async def stage_small(self, content: Content, digests: Sequence[Digest]) -> StagedPieces:
        """Read a small content into memory and stage it. Raises FileNotFoundError when a file is gone."""
        data = await self.in_thread(lambda: b"".join(map(_bytes_of, content)))
        return await self._stage_bytes(data, digests)

    async def stage_content(self, content: Content, digests: Sequence[Digest]) -> StagedPieces:
        """Write bytes and copies of spans to one new file."""
        writer = FileWriter(self.files, digests)
        try:
            await self.in_thread(lambda: writer.copy(content))
            piece = await self.in_thread(writer.finish)
        except BaseException:
            self._pool.submit(writer.abandon)
            raise
        return StagedPieces(self, [piece])

    async def _stage_stream(
        self, held: list[bytes], rest: AsyncIterator[bytes], digests: Sequence[Digest]
    ) -> StagedPieces:
        """Write what was held and what still comes.

        While one step is received, the one before is digested and, beside that, written; and what was written
        is synced now and then, so that little is left to sync in the end.
        """
        writer = FileWriter(self.files, digests)
        steps: list[asyncio.Future[None]] = []
        size = sum(map(len, held))
        unsynced = 0
        try:
            async for chunk in rest:
                held.append(bytes(chunk))
                size += len(chunk)
                if size >= _STEP:
                    steps = await self._next_step(writer, steps, held)
                    unsynced += size
                    held, size = [], 0
                if unsynced >= _SYNC_STEP:
                    self._later(writer.sync)
                    unsynced = 0
            for step in await self._next_step(writer, steps, held):
                await step
            piece = await self.in_thread(writer.finish)
        except BaseException:
            self._pool.submit(writer.abandon)
            raise
        return StagedPieces(self, [piece])

    async def _next_step(
        self, writer: FileWriter, former: Sequence[asyncio.Future[None]], chunks: list[bytes]
    ) -> list[asyncio.Future[None]]:
        """Wait for the step before, then start this one."""
        for step in former:
            await step
        steps = [self._later(lambda: writer.write(chunks))]
        if writer.digests:
            steps.append(self._later(lambda: writer.digest(chunks)))
        return steps

    def _later(self, work: Callable[[], None]) -> asyncio.Future[None]:
        step = asyncio.get_running_loop().run_in_executor(self._pool, work)
        step.add_done_callback(_look_at)
        return step

    async def stage_shared(self, pieces: Sequence[Piece]) -> StagedPieces:
        """Stage a copy that shares the files by hard links. Raises FileNotFoundError when one is gone."""
        made: list[str] = []

        def link() -> list[Piece]:
            shared = []
            for piece in pieces:
                if piece.name:
                    name = self.files.new_name()
                    self.files.link(piece.name, name)
                    made.append(name)
                    shared.append(piece._replace(name=name))
                else:
                    shared.append(piece)
            return shared

        linking = self._pool.submit(link)
        try:
            linked = await asyncio.wrap_future(linking)
        except BaseException:
            linking.add_done_callback(lambda _: self.files.remove(made))
            raise
        return StagedPieces(self, linked)


def _look_at(step: asyncio.Future[Any]) -> None:
    """Count a step's error as seen: the one who waits for the steps meets the first, and gives up."""
    if not step.cancelled():
        step.exception()


def _bytes_of(piece: bytes | FileSpan) -> bytes:
    if isinstance(piece, bytes):
        return piece
    with Path(piece.path).open("rb", buffering=0) as source:
        data = os.pread(source.fileno(), piece.length, piece.offset)
    if len(data) != piece.length:
        raise EOFError(f"{piece.path} is shorter than the database says")
    return data
