"""What every object store promises of multipart uploads."""

from __future__ import annotations

import pytest
from storing import BUCKET, Run, bucket, chunks, fetch, new, put, put_part, read

from yunbox.engines.objects.interface import (
    BadPartError,
    Entry,
    NewEntry,
    NoUploadError,
    ObjectStore,
    Part,
    Upload,
    Usage,
)


@pytest.mark.parametrize("sizes", [[100_000, 200_000, 5], [1, 2, 3], [0], [70_000], [5, 70_000, 0, 7]])
def test_the_parts_chosen_become_the_object_in_order(store: ObjectStore, run: Run, sizes: list[int]) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        upload = await store.create_upload(BUCKET, "k", 5, b"wish")
        assert await store.upload(BUCKET, "k", upload.upload_id) == upload
        assert len(upload.upload_id) == 32
        for number, size in reversed(list(enumerate(sizes, 1))):
            await put_part(store, upload.upload_id, number, b"wrong" * 40_000)
            await put_part(store, upload.upload_id, number, bytes([number]) * size)
        await put_part(store, upload.upload_id, 9000, b"left out" * 20_000)
        usage = await store.usage(BUCKET)
        assert (usage.uploads, usage.upload_bytes, usage.bytes) == (1, sum(sizes) + 160_000, 0)
        seen: list[tuple[Upload, list[Part]]] = []
        wanted = [(number, f"P{number}") for number in range(1, len(sizes) + 1)]

        def chosen(found: Upload, parts: list[Part]) -> NewEntry:
            seen.append((found, parts))
            return new(found.key)

        entry = await store.complete(BUCKET, upload.upload_id, wanted, chosen)
        assert seen[0][0] == upload
        assert [part.size for part in seen[0][1]] == sizes
        whole = b"".join(bytes([number]) * size for number, size in enumerate(sizes, 1))
        assert entry.size == len(whole)
        assert await fetch(store, "k") == whole
        assert await read(store, entry, 1, len(whole) - 1) == whole[1:-1]
        assert await store.usage(BUCKET) == Usage(1, len(whole), 1, 0, 0, 0)
        with pytest.raises(NoUploadError):
            await store.upload(BUCKET, "k", upload.upload_id)
        copied = await store.put(BUCKET, new("copy"), await store.stage_copy(entry, 0, entry.size))
        await store.delete(BUCKET, "k", None, 1)
        assert await read(store, copied) == whole

    run(story())


def test_a_copied_composite_may_be_a_part(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        whole = b""
        for _ in range(3):
            upload = await store.create_upload(BUCKET, "k", 5, b"")
            if whole:
                source = await store.get(BUCKET, "k")
                assert source is not None
                staged = await store.stage_copy(source, 0, source.size)
                await store.put_part(BUCKET, upload.upload_id, 1, staged, etag="p1", now=1, attributes=b"")
            else:
                await put_part(store, upload.upload_id, 1, b"start")
            await put_part(store, upload.upload_id, 2, b"z" * 70_000)
            whole = (whole or b"start") + b"z" * 70_000
            await store.complete(
                BUCKET, upload.upload_id, [(1, "p1"), (2, "p2")], lambda u, parts: new(u.key)
            )
            assert await fetch(store, "k") == whole
        entry = await store.append(BUCKET, lambda current: new("k"), "k", await store.stage(b"end"))
        assert await read(store, entry) == whole + b"end"

    run(story())


@pytest.mark.parametrize(
    ("wanted", "bad"), [([(1, "p1"), (3, "p3")], 3), ([(1, "other")], 1), ([(2, "p2"), (2, "p2")], 2)]
)
def test_a_wrong_part_is_named_and_nothing_changes(
    store: ObjectStore, run: Run, wanted: list[tuple[int, str]], bad: int
) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        upload = await store.create_upload(BUCKET, "k", 5, b"")
        await put_part(store, upload.upload_id, 1, b"one")
        await put_part(store, upload.upload_id, 2, b"two")
        with pytest.raises(BadPartError) as caught:
            await store.complete(BUCKET, upload.upload_id, wanted, lambda u, parts: new(u.key))
        assert caught.value.number == bad
        assert len(await store.parts(BUCKET, upload.upload_id, limit=10)) == 2
        assert await store.get(BUCKET, "k") is None

    run(story())


def test_a_check_can_refuse_a_completion(store: ObjectStore, run: Run) -> None:
    def only_new(current: Entry | None) -> None:
        if current is not None:
            raise FileExistsError

    async def story() -> None:
        await store.create_bucket(bucket())
        await put(store, "k", b"there")
        upload = await store.create_upload(BUCKET, "k", 5, b"")
        await put_part(store, upload.upload_id, 1, b"one")
        with pytest.raises(FileExistsError):
            await store.complete(BUCKET, upload.upload_id, [(1, "p1")], lambda u, p: new(u.key), only_new)
        assert await fetch(store, "k") == b"there"
        await store.delete(BUCKET, "k", None, 1)
        await store.complete(BUCKET, upload.upload_id, [(1, "p1")], lambda u, p: new(u.key), only_new)
        assert await fetch(store, "k") == b"one"

    run(story())


def test_an_upload_that_is_gone_is_named(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        await store.create_bucket(bucket("other"))
        upload = await store.create_upload(BUCKET, "k", 5, b"")
        await put_part(store, upload.upload_id, 1, b"x" * 100_000)
        with pytest.raises(NoUploadError):
            await store.upload(BUCKET, "another key", upload.upload_id)
        with pytest.raises(NoUploadError):
            await store.upload("other", "k", upload.upload_id)
        await store.abort(BUCKET, upload.upload_id)
        for name in (upload.upload_id, "0" * 32, "nonsense", "é" * 32, ""):
            with pytest.raises(NoUploadError):
                await store.abort(BUCKET, name)
            with pytest.raises(NoUploadError):
                await put_part(store, name, 1, b"x" * 100_000)
            with pytest.raises(NoUploadError):
                await store.parts(BUCKET, name, limit=1)
            with pytest.raises(NoUploadError):
                await store.complete(BUCKET, name, [], lambda u, parts: new("k"))
        assert await store.usage(BUCKET) == Usage(0, 0, 0, 0, 0, 0)

    run(story())


def test_parts_are_listed_by_number(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        upload = await store.create_upload(BUCKET, "k", 5, b"")
        for number in (7, 1, 3, 10_000):
            await put_part(store, upload.upload_id, number, b"x" * number)
        parts = await store.parts(BUCKET, upload.upload_id, limit=10)
        assert [(part.number, part.size, part.etag, part.attributes) for part in parts] == [
            (number, number, f"p{number}", b"a") for number in (1, 3, 7, 10_000)
        ]
        assert [p.number for p in await store.parts(BUCKET, upload.upload_id, after=1, limit=2)] == [3, 7]
        assert await store.parts(BUCKET, upload.upload_id, after=10_000, limit=2) == []
        assert await store.parts(BUCKET, upload.upload_id, limit=0) == []

    run(story())


def test_uploads_are_listed_by_key_and_age(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        made = [await store.create_upload(BUCKET, key, 5, b"") for key in ("b", "a", "b", "c/1", "c/2", "b")]
        page = await store.uploads(BUCKET, limit=10)
        assert page.uploads == [made[1], made[0], made[2], made[5], made[3], made[4]]
        assert not page.truncated
        page = await store.uploads(BUCKET, limit=2, delimiter="/")
        assert page.uploads == [made[1], made[0]]
        assert (page.truncated, page.next_key, page.next_upload_id) == (True, "b", made[0].upload_id)
        await store.abort(BUCKET, made[0].upload_id)
        page = await store.uploads(
            BUCKET, limit=3, delimiter="/", after_key=page.next_key, after_upload_id=page.next_upload_id
        )
        assert (page.uploads, page.prefixes, page.truncated) == ([made[2], made[5]], ["c/"], False)
        page = await store.uploads(BUCKET, limit=3, after_key="b")
        assert page.uploads == [made[3], made[4]]
        page = await store.uploads(BUCKET, limit=3, prefix="c/", delimiter="/")
        assert page.uploads == [made[3], made[4]]
        with pytest.raises(ValueError, match="upload"):
            await store.uploads(BUCKET, limit=3, after_key="b", after_upload_id="nonsense")

    run(story())


def test_a_part_may_be_streamed(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        upload = await store.create_upload(BUCKET, "k", 5, b"")
        staged = await store.stage(chunks(*[b"y" * 500_000] * 5))
        part = await store.put_part(BUCKET, upload.upload_id, 1, staged, etag="e", now=3, attributes=b"")
        assert part.size == 2_500_000
        await store.complete(BUCKET, upload.upload_id, [(1, "E")], lambda u, parts: new(u.key))
        assert await fetch(store, "k") == b"y" * 2_500_000

    run(story())
