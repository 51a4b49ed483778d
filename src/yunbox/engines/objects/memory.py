"""The object store in memory: for tests, and the plain statement of what the other one must do.

Everything is a dictionary or a list; listings filter and sort all there is. Nothing outlives the process.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from yunbox.control.ids import Ids
from yunbox.engines.objects.interface import (
    NULL_VERSION,
    BadPartError,
    Bucket,
    BucketExistsError,
    BucketNotEmptyError,
    Check,
    Content,
    Digest,
    Entry,
    NewEntry,
    NoBucketError,
    NoUploadError,
    Page,
    Part,
    Parts,
    Staged,
    Upload,
    UploadPage,
    Usage,
)
from yunbox.engines.objects.memory_holdings import (
    HeldBucket,
    HeldUpload,
    HeldVersion,
    RolledUp,
    StagedBytes,
    taken,
)
from yunbox.engines.objects.names import upload_name, upload_seq, version_name, version_seq


class MemoryObjectStore:
    """Implements `interface.ObjectStore` in memory, for one event loop."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._seq = itertools.count(1)
        self._buckets: dict[str, HeldBucket] = {}
        self._contents: dict[int, bytes] = {}

    def _held(self, name: str) -> HeldBucket:
        try:
            return self._buckets[name]
        except KeyError:
            raise NoBucketError(name) from None

    async def create_bucket(self, bucket: Bucket) -> None:
        """See `ObjectStore.create_bucket`."""
        if bucket.name in self._buckets:
            raise BucketExistsError(bucket.name)
        self._buckets[bucket.name] = HeldBucket(bucket)

    async def bucket(self, name: str) -> Bucket | None:
        """See `ObjectStore.bucket`."""
        held = self._buckets.get(name)
        return held.bucket if held else None

    async def buckets(self, *, owner: str, prefix: str = "", after: str = "", limit: int) -> list[Bucket]:
        """See `ObjectStore.buckets`."""
        names = sorted(name for name in self._buckets if name.startswith(prefix) and name > after)
        owned = [self._buckets[name].bucket for name in names if self._buckets[name].bucket.owner == owner]
        return owned[: max(0, limit)]

    async def update_bucket(self, name: str, change: Callable[[Bucket], Bucket]) -> Bucket:
        """See `ObjectStore.update_bucket`."""
        held = self._held(name)
        changed = change(held.bucket)
        if changed.name != name:
            raise ValueError("a bucket keeps its name")
        if changed.versioning == "Off" != held.bucket.versioning:
            raise ValueError("versioning that was ever on is suspended, not turned off")
        held.bucket = changed
        return changed

    async def delete_bucket(self, name: str) -> None:
        """See `ObjectStore.delete_bucket`."""
        held = self._held(name)
        if held.versions or held.uploads:
            raise BucketNotEmptyError(name)
        del self._buckets[name]

    async def usage(self, bucket: str) -> Usage:
        """See `ObjectStore.usage`."""
        held = self._held(bucket)
        entries = [version.entry for version in held.shown()]
        parts = [part for upload in held.uploads.values() for part in upload.parts.values()]
        return Usage(
            objects=sum(entry.latest and not entry.marker for entry in entries),
            bytes=sum(entry.size for entry in entries),
            versions=sum(not entry.marker for entry in entries),
            markers=sum(entry.marker for entry in entries),
            uploads=len(held.uploads),
            upload_bytes=sum(part.size for part in parts),
        )

    async def stage(self, body: bytes | AsyncIterator[bytes], digests: Sequence[Digest] = ()) -> Staged:
        """See `ObjectStore.stage`."""
        data = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
        for digest in digests:
            digest.update(data)
        return StagedBytes(data)

    async def stage_copy(
        self, source: Entry, start: int, stop: int, digests: Sequence[Digest] = ()
    ) -> Staged:
        """See `ObjectStore.stage_copy`."""
        pieces = await self.read(source, start, stop)
        return await self.stage(b"".join(piece for piece in pieces if isinstance(piece, bytes)), digests)

    async def read(self, entry: Entry, start: int, stop: int) -> Content:
        """See `ObjectStore.read`."""
        stop = min(stop, entry.size)
        if start >= stop:
            return []
        if entry.content not in self._contents:
            raise FileNotFoundError(f"content {entry.content} is deleted")
        return [self._contents[entry.content][start:stop]]

    async def put(self, bucket: str, new: NewEntry, staged: Staged, check: Check | None = None) -> Entry:
        """See `ObjectStore.put`."""
        data = taken(staged)
        held = self._held(bucket)
        if check is not None:
            check(held.current(new.key))
        return self._put(held, new, data)

    def _put(self, held: HeldBucket, new: NewEntry, data: bytes) -> Entry:
        seq = next(self._seq)
        self._contents[seq] = data
        version = self._make_room(held, new.key, seq)
        entry = Entry(new.key, version, new.modified, len(data), new.etag, new.attributes, content=seq)
        held.versions.setdefault(new.key, []).insert(0, HeldVersion(seq, entry))
        return entry

    def _make_room(self, held: HeldBucket, key: str, seq: int) -> str:
        """Return the name of the version that comes on top, having removed the one it replaces."""
        if held.bucket.versioning == "Enabled":
            return version_name(seq, self._ids)
        self._remove(held, key, NULL_VERSION)
        return NULL_VERSION

    def _remove(self, held: HeldBucket, key: str, version: str) -> None:
        versions = held.versions.get(key, [])
        kept = [one for one in versions if one.entry.version != version]
        for one in versions:
            if one.entry.version == version:
                self._contents.pop(one.entry.content, None)
        if kept:
            held.versions[key] = kept
        else:
            held.versions.pop(key, None)

    async def append(
        self, bucket: str, new: Callable[[Entry | None], NewEntry], key: str, staged: Staged
    ) -> Entry:
        """See `ObjectStore.append`."""
        data = taken(staged)
        held = self._held(bucket)
        current = held.current(key)
        if current is None or current.marker:
            return self._put(held, new(None), data)
        wanted = new(current)
        self._contents[current.content] += data
        longer = msgspec.structs.replace(
            current,
            modified=wanted.modified,
            size=current.size + len(data),
            etag=wanted.etag,
            attributes=wanted.attributes,
        )
        held.versions[key][0].entry = longer
        return longer

    async def get(
        self, bucket: str, key: str, version: str | None = None, *, will_read: bool = False
    ) -> Entry | None:
        """See `ObjectStore.get`."""
        return self._find(self._held(bucket), key, version)

    def _find(self, held: HeldBucket, key: str, version: str | None) -> Entry | None:
        for index, one in enumerate(held.versions.get(key, [])):
            if version is None or one.entry.version == version:
                return msgspec.structs.replace(one.entry, latest=index == 0)
        return None

    async def update(
        self, bucket: str, key: str, version: str | None, change: Callable[[Entry], bytes]
    ) -> Entry | None:
        """See `ObjectStore.update`."""
        held = self._held(bucket)
        found = self._find(held, key, version)
        if found is None:
            return None
        changed = msgspec.structs.replace(found, attributes=change(found))
        for one in held.versions[key]:
            if one.entry.version == found.version:
                one.entry = changed
        return changed

    async def delete(
        self, bucket: str, key: str, version: str | None, now: int, check: Check | None = None
    ) -> Entry | None:
        """See `ObjectStore.delete`."""
        held = self._held(bucket)
        found = self._find(held, key, version)
        if check is not None:
            check(found)
        if version is None and held.bucket.versioning != "Off":
            seq = next(self._seq)
            marker = Entry(key, self._make_room(held, key, seq), now, 0, "", marker=True)
            held.versions.setdefault(key, []).insert(0, HeldVersion(seq, marker))
            return marker
        if found is not None:
            self._remove(held, key, found.version)
        return found

    async def list(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int
    ) -> Page:
        """See `ObjectStore.list`."""
        shown = [one for one in self._held(bucket).shown() if one.entry.latest and not one.entry.marker]
        rows = [(one.entry.key, one) for one in shown if one.entry.key > after]
        page = RolledUp(rows, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        last = page.last_key if page.truncated else ""
        return Page([one.entry for one in page.rows], page.prefixes, page.truncated, last)

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
        held = self._held(bucket)
        bound: int | None = 0
        if after_version == NULL_VERSION:
            null = [one.seq for one in held.versions.get(after, []) if one.entry.version == NULL_VERSION]
            bound = null[0] if null else None
        elif after_version:
            bound = version_seq(after_version)
            if bound is None:
                raise ValueError("no version has that name")
        rows = [
            (one.entry.key, one)
            for one in held.shown()
            if one.entry.key > after or (one.entry.key == after and (bound is None or one.seq < bound))
        ]
        page = RolledUp(rows, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        entries = [one.entry for one in page.rows]
        if not page.truncated:
            return Page(entries, page.prefixes)
        version = page.last_row.entry.version if page.last_row else ""
        return Page(entries, page.prefixes, True, page.last_key, version)

    async def create_upload(self, bucket: str, key: str, now: int, attributes: bytes) -> Upload:
        """See `ObjectStore.create_upload`."""
        held = self._held(bucket)
        seq = next(self._seq)
        upload = Upload(upload_name(seq, self._ids), key, now, attributes)
        held.uploads[upload.upload_id] = HeldUpload(seq, upload)
        return upload

    def _upload(self, bucket: str, upload_id: str) -> HeldUpload:
        held = self._held(bucket)
        if upload_id not in held.uploads:
            raise NoUploadError(upload_id)
        return held.uploads[upload_id]

    async def upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """See `ObjectStore.upload`."""
        upload = self._upload(bucket, upload_id).upload
        if upload.key != key:
            raise NoUploadError(upload_id)
        return upload

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
        data = taken(staged)
        upload = self._upload(bucket, upload_id)
        content = next(self._seq)
        self._contents[content] = data
        if number in upload.parts:
            del self._contents[upload.parts[number].content]
        part = upload.parts[number] = Part(number, len(data), etag, now, attributes, content)
        return part

    async def parts(self, bucket: str, upload_id: str, *, after: int = 0, limit: int) -> Parts:
        """See `ObjectStore.parts`."""
        parts = self._upload(bucket, upload_id).parts
        return [parts[number] for number in sorted(parts) if number > after][: max(0, limit)]

    async def complete(
        self,
        bucket: str,
        upload_id: str,
        parts: Sequence[tuple[int, str]],
        new: Callable[[Upload, Parts], NewEntry],
        check: Check | None = None,
    ) -> Entry:
        """See `ObjectStore.complete`."""
        held = self._held(bucket)
        upload = self._upload(bucket, upload_id)
        chosen: Parts = []
        for number, etag in parts:
            part = upload.parts.get(number)
            if part is None or part in chosen or part.etag.lower() != etag.lower():
                raise BadPartError(number)
            chosen.append(part)
        wanted = new(upload.upload, chosen)
        if check is not None:
            check(held.current(wanted.key))
        data = b"".join(self._contents[part.content] for part in chosen)
        await self.abort(bucket, upload_id)
        return self._put(held, wanted, data)

    async def abort(self, bucket: str, upload_id: str) -> None:
        """See `ObjectStore.abort`."""
        upload = self._upload(bucket, upload_id)
        del self._held(bucket).uploads[upload_id]
        for part in upload.parts.values():
            del self._contents[part.content]

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
        held = self._held(bucket)
        bound = upload_seq(after_upload_id) if after_upload_id else 1 << 63
        if bound is None:
            raise ValueError("no upload has that id")
        rows = sorted(
            (
                (one.upload.key, one)
                for one in held.uploads.values()
                if one.upload.key > after_key or (one.upload.key == after_key and one.seq > bound)
            ),
            key=lambda row: (row[0], row[1].seq),
        )
        page = RolledUp(rows, prefix=prefix, delimiter=delimiter, after=after_key, limit=limit)
        uploads = [one.upload for one in page.rows]
        if not page.truncated:
            return UploadPage(uploads, page.prefixes)
        last = page.last_row.upload.upload_id if page.last_row else ""
        return UploadPage(uploads, page.prefixes, True, page.last_key, last)

    async def close(self) -> None:
        """See `ObjectStore.close`."""
