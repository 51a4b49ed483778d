"""What every object store promises of appends."""

from __future__ import annotations

import pytest
from storing import BUCKET, Run, bucket, fetch, new, read

from yunbox.engines.objects.interface import (
    Entry,
    NewEntry,
    ObjectStore,
)

SIZES = [0, 1, 4096, 64 << 10, (64 << 10) + 1, 3_000_001]


class RefusedError(Exception):
    pass


def _refuse_append(current: Entry | None) -> NewEntry:
    raise RefusedError


@pytest.mark.parametrize(
    "sizes", [[10, 20, 30], [0, 5, 0], [60_000] * 4, [100_000, 1, 2, 100_000, 3], [1] * 300]
)
def test_appends_add_up(store: ObjectStore, run: Run, sizes: list[int]) -> None:
    async def story() -> None:
        await store.create_bucket(bucket())
        whole = b""
        for number, size in enumerate(sizes):
            data = bytes([number % 256]) * size

            def wanted(current: Entry | None, position: int = len(whole)) -> NewEntry:
                assert (current.size if current else 0) == position
                return NewEntry("log", position, str(position), b"")

            before = await store.get(BUCKET, "log")
            entry = await store.append(BUCKET, wanted, "log", await store.stage(data))
            if before is not None:
                assert await read(store, before) == whole
            whole += data
            assert entry.size == len(whole)
        last = await store.get(BUCKET, "log")
        assert last == entry
        assert await read(store, entry) == whole
        assert await read(store, entry, 1, len(whole) - 1) == whole[1:-1]
        assert (await store.usage(BUCKET)).bytes == len(whole)
        with pytest.raises(RefusedError):
            await store.append(BUCKET, _refuse_append, "log", await store.stage(b"x"))
        assert await fetch(store, "log") == whole

    run(story())


def test_an_append_after_a_delete_marker_begins_anew(store: ObjectStore, run: Run) -> None:
    async def story() -> None:
        await store.create_bucket(bucket(versioning="Enabled"))
        await store.append(BUCKET, lambda current: new("k"), "k", await store.stage(b"one"))
        await store.delete(BUCKET, "k", None, 1)

        def anew(current: Entry | None) -> NewEntry:
            assert current is None
            return new("k")

        entry = await store.append(BUCKET, anew, "k", await store.stage(b"two"))
        assert await read(store, entry) == b"two"
        assert len((await store.list_versions(BUCKET, limit=9)).entries) == 3

    run(story())
