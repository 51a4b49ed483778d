"""What only the embedded store promises: batches that do not harm each other, files, reclaiming, formats."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from storing import BUCKET, Run, assert_nothing_leaks, bucket, chunks, fetch, new, put, read

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore, NewerFormatError, writing
from yunbox.engines.objects.embedded.commits import ClosedError
from yunbox.engines.objects.embedded.transaction import Transaction
from yunbox.engines.objects.interface import Entry, NewEntry

BIG = b"0123456789" * 20_000


def opened(root: Path, clock: ManualClock, worker: str = "other") -> EmbeddedObjectStore:
    return EmbeddedObjectStore(root, clock, Ids(), worker=worker)


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("blobs/*/*"))


def test_a_failing_change_leaves_the_rest_of_its_batch_alone(embedded: EmbeddedObjectStore, run: Run) -> None:
    def halfway(tx: Transaction) -> None:
        tx.execute("INSERT INTO garbage (name, at) VALUES (x'00', 1)")
        raise ZeroDivisionError

    def at_once(tx: Transaction) -> None:
        raise KeyError

    async def story() -> None:
        await embedded.create_bucket(bucket())
        async with asyncio.timeout(5):
            results = await asyncio.gather(
                put(embedded, "a", b"a"),
                embedded._commits.run(halfway),
                put(embedded, "b", BIG),
                embedded._commits.run(at_once),
                embedded._commits.run(halfway),
                put(embedded, "c", b"c"),
                return_exceptions=True,
            )
        kinds = [type(result) for result in results]
        assert kinds == [Entry, ZeroDivisionError, Entry, KeyError, ZeroDivisionError, Entry]
        assert [await fetch(embedded, key) for key in "abc"] == [b"a", BIG, b"c"]
        usage = await embedded.usage(BUCKET)
        assert (usage.objects, usage.bytes) == (3, 2 + len(BIG))
        assert embedded._read.execute("SELECT count(*) FROM garbage").fetchone() == (0,)

    run(story())


def test_many_changes_share_a_commit(embedded: EmbeddedObjectStore, run: Run) -> None:
    commits = 0
    original = embedded._commits._commit

    def counted(batch: Any) -> None:
        nonlocal commits
        commits += 1
        original(batch)

    embedded._commits._commit = counted  # type: ignore[method-assign]

    async def story() -> None:
        await embedded.create_bucket(bucket())
        await asyncio.gather(*(put(embedded, str(number), b"x") for number in range(200)))
        assert commits < 10
        before = commits
        await embedded.delete(BUCKET, "missing", None, 1)
        assert commits == before, "a change that changed nothing needs no commit"

    run(story())


def test_a_cancelled_put_before_its_turn_leaves_nothing(
    embedded: EmbeddedObjectStore, run: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        staged = await embedded.stage(BIG)
        waiting = asyncio.create_task(embedded.put(BUCKET, new("k"), staged))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await put(embedded, "l", b"x")
        assert await embedded.get(BUCKET, "k") is None
        await embedded.close()
        assert_nothing_leaks(tmp_path / "store")

    run(story())


def test_a_refused_put_removes_its_file(embedded: EmbeddedObjectStore, run: Run, tmp_path: Path) -> None:
    def refuse(current: Entry | None) -> None:
        raise PermissionError

    def refuse_append(current: Entry | None) -> NewEntry:
        raise PermissionError

    async def story() -> None:
        await embedded.create_bucket(bucket())
        with pytest.raises(PermissionError):
            await embedded.put(BUCKET, new("k"), await embedded.stage(BIG), refuse)
        with pytest.raises(PermissionError):
            await embedded.append(BUCKET, refuse_append, "k", await embedded.stage(BIG))
        await (await embedded.stage(BIG)).discard()
        await embedded.close()
        assert files(tmp_path / "store") == []

    run(story())


def test_a_full_disk_refuses_a_file_and_leaves_nothing(
    embedded: EmbeddedObjectStore, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def full(descriptor: int, data: bytes) -> None:
        nonlocal written
        written += len(data)
        if written > 2_500_000:
            raise OSError(errno.ENOSPC, "full")
        os.write(descriptor, data)

    monkeypatch.setattr(writing, "write_all", full)

    async def story() -> None:
        await embedded.create_bucket(bucket())
        for body in (chunks(*[b"x" * 500_000] * 20), b"y" * 3_000_000):
            with pytest.raises(OSError, match="full") as caught:
                await embedded.stage(body)
            assert caught.value.errno == errno.ENOSPC
        await embedded.close()
        assert_nothing_leaks(tmp_path / "store")

    run(story())


def test_a_full_database_refuses_cleanly(embedded: EmbeddedObjectStore, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        await put(embedded, "before", b"x" * 60_000)
        pages = embedded._write.execute("PRAGMA page_count").fetchone()[0]
        embedded._write.execute(f"PRAGMA max_page_count = {pages + 8}")
        results = await asyncio.gather(
            put(embedded, "large", b"x" * 60_000),
            put(embedded, "small", b"x"),
            return_exceptions=True,
        )
        assert isinstance(results[0], OSError)
        assert results[0].errno == errno.ENOSPC
        assert isinstance(results[1], Entry)
        embedded._write.execute("PRAGMA max_page_count = 1000000")
        await put(embedded, "large", b"y" * 60_000)
        assert await fetch(embedded, "large") == b"y" * 60_000
        assert (await embedded.usage(BUCKET)).bytes == 120_001
        await embedded.close()
        assert_nothing_leaks(tmp_path / "store")

    run(story())


def test_a_body_that_is_cancelled_leaves_nothing(
    embedded: EmbeddedObjectStore, run: Run, tmp_path: Path
) -> None:
    async def stuck(first: int) -> AsyncIterator[bytes]:
        for _ in range(first):
            yield b"x" * 400_000
        await asyncio.Event().wait()

    async def story() -> None:
        for first in (0, 1, 7):
            task = asyncio.create_task(embedded.stage(stuck(first)))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await embedded.close()
        assert_nothing_leaks(tmp_path / "store")

    run(story())


def test_a_closed_store_takes_nothing(embedded: EmbeddedObjectStore, run: Run) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        staged = await embedded.stage(b"x")
        await embedded.close()
        await embedded.close()
        with pytest.raises(ClosedError):
            await embedded.put(BUCKET, new("k"), staged)

    run(story())


def test_closing_finishes_what_is_queued(embedded: EmbeddedObjectStore, run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        puts = [asyncio.create_task(put(embedded, str(number), b"x")) for number in range(500)]
        await asyncio.sleep(0.002)
        await embedded.close()
        done = await asyncio.gather(*puts, return_exceptions=True)
        stored = sum(isinstance(result, Entry) for result in done)
        assert stored > 0
        again = opened(tmp_path / "store", ManualClock(1))
        assert (await again.usage(BUCKET)).objects == stored
        await again.close()

    run(story())


def test_a_sweep_spares_the_living_and_reclaims_the_dead(
    embedded: EmbeddedObjectStore, run: Run, clock: ManualClock, tmp_path: Path
) -> None:
    root = tmp_path / "store"

    async def story() -> None:
        await embedded.create_bucket(bucket())
        other = opened(root, clock)
        kept = await put(other, "kept", BIG)
        staged = await other.stage(BIG)
        mine = await embedded.stage(BIG)
        leftover = root / "incoming" / f"{other._lease.token}ffffffffff"
        leftover.write_bytes(b"half")
        assert await embedded.sweep() == 0
        assert await other.sweep() == 0
        await other.put(BUCKET, new("late"), staged)
        abandoned = await other.stage(BIG)
        assert abandoned.size == len(BIG)
        assert len(files(root)) == 4
        await other.close()
        assert await embedded.sweep() == 2
        assert not leftover.exists()
        await embedded.put(BUCKET, new("mine"), mine)
        for key in ("kept", "late", "mine"):
            assert await fetch(embedded, key) == BIG
        assert await read(embedded, kept) == BIG
        assert [path.name for path in (root / "leases").iterdir()] == [embedded._lease.token]
        assert await embedded.sweep() == 0

    run(story())


def test_a_sweep_leaves_garbage_to_its_time(
    embedded: EmbeddedObjectStore, run: Run, clock: ManualClock, tmp_path: Path
) -> None:
    root = tmp_path / "store"

    async def story() -> None:
        await embedded.create_bucket(bucket())
        other = opened(root, clock)
        await put(other, "k", BIG)
        await other.close()
        await embedded.delete(BUCKET, "k", None, 1)
        assert await embedded.sweep() == 0
        assert len(files(root)) == 1
        clock.advance(60)
        assert await embedded.collect() == 1

    run(story())


def test_a_file_whose_owner_has_no_lease_is_left_alone(
    embedded: EmbeddedObjectStore, run: Run, tmp_path: Path
) -> None:
    stranger = tmp_path / "store" / "incoming" / "note"
    stranger.write_text("not ours")
    assert run(embedded.sweep()) == 0
    assert stranger.exists()


def test_many_appends_leave_few_segments(
    embedded: EmbeddedObjectStore, run: Run, clock: ManualClock, tmp_path: Path
) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        whole = b""
        for number in range(300):
            data = bytes([number % 256]) * 40_000
            entry = await embedded.append(BUCKET, lambda current: new("k"), "k", await embedded.stage(data))
            whole += data
        content = await embedded.read(entry, 0, entry.size)
        assert len(content) <= 80
        assert await read(embedded, entry) == whole
        await embedded.close()
        clock.advance(100)
        again = opened(tmp_path / "store", clock)
        await again.collect()
        assert await fetch(again, "k") == whole
        await again.close()
        assert_nothing_leaks(tmp_path / "store")

    run(story())


def test_a_newer_format_is_refused_in_so_many_words(tmp_path: Path, clock: ManualClock, run: Run) -> None:
    run(opened(tmp_path, clock).close())
    connection = sqlite3.connect(tmp_path / "objects.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerFormatError, match="format 99"):
        opened(tmp_path, clock)


def test_a_store_is_the_same_after_reopening(tmp_path: Path, clock: ManualClock, run: Run) -> None:
    async def story() -> None:
        store = opened(tmp_path, clock)
        await store.create_bucket(bucket(versioning="Enabled"))
        first = await put(store, "k", b"first")
        await put(store, "k", BIG)
        await store.close()
        store = opened(tmp_path, clock)
        assert await store.bucket(BUCKET) == bucket(versioning="Enabled")
        assert await fetch(store, "k", first.version) == b"first"
        assert await fetch(store, "k") == BIG
        later = await put(store, "k", b"later")
        page = await store.list_versions(BUCKET, limit=1)
        assert page.entries == [later]
        await store.close()

    run(story())


def test_every_commit_is_synced(embedded: EmbeddedObjectStore) -> None:
    assert embedded._write.execute("PRAGMA synchronous").fetchone() == (2,)
    assert embedded._write.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with pytest.raises(sqlite3.OperationalError):
        embedded._read.execute("DELETE FROM objects")
