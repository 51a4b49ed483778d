"""The seam of object storage: named containers of versioned, immutable byte strings.

An engine knows containers, keys, versions, uploads and bytes. It does not know access control, wire formats
or any cloud product: what a service wants to remember of an object travels in `attributes`, bytes the engine
never reads. One contract test suite runs against every implementation.

Every method that changes something returns after the change is on disk. A change happens wholly or not at
all, whatever is killed in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal, Protocol

import msgspec

Versioning = Literal["Off", "Enabled", "Suspended"]

NULL_VERSION = "null"
"""The version name of what was written while versioning was off or suspended."""


class NoBucketError(Exception):
    """The bucket does not exist."""


class BucketExistsError(Exception):
    """A bucket of that name exists."""


class BucketNotEmptyError(Exception):
    """The bucket still holds objects, versions or uploads."""


class NoUploadError(Exception):
    """The multipart upload does not exist, or was completed or aborted."""


class BadPartError(Exception):
    """A part named on completion is missing or its ETag differs; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Bucket(msgspec.Struct, frozen=True):
    """A container. `attributes` is the service's; `created` is in milliseconds since the epoch."""

    name: str
    owner: str
    region: str
    created: int
    versioning: Versioning = "Off"
    attributes: bytes = b""


class Entry(msgspec.Struct, frozen=True):
    """One version of one object, or a delete marker (`marker`), as stored.

    `modified` is in milliseconds since the epoch, `content` the engine's own reference to the bytes.
    `latest` says whether this is the key's current version. `inline` may hold the bytes of a small version
    that was asked for with `will_read`; it is the engine's own.
    """

    key: str
    version: str
    modified: int
    size: int
    etag: str
    attributes: bytes = b""
    marker: bool = False
    latest: bool = True
    content: int = 0
    inline: bytes | None = None


class NewEntry(msgspec.Struct, frozen=True):
    """What the service wants stored beside the bytes of a new version."""

    key: str
    modified: int
    etag: str
    attributes: bytes = b""


class Upload(msgspec.Struct, frozen=True):
    """A multipart upload that was begun and not yet completed."""

    upload_id: str
    key: str
    initiated: int
    attributes: bytes = b""


class Part(msgspec.Struct, frozen=True):
    """One stored part of an upload. `attributes` is the service's (a checksum, say)."""

    number: int
    size: int
    etag: str
    modified: int
    attributes: bytes = b""
    content: int = 0


Parts = list[Part]
"""Parts of an upload, in order."""


class FileSpan(msgspec.Struct, frozen=True):
    """`length` bytes of the file at `path`, from `offset`. The file stays for a minute after deletion."""

    path: str
    offset: int
    length: int


Content = Sequence[bytes | FileSpan]
"""Bytes to send, in order, some in memory and some in files."""


class Staged(Protocol):
    """Bytes that are safe on disk (or small, in memory) and not yet visible under any key."""

    @property
    def size(self) -> int:
        """The number of bytes."""
        ...

    async def discard(self) -> None:
        """Give the bytes up (unless they were stored). What never was is reclaimed at a restart."""
        ...


class Digest(Protocol):
    """A running digest, such as a `hashlib` object, fed while bytes are staged."""

    def update(self, data: bytes, /) -> object:
        """Take in the next bytes."""
        ...


class Page(msgspec.Struct, frozen=True):
    """One page of a listing, in ascending order of the UTF-8 bytes of the keys.

    `entries` and `prefixes` together count at most the limit asked for. `truncated` says that more follows;
    then `next_key` (and, in a listing of versions, `next_version`) is where to go on: the last key or common
    prefix of this page.
    """

    entries: list[Entry]
    prefixes: list[str]
    truncated: bool = False
    next_key: str = ""
    next_version: str = ""


class UploadPage(msgspec.Struct, frozen=True):
    """One page of the uploads in progress, ordered by key, then by time of initiation."""

    uploads: list[Upload]
    prefixes: list[str]
    truncated: bool = False
    next_key: str = ""
    next_upload_id: str = ""


class Usage(msgspec.Struct, frozen=True):
    """What a bucket holds: `objects` that a listing shows, `versions` without delete markers, `markers`.

    `bytes` is the size of all versions, `upload_bytes` that of the parts of uploads in progress.
    """

    objects: int
    bytes: int
    versions: int
    markers: int
    uploads: int
    upload_bytes: int


Check = Callable[[Entry | None], None]
"""Called inside the transaction with the key's current version (or None); raises to refuse the change.

This and the other callables that a change takes must be quick, must not wait, and may be called again when a
transaction has to be repeated: only the last call counts.
"""


class ObjectStore(Protocol):
    """Keeps buckets and bytes. Implementations: embedded (SQLite and files), memory (for tests)."""

    async def create_bucket(self, bucket: Bucket) -> None:
        """Store a new bucket. Raises BucketExistsError."""
        ...

    async def bucket(self, name: str) -> Bucket | None:
        """Return the bucket, or None."""
        ...

    async def buckets(self, *, owner: str, prefix: str = "", after: str = "", limit: int) -> list[Bucket]:
        """Return an owner's buckets with `prefix`, named after `after`, at most `limit`, by name."""
        ...

    async def update_bucket(self, name: str, change: Callable[[Bucket], Bucket]) -> Bucket:
        """Replace the bucket by what `change` makes of it, in one transaction. Raises NoBucketError.

        The name stays, and versioning that was ever on does not go back to off: both raise ValueError.
        """
        ...

    async def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket. Raises NoBucketError, BucketNotEmptyError."""
        ...

    async def usage(self, bucket: str) -> Usage:
        """Count what a bucket holds. Raises NoBucketError."""
        ...

    async def stage(self, body: bytes | AsyncIterator[bytes], digests: Sequence[Digest] = ()) -> Staged:
        """Take bytes in, feeding each digest. Large ones are written aside and synced before this returns.

        If the iterator raises, what was staged is discarded and the exception passes through.
        """
        ...

    async def stage_copy(
        self, source: Entry, start: int, stop: int, digests: Sequence[Digest] = ()
    ) -> Staged:
        """Stage bytes [start, stop) of a version. Shares whole files where it can and no digest is asked.

        Raises FileNotFoundError when the source was deleted meanwhile.
        """
        ...

    async def put(self, bucket: str, new: NewEntry, staged: Staged, check: Check | None = None) -> Entry:
        """Make staged bytes the current version of a key.

        With versioning off or suspended the version is `NULL_VERSION` and replaces the former one of that
        name; enabled, it gets a name of its own and the former current version is kept. Raises NoBucketError
        and whatever `check` raises; the staged bytes are discarded then.
        """
        ...

    async def append(
        self, bucket: str, new: Callable[[Entry | None], NewEntry], key: str, staged: Staged
    ) -> Entry:
        """Add staged bytes to the end of the current version of `key`, or create it.

        `new` is called in the transaction with the current version (None when there is none or it is a delete
        marker) and returns what to store, or raises to refuse (a wrong position, say). The version keeps its
        name, whatever the versioning; its bytes before the end stay readable meanwhile.
        """
        ...

    async def get(
        self, bucket: str, key: str, version: str | None = None, *, will_read: bool = False
    ) -> Entry | None:
        """Return that version, or the current one (which may be a delete marker), or None.

        `will_read` says that `read` follows, so that a small version's bytes may be fetched in the same step.
        Raises NoBucketError.
        """
        ...

    async def read(self, entry: Entry, start: int, stop: int) -> Content:
        """Return bytes [start, stop) of a version. Raises FileNotFoundError when it was deleted meanwhile."""
        ...

    async def update(
        self, bucket: str, key: str, version: str | None, change: Callable[[Entry], bytes]
    ) -> Entry | None:
        """Replace a version's attributes by what `change` returns; None when there is no such version."""
        ...

    async def delete(
        self, bucket: str, key: str, version: str | None, now: int, check: Check | None = None
    ) -> Entry | None:
        """Delete, as versioning asks for.

        With a version named: that version goes, and is returned (None when there was none); the newest one
        left becomes current. Without: versioning off removes the object (None when there was none); enabled
        or suspended puts a delete marker on top (suspended: in place of the null version) and returns the
        marker. `check` sees the version that would be removed or hidden.
        """
        ...

    async def list(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int
    ) -> Page:
        """List current versions whose keys sort after `after`, delete markers left out.

        Keys that hold `delimiter` beyond the prefix are rolled up into `prefixes` (each ends with the
        delimiter). When `after` itself is such a rolled-up prefix, the whole group is passed over.
        Costs a step a row returned, not a row skipped.
        """
        ...

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
        """List all versions and delete markers, by key and then newest first.

        With `after_version`, goes on behind that version of the key `after`, even if it was deleted meanwhile
        (a deleted null version: at the start of the key); without, behind the key. Raises ValueError when
        `after_version` can be no version's name.
        """
        ...

    async def create_upload(self, bucket: str, key: str, now: int, attributes: bytes) -> Upload:
        """Begin a multipart upload. Raises NoBucketError."""
        ...

    async def upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Return an upload in progress. Raises NoUploadError."""
        ...

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
        """Store a part, in place of a former one of that number. Raises NoUploadError."""
        ...

    async def parts(self, bucket: str, upload_id: str, *, after: int = 0, limit: int) -> Parts:
        """Return parts whose number is above `after`, in order, at most `limit`. Raises NoUploadError."""
        ...

    async def complete(
        self,
        bucket: str,
        upload_id: str,
        parts: Sequence[tuple[int, str]],
        new: Callable[[Upload, Parts], NewEntry],
        check: Check | None = None,
    ) -> Entry:
        """Make the named parts, in the order given, the current version of the upload's key; forget the rest.

        `parts` are (number, ETag without quotes, any case). `new` sees the upload and the chosen parts and
        returns what to store, or raises to refuse. Copies no bytes. Raises NoUploadError, BadPartError.
        """
        ...

    async def abort(self, bucket: str, upload_id: str) -> None:
        """Forget an upload and its parts. Raises NoUploadError."""
        ...

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
        """List uploads in progress. Raises NoBucketError.

        With `after_upload_id`, goes on behind that upload of `after_key`, even if it is gone; without, behind
        the key. Raises ValueError when `after_upload_id` can be no upload's id.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and release everything."""
        ...
