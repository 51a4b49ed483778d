"""Does what lifecycle rules ask for: walks the buckets that have rules, again and again.

Nothing is remembered between two rounds but what the store holds, so a crash costs a round at most. Every
change names what it saw: an object that was overwritten, tagged or deleted meanwhile is left alone, and the
next round looks at it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from typing import Any

import msgspec

from yunbox.control.clock import Clock
from yunbox.engines.objects.interface import Entry, NoBucketError, NoUploadError, ObjectStore, Page
from yunbox.services.oss.lifecycle_decision import Convert, Expire, Facts, decide, decide_upload, prefixes
from yunbox.services.oss.lifecycle_documents import LifecycleRule, rules_of
from yunbox.services.oss.model import StorageClass, attributes_of, encode, settings_of
from yunbox.services.oss.multipart import upload_attributes

PAGE = 500
AT_ONCE = 64
"""So many changes are under way together: they share syncs of the disk and do not fill its queue."""

_BUCKETS = 100


class _ChangedError(Exception):
    """What the decision was about is not there any more as it was."""


class LifecycleController:
    """Acts on objects and uploads of every bucket that has rules, one round an `interval` (seconds).

    `owners` returns the ids of all accounts.
    """

    name = "oss-lifecycle"

    def __init__(
        self,
        objects: ObjectStore,
        owners: Callable[[], Sequence[str]],
        clock: Clock,
        *,
        interval: float,
        page: int = PAGE,
    ) -> None:
        self._objects = objects
        self._owners = owners
        self._clock = clock
        self._interval = interval
        self._page = max(page, 2)
        self._round: AsyncGenerator[None] | None = None

    async def turn(self) -> float:
        """Do one page of work; return in how many seconds to be called again."""
        if self._round is None:
            self._round = self._walk()
        try:
            await anext(self._round)
        except StopAsyncIteration:
            self._round = None
            return self._interval
        except BaseException:
            self._round = None
            raise
        return 0.0

    async def _walk(self) -> AsyncGenerator[None]:
        for owner in self._owners():
            after = ""
            while page := await self._objects.buckets(owner=owner, after=after, limit=_BUCKETS):
                for bucket in page:
                    rules = rules_of(settings_of(bucket))
                    for prefix in prefixes(rules, "objects"):
                        async for _ in self._walk_objects(bucket.name, prefix):
                            yield
                    for prefix in prefixes(rules, "uploads"):
                        async for _ in self._walk_uploads(bucket.name, prefix):
                            yield
                after = page[-1].name
                yield

    async def _rules(self, bucket: str) -> list[LifecycleRule]:
        """Return the rules as they stand now: they may be changed during a walk."""
        found = await self._objects.bucket(bucket)
        return [] if found is None else rules_of(settings_of(found))

    async def _walk_objects(self, bucket: str, prefix: str) -> AsyncGenerator[None]:
        """Go through all versions, page by page.

        The last version of a page that is not the last page waits for the next: whether it is alone shows there.
        """
        key = version = ""
        newer: Entry | None = None
        while rules := await self._rules(bucket):
            try:
                page = await self._objects.list_versions(
                    bucket, prefix=prefix, after=key, after_version=version, limit=self._page
                )
            except NoBucketError:
                return
            seen = page.entries[:-1] if page.truncated else page.entries
            await self._act(bucket, rules, page, seen, newer)
            if not page.truncated:
                return
            newer = seen[-1]
            key, version = newer.key, newer.version
            yield

    async def _act(
        self,
        bucket: str,
        rules: list[LifecycleRule],
        page: Page,
        seen: Sequence[Entry],
        newer: Entry | None,
    ) -> None:
        now = self._clock.now()
        changes = []
        for index, entry in enumerate(seen):
            following = page.entries[index + 1] if index + 1 < len(page.entries) else None
            facts = _facts(entry, newer, following)
            if facts is not None:
                match decide(rules, facts, now):
                    case Expire():
                        changes.append(self._expire(bucket, entry, now))
                    case Convert(storage_class):
                        changes.append(self._convert(bucket, entry, storage_class, now))
            newer = entry
        await _together(changes)

    async def _expire(self, bucket: str, entry: Entry, now: float) -> None:
        """Delete a version: the current one as a client would, with a delete marker where versions are kept."""

        def check(found: Entry | None) -> None:
            if found != entry:
                raise _ChangedError

        hide = entry.latest and not entry.marker
        try:
            await self._objects.delete(
                bucket, entry.key, None if hide else entry.version, int(now * 1000), check
            )
        except (_ChangedError, NoBucketError):
            return

    async def _convert(self, bucket: str, entry: Entry, wanted: StorageClass, now: float) -> None:
        def change(found: Entry) -> bytes:
            if found != entry:
                raise _ChangedError
            return encode(
                msgspec.structs.replace(
                    attributes_of(found),
                    storage_class=wanted,
                    transitioned=now,
                    restored_until=0.0,
                    restore_ready=0.0,
                    restore_tier="",
                )
            )

        try:
            await self._objects.update(bucket, entry.key, entry.version, change)
        except (_ChangedError, NoBucketError):
            return

    async def _walk_uploads(self, bucket: str, prefix: str) -> AsyncGenerator[None]:
        key = upload_id = ""
        while rules := await self._rules(bucket):
            try:
                page = await self._objects.uploads(
                    bucket, prefix=prefix, after_key=key, after_upload_id=upload_id, limit=self._page
                )
            except NoBucketError:
                return
            now = self._clock.now()
            await _together(
                [
                    self._abort(bucket, each.upload_id)
                    for each in page.uploads
                    if decide_upload(
                        rules, each.key, upload_attributes(each).object.tags, each.initiated / 1000, now
                    )
                ]
            )
            if not page.truncated:
                return
            key, upload_id = page.uploads[-1].key, page.uploads[-1].upload_id
            yield

    async def _abort(self, bucket: str, upload_id: str) -> None:
        try:
            await self._objects.abort(bucket, upload_id)
        except (NoUploadError, NoBucketError):
            return


def _facts(entry: Entry, newer: Entry | None, following: Entry | None) -> Facts | None:
    """Return what a decision needs; None for a former version whose successor is not known."""
    since = None
    if not entry.latest:
        if newer is None or newer.key != entry.key:
            return None
        since = newer.modified / 1000
    attributes = attributes_of(entry)
    return Facts(
        key=entry.key,
        size=entry.size,
        modified=entry.modified / 1000,
        storage_class=attributes.storage_class,
        type=attributes.type,
        tags=attributes.tags,
        marker=entry.marker,
        alone=entry.latest and (following is None or following.key != entry.key),
        noncurrent_since=since,
    )


async def _together(changes: list[Coroutine[Any, Any, None]]) -> None:
    for start in range(0, len(changes), AT_ONCE):
        await asyncio.gather(*changes[start : start + AT_ONCE])
