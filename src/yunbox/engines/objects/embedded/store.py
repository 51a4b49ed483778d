"""The object store of one machine, shared by all its processes.

Each process opens the same root for itself, after it was forked. Under the root lie `objects.db` (SQLite:
all metadata, and contents up to 64 KiB), `blobs/` and `incoming/` (larger contents), `leases/` (who is
alive), two lock files and the count of bucket changes. Reads run on the event loop's thread, on a connection
of their own, and see the last commit of any process. Changes go through group commit.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import blobs, buckets, listing, uploads, versions
from yunbox.engines.objects.embedded.blobs import INLINE_LIMIT
from yunbox.engines.objects.embedded.bucket_cache import BucketCache, ChangeCount
from yunbox.engines.objects.embedded.commits import Commits
from yunbox.engines.objects.embedded.files import TOKEN_LENGTH, BlobFiles
from yunbox.engines.objects.embedded.locks import Lease, WriteLock
from yunbox.engines.objects.embedded.reclaim import Reclaimer
from yunbox.engines.objects.embedded.schema import connect, prepare
from yunbox.engines.objects.embedded.staging import StagedPieces, Stager
from yunbox.engines.objects.embedded.transaction import BucketRow, Transaction
from yunbox.engines.objects.interface import (
    Bucket,
    Check,
    Content,
    Digest,
    Entry,
    NewEntry,
    NoBucketError,
    Page,
    Part,
    Parts,
    Staged,
    Upload,
    UploadPage,
    Usage,
)

_ROW_BYTES = 512


class EmbeddedObjectStore:
    """Implements `interface.ObjectStore` with SQLite and files. One instance a process; one event loop."""

    def __init__(self, root: Path, clock: Clock, ids: Ids, *, worker: str) -> None:
        """Open the store at `root`, creating what is missing. `worker` names this process in its lease.

        Raises NewerFormatError when a newer release wrote it.
        """
        (root / "leases").mkdir(parents=True, exist_ok=True)
        self._lock = WriteLock(root)
        self._lock.acquire()
        try:
            self._write = connect(root / "objects.db")
            prepare(self._write)
            self._read = connect(root / "objects.db")
        finally:
            self._lock.release()
        self._read.execute("PRAGMA query_only = ON")
        self._changes = ChangeCount(root / "bucket-changes")
        self._buckets = BucketCache(self._changes, self._read, buckets.known)
        self._lease = Lease.take(root / "leases", lambda: ids.hex(TOKEN_LENGTH).lower(), worker)
        self._files = BlobFiles(root, self._lease.token)
        self._stager = Stager(self._files)
        self._commits = Commits(Transaction(self._write, clock, ids, self._changes), self._lock)
        self._reclaimer = Reclaimer(root / "leases", clock, self._read, self._commits, self._stager)
        self._closed = False

    async def close(self) -> None:
        """Finish what is under way and release everything."""
        if self._closed:
            return
        self._closed = True
        await self._commits.close()
        self._stager.close()
        self._lock.acquire()
        # The last connection of all moves the log into the database: under the lock, as every checkpoint.
        self._read.close()
        self._write.close()
        self._lock.close()
        self._changes.close()
        self._lease.release()

    # Upkeep, for the maintenance process

    async def collect(self) -> int:
        """Remove the files that were deleted more than a minute ago; return how many."""
        return await self._reclaimer.collect()

    async def sweep(self) -> int:
        """Remove the files that dead processes staged and never stored; return how many.

        Safe at any time, in any process, while others work; see `reclaim` for the proof.
        """
        return await self._reclaimer.sweep()

    # Buckets

    async def create_bucket(self, bucket: Bucket) -> None:
        """See `ObjectStore.create_bucket`."""
        await self._commits.run(lambda tx: buckets.create(tx, bucket))

    async def bucket(self, name: str) -> Bucket | None:
        """See `ObjectStore.bucket`."""
        known = self._buckets.find(name)
        return None if known is None else known.bucket

    async def buckets(self, *, owner: str, prefix: str = "", after: str = "", limit: int) -> list[Bucket]:
        """See `ObjectStore.buckets`."""
        return buckets.owned(self._read, owner, prefix, after, limit)

    async def update_bucket(self, name: str, change: Callable[[Bucket], Bucket]) -> Bucket:
        """See `ObjectStore.update_bucket`."""
        return await self._commits.run(lambda tx: buckets.update(tx, name, change))

    async def delete_bucket(self, name: str) -> None:
        """See `ObjectStore.delete_bucket`."""
        await self._commits.run(lambda tx: buckets.delete(tx, name))

    async def usage(self, bucket: str) -> Usage:
        """See `ObjectStore.usage`."""
        return buckets.usage(self._read, bucket)

    def _row(self, name: str) -> BucketRow:
        """Return what a read must know of a bucket. Raises NoBucketError."""
        known = self._buckets.find(name)
        if known is None:
            raise NoBucketError(name)
        return known.row

    # Bytes

    async def stage(self, body: bytes | AsyncIterator[bytes], digests: Sequence[Digest] = ()) -> Staged:
        """See `ObjectStore.stage`."""
        return await self._stager.stage(body, digests)

    async def stage_copy(
        self, source: Entry, start: int, stop: int, digests: Sequence[Digest] = ()
    ) -> Staged:
        """See `ObjectStore.stage_copy`."""
        if not digests and start == 0 and stop == source.size:
            pieces = blobs.staged_pieces(self._read, self._files, source.content, source.size)
            return await self._stager.stage_shared(pieces)
        content = await self.read(source, start, stop)
        if stop - start > INLINE_LIMIT:
            return await self._stager.stage_content(content, digests)
        return await self._stager.stage_small(content, digests)

    async def read(self, entry: Entry, start: int, stop: int) -> Content:
        """See `ObjectStore.read`."""
        if entry.inline is not None:
            return [entry.inline[start:stop]] if start < stop else []
        return blobs.read(self._read, self._files, entry.content, start, min(stop, entry.size))

    # Versions

    async def put(self, bucket: str, new: NewEntry, staged: Staged, check: Check | None = None) -> Entry:
        """See `ObjectStore.put`."""
        content = _taken(staged)
        return await self._commits.run(
            lambda tx: versions.put(tx, bucket, new, content.pieces, content.size, check),
            weight=_ROW_BYTES + content.inline_bytes,
            spoiled=content.spoil,
        )

    async def append(
        self, bucket: str, new: Callable[[Entry | None], NewEntry], key: str, staged: Staged
    ) -> Entry:
        """See `ObjectStore.append`."""
        content = _taken(staged)
        try:
            await self._merge_segments(bucket, key)
        except BaseException:
            content.spoil()
            raise
        return await self._commits.run(
            lambda tx: versions.append(tx, bucket, new, key, content.pieces, content.size),
            weight=_ROW_BYTES + INLINE_LIMIT,
            spoiled=content.spoil,
        )

    async def _merge_segments(self, bucket: str, key: str) -> None:
        """Make one file of the many small segments that appends have left, before one more is added."""
        entry = await self.get(bucket, key)
        if entry is None or entry.content == 0:
            return
        start, segments = blobs.mergeable(self._read, entry.content)
        if not segments:
            return
        stop = start + sum(size for _, size in segments)
        merged = await self._stager.stage_content(await self.read(entry, start, stop), ())
        merged.take()

        def replace(tx: Transaction) -> None:
            if not blobs.replace_segments(tx, entry.content, segments, merged.pieces):
                raise _ChangedMeanwhileError

        with contextlib.suppress(_ChangedMeanwhileError):
            await self._commits.run(replace, spoiled=merged.spoil)

    async def get(
        self, bucket: str, key: str, version: str | None = None, *, will_read: bool = False
    ) -> Entry | None:
        """See `ObjectStore.get`."""
        row = self._row(bucket)
        if will_read and version is None and (entry := versions.find_inline(self._read, row, key)):
            return entry
        return versions.find(self._read, row, key, version)

    async def update(
        self, bucket: str, key: str, version: str | None, change: Callable[[Entry], bytes]
    ) -> Entry | None:
        """See `ObjectStore.update`."""
        return await self._commits.run(lambda tx: versions.update(tx, bucket, key, version, change))

    async def delete(
        self, bucket: str, key: str, version: str | None, now: int, check: Check | None = None
    ) -> Entry | None:
        """See `ObjectStore.delete`."""
        return await self._commits.run(lambda tx: versions.delete(tx, bucket, key, version, now, check))

    async def list(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int
    ) -> Page:
        """See `ObjectStore.list`."""
        row = self._row(bucket)
        return listing.list_current(self._read, row.id, prefix, delimiter, after, limit)

    async def list_versions(
        self,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        after: str = "",
        after_version: str = "",
        limit: int,
    ) -> Page:
        """See `ObjectStore.list_versions`."""
        row = self._row(bucket)
        return listing.list_versions(self._read, row.id, prefix, delimiter, after, after_version, limit)

    # Uploads

    async def create_upload(self, bucket: str, key: str, now: int, attributes: bytes) -> Upload:
        """See `ObjectStore.create_upload`."""
        return await self._commits.run(lambda tx: uploads.create(tx, bucket, key, now, attributes))

    async def upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """See `ObjectStore.upload`."""
        row = self._row(bucket)
        return uploads.find(self._read, row.id, upload_id, key)[1]

    async def put_part(
        self,
        bucket: str,
        upload_id: str,
        number: int,
        staged: Staged,
        *,
        etag: str,
        now: int,
        attributes: bytes,
    ) -> Part:
        """See `ObjectStore.put_part`."""
        content = _taken(staged)
        part = Part(number, content.size, etag, now, attributes)
        return await self._commits.run(
            lambda tx: uploads.put_part(tx, bucket, upload_id, part, content.pieces),
            weight=_ROW_BYTES + content.inline_bytes,
            spoiled=content.spoil,
        )

    async def parts(self, bucket: str, upload_id: str, *, after: int = 0, limit: int) -> Parts:
        """See `ObjectStore.parts`."""
        seq, _ = uploads.find(self._read, self._row(bucket).id, upload_id)
        return uploads.parts(self._read, seq, after, max(0, limit))

    async def complete(
        self,
        bucket: str,
        upload_id: str,
        parts: Sequence[tuple[int, str]],
        new: Callable[[Upload, Parts], NewEntry],
        check: Check | None = None,
    ) -> Entry:
        """See `ObjectStore.complete`."""
        return await self._commits.run(lambda tx: uploads.complete(tx, bucket, upload_id, parts, new, check))

    async def abort(self, bucket: str, upload_id: str) -> None:
        """See `ObjectStore.abort`."""
        await self._commits.run(lambda tx: uploads.abort(tx, bucket, upload_id))

    async def uploads(
        self,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        after_key: str = "",
        after_upload_id: str = "",
        limit: int,
    ) -> UploadPage:
        """See `ObjectStore.uploads`."""
        row = self._row(bucket)
        return listing.list_uploads(self._read, row.id, prefix, delimiter, after_key, after_upload_id, limit)


class _ChangedMeanwhileError(Exception):
    """Another change made a merge pointless."""


def _taken(staged: Staged) -> StagedPieces:
    """Take staged bytes for a change. Raises TypeError for a stranger's, RuntimeError for used ones."""
    if not isinstance(staged, StagedPieces):
        raise TypeError("these bytes were not staged in this store")
    staged.take()
    return staged
