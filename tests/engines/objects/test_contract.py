"""What every object store promises: buckets, bytes, versions."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
from storing import BUCKET, Run, bucket, bytes_of, chunks, fetch, keys, new, put, read, switch

from yunbox.engines.objects.interface import (
    NULL_VERSION,
    BucketExistsError,
    BucketNotEmptyError,
    Entry,
    NewEntry,
    NoBucketError,
    ObjectStore,
    Usage,
)

SIZES = [0, 1, 4096, 64 << 10, (64 << 10) + 1, 3_000_001]


class RefusedError(Exception):
    pass


def refuse(_: Entry | None) -> None:
    raise RefusedError


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def test_a_bucket_is_created_found_changed_and_deleted(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        assert await store.bucket(BUCKET) is None
        await store.create_bucket(bucket())
        assert await store.bucket(BUCKET) == bucket()
        with pytest.raises(BucketExistsError):
            await store.create_bucket(bucket(owner="li"))
        changed = await store.update_bucket(BUCKET, lambda old: bucket(old.name, "li"))
        assert changed.owner == "li"
        assert await store.bucket(BUCKET) == changed
        await store.delete_bucket(BUCKET)
        assert await store.bucket(BUCKET) is None
        with pytest.raises(NoBucketError):
            await store.delete_bucket(BUCKET)
        with pytest.raises(NoBucketError):
            await store.update_bucket(BUCKET, lambda old: old)

    run(story())


def test_buckets_are_listed_by_owner_and_name(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        for name in ("b2", "a1", "b1", "c"):
            await store.create_bucket(bucket(name))
        await store.create_bucket(bucket("b3", owner="li"))
        names = [b.name for b in await store.buckets(owner="wang", limit=10)]
        assert names == ["a1", "b1", "b2", "c"]
        assert [b.name for b in await store.buckets(owner="wang", prefix="b", limit=10)] == ["b1", "b2"]
        assert [b.name for b in await store.buckets(owner="wang", after="b1", limit=1)] == ["b2"]
        assert await store.buckets(owner="wang", limit=0) == []

    run(story())


def test_a_bucket_with_anything_in_it_is_not_deleted(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        upload = await store.create_upload(BUCKET, "k", 1, b"")
        with pytest.raises(BucketNotEmptyError):
            await store.delete_bucket(BUCKET)
        await store.abort(BUCKET, upload.upload_id)
        marker = await store.delete(BUCKET, "k", None, 1)
        assert marker is not None
        with pytest.raises(BucketNotEmptyError):
            await store.delete_bucket(BUCKET)
        await store.delete(BUCKET, "k", marker.version, 1)
        await store.delete_bucket(BUCKET)

    run(story())


def test_versioning_never_goes_back_to_off(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Suspended"))
        with pytest.raises(ValueError, match="suspended"):
            await switch(store, "Off")

    run(story())


def test_a_missing_bucket_is_named_everywhere(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        for call in (
            lambda: store.get("none", "k"),
            lambda: store.list("none", limit=1),
            lambda: store.list_versions("none", limit=1),
            lambda: store.uploads("none", limit=1),
            lambda: store.usage("none"),
            lambda: store.create_upload("none", "k", 1, b""),
            lambda: store.delete("none", "k", None, 1),
            lambda: store.update("none", "k", None, lambda entry: b""),
            lambda: put(store, "k", b"x", "none"),
        ):
            with pytest.raises(NoBucketError):
                await call()

    run(story())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("streamed", [False, True])
def test_bytes_come_back_as_they_went_in(store: ObjectStore, run: Run, size: int, streamed: bool) -> None:
    data = pattern(size)

    async def story() -> None:
        await store.create_bucket(bucket())
        digest = hashlib.md5()
        step = 70_000
        body = chunks(*(data[i : i + step] for i in range(0, size, step))) if streamed else data
        staged = await store.stage(body, [digest])
        assert staged.size == size
        assert digest.digest() == hashlib.md5(data).digest()
        entry = await store.put(BUCKET, NewEntry("k", 5, "tag", b"attributes"), staged)
        assert (entry.key, entry.version, entry.modified, entry.size) == ("k", NULL_VERSION, 5, size)
        assert (entry.etag, entry.attributes, entry.marker, entry.latest) == (
            "tag",
            b"attributes",
            False,
            True,
        )
        assert await store.get(BUCKET, "k") == entry
        assert await read(store, entry) == data
        for start, stop in ((0, 1), (size // 2, size // 2 + 10), (size - 1, size + 100), (size, size)):
            if start >= 0:
                assert await read(store, entry, start, stop) == data[start:stop]

    run(story())


def test_a_new_object_replaces_the_old_and_its_bytes_go(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        old = await put(store, "k", b"old")
        await put(store, "k", b"newer")
        assert await fetch(store, "k") == b"newer"
        with pytest.raises(FileNotFoundError):
            await store.read(old, 0, 3)
        assert await store.usage(BUCKET) == Usage(1, 5, 1, 0, 0, 0)

    run(story())


def test_keys_may_be_anything(store: ObjectStore, run: Run) -> None:
    names = ["../../etc/passwd", "a\0b", "/", "//", "名字", "\U0001f377", "%", "a'b\"", "x" * 1023, " ", "\n"]

    async def story() -> None:
        await store.create_bucket(bucket())
        for name in names:
            await put(store, name, name.encode())
        for name in names:
            assert await fetch(store, name) == name.encode()
        page = await store.list(BUCKET, limit=100)
        assert keys(page.entries) == sorted(names, key=lambda name: name.encode())

    run(story())


def test_a_check_sees_the_current_version_and_can_refuse(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        seen: list[Entry | None] = []
        staged = await store.stage(pattern(100_000))
        entry = await store.put(BUCKET, new("k"), staged, seen.append)
        with pytest.raises(RefusedError):
            await store.put(BUCKET, new("k"), await store.stage(pattern(100_001)), refuse)
        with pytest.raises(RefusedError):
            await store.delete(BUCKET, "k", None, 1, refuse)
        await store.delete(BUCKET, "k", None, 1, seen.append)
        assert seen == [None, entry]
        await store.delete(BUCKET, "k", None, 1, seen.append)
        assert seen[2] is None
        assert await store.usage(BUCKET) == Usage(0, 0, 0, 0, 0, 0)

    run(story())


def test_staged_bytes_are_used_once(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        for data in (b"small", pattern(100_000)):
            staged = await store.stage(data)
            await store.put(BUCKET, new("k"), staged)
            with pytest.raises(RuntimeError):
                await store.put(BUCKET, new("l"), staged)
            await staged.discard()
            assert await fetch(store, "k") == data
            given_up = await store.stage(data)
            await given_up.discard()
            with pytest.raises(RuntimeError):
                await store.put(BUCKET, new("l"), given_up)

    run(story())


@pytest.mark.parametrize("before", [0, 10, 100_000, 3_000_000])
def test_a_body_that_breaks_off_passes_its_error_on(store: ObjectStore, run: Run, before: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(before // 10_000):
            yield b"x" * 10_000
        yield b"x" * (before % 10_000)
        raise ConnectionResetError

    async def story() -> None:
        with pytest.raises(ConnectionResetError):
            await store.stage(broken())

    run(story())


def test_versions_are_kept_when_versioning_is_on(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        await put(store, "k", b"zero")
        await switch(store, "Enabled")
        first = await put(store, "k", b"first")
        second = await put(store, "k", b"second!")
        assert len({first.version, second.version, NULL_VERSION}) == 3
        assert len(first.version) == 64
        assert await fetch(store, "k") == b"second!"
        assert await fetch(store, "k", first.version) == b"first"
        assert await fetch(store, "k", NULL_VERSION) == b"zero"
        old = await store.get(BUCKET, "k", first.version)
        assert old is not None
        assert not old.latest
        assert await store.get(BUCKET, "k", "CAEQ" + "A" * 60) is None
        assert await store.get(BUCKET, "k", "no such name") is None
        assert await store.get(BUCKET, "other", first.version) is None
        page = await store.list_versions(BUCKET, limit=10)
        assert [e.version for e in page.entries] == [second.version, first.version, NULL_VERSION]
        assert [e.latest for e in page.entries] == [True, False, False]
        assert await store.usage(BUCKET) == Usage(1, 16, 3, 0, 0, 0)

    run(story())


def test_a_delete_marker_hides_and_its_removal_shows_again(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        first = await put(store, "k", b"first")
        marker = await store.delete(BUCKET, "k", None, 77)
        assert marker is not None
        assert (marker.marker, marker.latest, marker.modified, marker.size) == (True, True, 77, 0)
        assert await store.get(BUCKET, "k") == marker
        assert (await store.list(BUCKET, limit=10)).entries == []
        assert await fetch(store, "k", first.version) == b"first"
        assert await store.usage(BUCKET) == Usage(0, 5, 1, 1, 0, 0)
        second = await store.delete(BUCKET, "k", None, 78)
        assert second is not None
        assert await store.delete(BUCKET, "k", marker.version, 79) is not None
        assert await store.get(BUCKET, "k") == second
        assert await store.delete(BUCKET, "k", second.version, 80) == second
        assert await store.get(BUCKET, "k") == first
        assert keys((await store.list(BUCKET, limit=10)).entries) == ["k"]

    run(story())


def test_deleting_the_current_version_brings_back_the_one_before(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        first = await put(store, "k", b"first")
        second = await put(store, "k", pattern(100_000))
        assert await store.delete(BUCKET, "k", "CAEQ" + "A" * 60, 1) is None
        assert await store.delete(BUCKET, "k", second.version, 1) == second
        assert await store.get(BUCKET, "k") == first
        assert await store.delete(BUCKET, "k", first.version, 1) == first
        assert await store.get(BUCKET, "k") is None
        assert await store.usage(BUCKET) == Usage(0, 0, 0, 0, 0, 0)

    run(story())


def test_suspended_versioning_replaces_only_the_null_version(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        first = await put(store, "k", b"first")
        await switch(store, "Suspended")
        null = await put(store, "k", b"null")
        assert null.version == NULL_VERSION
        await put(store, "k", b"null again")
        await switch(store, "Enabled")
        top = await put(store, "k", b"top")
        await switch(store, "Suspended")
        marker = await store.delete(BUCKET, "k", None, 9)
        assert marker is not None
        assert marker.version == NULL_VERSION
        page = await store.list_versions(BUCKET, limit=10)
        assert [e.version for e in page.entries] == [NULL_VERSION, top.version, first.version]
        assert [e.marker for e in page.entries] == [True, False, False]
        await put(store, "k", b"at last")
        page = await store.list_versions(BUCKET, limit=10)
        assert [e.marker for e in page.entries] == [False, False, False]
        assert await fetch(store, "k", NULL_VERSION) == b"at last"

    run(story())


def test_attributes_are_replaced_in_place(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        first = await put(store, "k", b"first")
        second = await put(store, "k", b"second")
        changed = await store.update(BUCKET, "k", None, lambda entry: entry.version.encode())
        assert changed is not None
        assert changed.attributes == second.version.encode()
        assert await store.get(BUCKET, "k") == changed
        old = await store.update(BUCKET, "k", first.version, lambda entry: b"old")
        assert old == await store.get(BUCKET, "k", first.version)
        assert old is not None
        assert (old.attributes, old.latest) == (b"old", False)
        assert await store.update(BUCKET, "none", None, lambda entry: b"") is None
        assert await store.update(BUCKET, "k", NULL_VERSION, lambda entry: b"") is None
        assert await fetch(store, "k") == b"second"

    run(story())


@pytest.mark.parametrize("size", [*SIZES, 200_000])
def test_a_copy_has_the_same_bytes_and_a_life_of_its_own(store: ObjectStore, run: Run, size: int) -> None:
    data = pattern(size)

    async def story() -> None:
        await store.create_bucket(bucket())
        source = await put(store, "source", data)
        ranges = {(0, size), (size // 3, size), (0, size // 3), (size // 3, min(size, size // 3 + 70_000))}
        for start, stop in ranges:
            for digests in ([], [hashlib.md5()]):
                staged = await store.stage_copy(source, start, stop, digests)
                assert staged.size == stop - start
                copy = await store.put(BUCKET, new(f"copy{start}-{stop}-{len(digests)}"), staged)
                assert await read(store, copy) == data[start:stop]
                for digest in digests:
                    assert digest.digest() == hashlib.md5(data[start:stop]).digest()
        await store.delete(BUCKET, "source", None, 1)
        for start, stop in ranges:
            assert await fetch(store, f"copy{start}-{stop}-0") == data[start:stop]
        if size:
            with pytest.raises(FileNotFoundError):
                await store.stage_copy(source, 0, size)

    run(story())


def test_content_is_sequence_of_bytes_and_spans(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        entry = await put(store, "k", pattern(1_000_000))
        assert bytes_of(await store.read(entry, 17, 900_000)) == pattern(1_000_000)[17:900_000]
        assert list(await store.read(entry, 5, 5)) == []

    run(story())
