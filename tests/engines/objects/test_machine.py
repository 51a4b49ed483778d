"""The embedded store against the one in memory: any story of changes looks the same in both."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from storing import BUCKET, assert_nothing_leaks, bucket, bytes_of

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import Entry, NewEntry, ObjectStore, Part, Upload, Versioning
from yunbox.engines.objects.memory import MemoryObjectStore

KEYS = st.sampled_from(["a/b", "a/b/c", "a", "b/", "b", "\U0010ffff/", "z\0z"])
SIZES = st.sampled_from([0, 1, 5, 30_000, 65_536, 65_537, 150_000])
LIMITS = st.integers(0, 6)
DELIMITERS = st.sampled_from(["", "/", "b", "b/"])
PREFIXES = st.sampled_from(["", "a", "a/", "a/b", "b", "b/", "\U0010ffff", "c"])
AFTERS = st.one_of(st.just(""), KEYS, st.sampled_from(["a/", "a/b/", "a\0", "c"]))
PICK = st.integers(0, 1000)
FAST = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
"""Where syncing costs nothing: this test crashes nothing."""


class Pair:
    """Both stores, and for each version and upload its names in both."""

    def __init__(self, one: ObjectStore, two: ObjectStore) -> None:
        self.stores = (one, two)
        self.names: list[tuple[str, str]] = [("null", "null")]
        self.uploads: list[tuple[str, str, str]] = []

    def plain(self, which: int, entry: Entry | None) -> Any:
        """An entry with its version as a number, and without the content, which is the store's own."""
        if entry is None:
            return None
        return msgspec.structs.replace(entry, version=str(self.number(which, entry.version)), content=0)

    def number(self, which: int, version: str) -> int | str:
        return next((n for n, names in enumerate(self.names) if names[which] == version), version)

    def upload_number(self, which: int, upload_id: str) -> int | str:
        return next((n for n, names in enumerate(self.uploads) if names[which] == upload_id), upload_id)


class ObjectStores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp(prefix="yunbox-objects-", dir=FAST))
        self.clock = ManualClock(1_700_000_000)
        self.embedded = EmbeddedObjectStore(self.root, self.clock, Ids(), worker="test")
        self.pair = Pair(self.embedded, MemoryObjectStore(Ids()))
        self.fill = 0

    def teardown(self) -> None:
        self.runner.run(self.embedded.close())
        self.runner.close()
        shutil.rmtree(self.root)

    def both(self, call: Callable[[ObjectStore, int], Coroutine[Any, Any, Any]]) -> tuple[Any, Any]:
        one, two = (self.runner.run(call(store, which)) for which, store in enumerate(self.pair.stores))
        return one, two

    def data(self, size: int) -> bytes:
        self.fill = (self.fill + 1) % 251
        return bytes([self.fill]) * size

    def agree(self, one: Entry | None, two: Entry | None) -> None:
        """Both made the same version; remember what each calls it."""
        if one is not None and two is not None and self.pair.number(0, one.version) == one.version:
            self.pair.names.append((one.version, two.version))
        assert self.pair.plain(0, one) == self.pair.plain(1, two)

    def new(self, key: str) -> NewEntry:
        self.fill += 1
        return NewEntry(key, self.fill, f"etag{self.fill}", bytes([self.fill % 256]))

    @initialize(versioning=st.sampled_from(["Off", "Enabled", "Suspended"]))
    def begin(self, versioning: Versioning) -> None:
        self.both(lambda store, _: store.create_bucket(bucket(versioning=versioning)))
        self.versioning = versioning

    @precondition(lambda self: self.versioning != "Off")
    @rule(versioning=st.sampled_from(["Enabled", "Suspended"]))
    def switch(self, versioning: Versioning) -> None:
        self.both(lambda store, _: store.update_bucket(BUCKET, lambda b: bucket(versioning=versioning)))

    @rule(key=KEYS, size=SIZES)
    def put(self, key: str, size: int) -> None:
        data, new = self.data(size), self.new(key)

        async def call(store: ObjectStore, _: int) -> Entry:
            return await store.put(BUCKET, new, await store.stage(data))

        self.agree(*self.both(call))

    @rule(key=KEYS, size=SIZES)
    def append(self, key: str, size: int) -> None:
        data, new = self.data(size), self.new(key)

        async def call(store: ObjectStore, _: int) -> Entry:
            return await store.append(BUCKET, lambda current: new, key, await store.stage(data))

        self.agree(*self.both(call))

    def standing(self, pick: int) -> tuple[str, tuple[str, str]] | None:
        """The key and both names of some version that is there."""
        page = self.runner.run(self.pair.stores[1].list_versions(BUCKET, limit=10_000))
        if not page.entries:
            return None
        entry = page.entries[pick % len(page.entries)]
        return entry.key, self.pair.names[int(self.pair.number(1, entry.version))]

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        now = self.fill
        self.agree(*self.both(lambda store, _: store.delete(BUCKET, key, None, now)))

    @rule(pick=PICK)
    def delete_version(self, pick: int) -> None:
        if (found := self.standing(pick)) is not None:
            key, names = found
            self.agree(*self.both(lambda store, w: store.delete(BUCKET, key, names[w], 1)))
            self.agree(*self.both(lambda store, _: store.get(BUCKET, key)))

    @rule(key=KEYS, pick=PICK)
    def delete_some_version(self, key: str, pick: int) -> None:
        names = self.pair.names[pick % len(self.pair.names)]
        self.agree(*self.both(lambda store, w: store.delete(BUCKET, key, names[w], 1)))

    @rule(pick=PICK, named=st.booleans())
    def update(self, pick: int, named: bool) -> None:
        if (found := self.standing(pick)) is not None:
            key, names = found
            self.agree(
                *self.both(
                    lambda store, w: store.update(
                        BUCKET, key, names[w] if named else None, lambda entry: entry.attributes + b"!"
                    )
                )
            )

    @rule(source=KEYS, onto=KEYS, start=st.sampled_from([0, 1, 70_000]), whole=st.booleans())
    def copy(self, source: str, onto: str, start: int, whole: bool) -> None:
        new = self.new(onto)

        async def call(store: ObjectStore, _: int) -> Entry | None:
            entry = await store.get(BUCKET, source)
            if entry is None or entry.marker:
                return None
            first = 0 if whole else min(start, entry.size)
            return await store.put(BUCKET, new, await store.stage_copy(entry, first, entry.size))

        self.agree(*self.both(call))

    @rule(key=KEYS)
    def create_upload(self, key: str) -> None:
        one, two = self.both(lambda store, _: store.create_upload(BUCKET, key, 1, b"u"))
        self.pair.uploads.append((one.upload_id, two.upload_id, key))

    @precondition(lambda self: self.pair.uploads)
    @rule(pick=PICK, number=st.integers(1, 4), size=SIZES)
    def put_part(self, pick: int, number: int, size: int) -> None:
        names = self.pair.uploads[pick % len(self.pair.uploads)]
        data = self.data(size)

        async def call(store: ObjectStore, which: int) -> Part:
            staged = await store.stage(data)
            return await store.put_part(BUCKET, names[which], number, staged, etag="e", now=1, attributes=b"")

        one, two = self.both(call)
        assert msgspec.structs.replace(one, content=0) == msgspec.structs.replace(two, content=0)

    @precondition(lambda self: self.pair.uploads)
    @rule(pick=PICK, take=st.integers(0, 4))
    def complete(self, pick: int, take: int) -> None:
        names = self.pair.uploads.pop(pick % len(self.pair.uploads))
        new = self.new(names[2])

        def wanted(upload: Upload, parts: list[Part]) -> NewEntry:
            return new

        async def call(store: ObjectStore, which: int) -> Entry:
            parts = await store.parts(BUCKET, names[which], limit=take)
            chosen = [(part.number, part.etag) for part in parts]
            return await store.complete(BUCKET, names[which], chosen, wanted)

        self.agree(*self.both(call))

    @precondition(lambda self: self.pair.uploads)
    @rule(pick=PICK)
    def abort(self, pick: int) -> None:
        names = self.pair.uploads.pop(pick % len(self.pair.uploads))
        self.both(lambda store, which: store.abort(BUCKET, names[which]))

    @rule(prefix=PREFIXES, delimiter=DELIMITERS, after=AFTERS, limit=LIMITS)
    def list_current(self, prefix: str, delimiter: str, after: str, limit: int) -> None:
        pages = self.both(
            lambda store, _: store.list(BUCKET, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        )
        one, two = (
            (tuple(self.pair.plain(w, e) for e in p.entries), p.prefixes, p.truncated, p.next_key)
            for w, p in enumerate(pages)
        )
        assert one == two

    @rule(prefix=PREFIXES, delimiter=DELIMITERS, after=AFTERS, limit=LIMITS, pick=PICK, named=st.booleans())
    def list_versions(
        self, prefix: str, delimiter: str, after: str, limit: int, pick: int, named: bool
    ) -> None:
        names = self.pair.names[pick % len(self.pair.names)] if named else ("", "")
        pages = self.both(
            lambda store, w: store.list_versions(
                BUCKET, prefix=prefix, delimiter=delimiter, after=after, after_version=names[w], limit=limit
            )
        )
        one, two = (
            (
                [self.pair.plain(w, e) for e in p.entries],
                (p.prefixes, p.truncated, p.next_key, self.pair.number(w, p.next_version)),
            )
            for w, p in enumerate(pages)
        )
        assert one == two

    @rule(prefix=PREFIXES, delimiter=DELIMITERS, after=AFTERS, limit=LIMITS, pick=PICK, named=st.booleans())
    def list_uploads(
        self, prefix: str, delimiter: str, after: str, limit: int, pick: int, named: bool
    ) -> None:
        known = self.pair.uploads
        names = known[pick % len(known)] if named and known else ("", "", "")
        pages = self.both(
            lambda store, w: store.uploads(
                BUCKET,
                prefix=prefix,
                delimiter=delimiter,
                after_key=names[2] or after,
                after_upload_id=names[w],
                limit=limit,
            )
        )
        one, two = (
            (
                [(self.pair.upload_number(w, u.upload_id), u.key) for u in p.uploads],
                (p.prefixes, p.truncated, p.next_key, self.pair.upload_number(w, p.next_upload_id)),
            )
            for w, p in enumerate(pages)
        )
        assert one == two

    @invariant()
    def same_usage(self) -> None:
        if hasattr(self, "versioning"):
            one, two = self.both(lambda store, _: store.usage(BUCKET))
            assert one == two

    @rule()
    def same_bytes(self) -> None:
        async def everything(store: ObjectStore, which: int) -> list[tuple[Any, bytes]]:
            page = await store.list_versions(BUCKET, limit=10_000)
            return [
                (self.pair.plain(which, e), bytes_of(await store.read(e, 0, e.size))) for e in page.entries
            ]

        one, two = self.both(everything)
        assert one == two
        for key in {entry.key for entry, _ in one}:
            self.same_current(key)

    def same_current(self, key: str) -> None:
        self.agree(*self.both(lambda store, _: store.get(BUCKET, key)))

    @rule()
    def reopen(self) -> None:
        """Close and open again, and reclaim: nothing that is visible goes."""

        async def again() -> EmbeddedObjectStore:
            await self.embedded.close()
            self.clock.advance(100)
            store = EmbeddedObjectStore(self.root, self.clock, Ids(), worker="again")
            await store.collect()
            await store.sweep()
            await store.close()
            assert_nothing_leaks(self.root)
            return EmbeddedObjectStore(self.root, self.clock, Ids(), worker="once more")

        self.embedded = self.runner.run(again())
        self.pair.stores = (self.embedded, self.pair.stores[1])
        self.same_bytes()


TestObjectStores = ObjectStores.TestCase
TestObjectStores.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
