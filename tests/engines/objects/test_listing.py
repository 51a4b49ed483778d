"""What every object store promises of listings."""

from __future__ import annotations

import pytest
from storing import BUCKET, Run, bucket, keys, put, switch

from yunbox.engines.objects.interface import ObjectStore

KEYS = [
    "a",
    "b/1",
    "b/2",
    "b/c/1",
    "b0",
    "c",
    "d/",
    "d/e",
    "z\U0010ffff",
    "z\U0010ffff1",
    "\ud7ffx",
    "\ue000",
]


async def filled(store: ObjectStore) -> None:
    await store.create_bucket(bucket())
    for key in KEYS:
        await put(store, key, b"x")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("prefix", "delimiter", "entries", "prefixes"),
    [
        ("", "", KEYS, []),
        ("b", "", ["b/1", "b/2", "b/c/1", "b0"], []),
        ("", "/", ["a", "b0", "c", "z\U0010ffff", "z\U0010ffff1", "\ud7ffx", "\ue000"], ["b/", "d/"]),
        ("b/", "/", ["b/1", "b/2"], ["b/c/"]),
        ("b", "/", ["b0"], ["b/"]),
        ("d/", "/", ["d/", "d/e"], []),
        ("z\U0010ffff", "", ["z\U0010ffff", "z\U0010ffff1"], []),
        ("z", "\U0010ffff", [], ["z\U0010ffff"]),
        ("\ud7ff", "", ["\ud7ffx"], []),
        ("", "/c/", ["a", "b/1", "b/2", *KEYS[4:]], ["b/c/"]),
        ("none", "/", [], []),
    ],
)
def test_pages_add_up_to_everything_once(
    store: ObjectStore,
    run: Run,
    limit: int,
    prefix: str,
    delimiter: str,
    entries: list[str],
    prefixes: list[str],
) -> None:
    async def story() -> None:
        await filled(store)
        found: list[str] = []
        groups: list[str] = []
        after = ""
        for _ in range(30):
            page = await store.list(BUCKET, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
            assert len(page.entries) + len(page.prefixes) <= limit
            found += keys(page.entries)
            groups += page.prefixes
            if not page.truncated:
                assert page.next_key == ""
                break
            assert page.next_key == max([*keys(page.entries), *page.prefixes])
            after = page.next_key
        assert (found, groups) == (entries, prefixes)

    run(story())


def test_a_listing_goes_on_behind_any_string(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await filled(store)
        assert keys((await store.list(BUCKET, after="b/2x", limit=2)).entries) == ["b/c/1", "b0"]
        page = await store.list(BUCKET, after="b/1", delimiter="/", limit=2)
        assert (page.prefixes, keys(page.entries)) == (["b/"], ["b0"])
        page = await store.list(BUCKET, after="b/", delimiter="/", limit=2)
        assert (page.prefixes, keys(page.entries)) == ([], ["b0", "c"])
        assert keys((await store.list(BUCKET, prefix="b", after="a", limit=1)).entries) == ["b/1"]
        assert (await store.list(BUCKET, prefix="b", after="c", limit=1)).entries == []
        empty = await store.list(BUCKET, limit=0)
        assert (empty.entries, empty.prefixes, empty.truncated) == ([], [], False)

    run(story())


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_versions_come_by_key_and_newest_first(store: ObjectStore, run: Run, limit: int) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        expected: dict[str, list[str]] = {}
        for key in ("a", "b", "d/1"):
            expected[key] = [(await put(store, key, b"0")).version]
        await switch(store, "Enabled")
        for key in ("b", "b", "c", "d/1", "d/2", "e"):
            expected.setdefault(key, []).insert(0, (await put(store, key, b"1")).version)
        for key in ("b", "f"):
            marker = await store.delete(BUCKET, key, None, 1)
            assert marker is not None
            expected.setdefault(key, []).insert(0, marker.version)
        for delimiter in ("", "/"):
            wanted = [(k, v, v == vs[0]) for k, vs in sorted(expected.items()) for v in vs]
            if delimiter:
                wanted = [one for one in wanted if "/" not in one[0]]
            found = []
            prefixes: list[str] = []
            after = after_version = ""
            for _ in range(30):
                page = await store.list_versions(
                    BUCKET, delimiter=delimiter, after=after, after_version=after_version, limit=limit
                )
                assert len(page.entries) + len(page.prefixes) <= limit
                found += [(e.key, e.version, e.latest) for e in page.entries]
                prefixes += page.prefixes
                after, after_version = page.next_key, page.next_version
                if not page.truncated:
                    break
            assert found == wanted
            assert prefixes == (["d/"] if delimiter else [])

    run(story())


def test_a_listing_goes_on_behind_a_version_that_is_gone(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        versions = [(await put(store, "k", b"x")).version for _ in range(4)]
        other = await put(store, "l", b"x")
        await store.delete(BUCKET, "k", versions[2], 1)
        page = await store.list_versions(BUCKET, after="k", after_version=versions[2], limit=9)
        assert [e.version for e in page.entries] == [versions[1], versions[0], other.version]
        assert [e.latest for e in page.entries] == [False, False, True]
        page = await store.list_versions(BUCKET, after="k", limit=9)
        assert [e.version for e in page.entries] == [other.version]
        page = await store.list_versions(BUCKET, after="k", after_version="null", limit=9)
        assert len(page.entries) == 4
        assert page.entries[0].latest
        with pytest.raises(ValueError, match="version"):
            await store.list_versions(BUCKET, after="k", after_version="nonsense", limit=9)

    run(story())


def test_a_listing_goes_on_behind_a_version_deleted_meanwhile(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        first, second = await put(store, "k", b"1"), await put(store, "k", b"2")
        await put(store, "l", b"3")
        await store.delete(BUCKET, "k", second.version, 1)
        page = await store.list_versions(BUCKET, after="k", after_version=second.version, limit=9)
        assert [(entry.key, entry.latest) for entry in page.entries] == [("k", True), ("l", True)]
        assert page.entries[0].version == first.version

    run(story())
