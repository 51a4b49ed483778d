"""The files of the embedded store: how they are shared, kept for a while, and collected."""

from __future__ import annotations

import asyncio
from pathlib import Path

from storing import BUCKET, Run, bucket, new, put, put_part

from yunbox.control.clock import ManualClock
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import FileSpan

BIG = b"0123456789" * 20_000


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("blobs/*/*"))


def test_large_bytes_are_files_that_outlive_their_deletion_by_a_minute(
    embedded: EmbeddedObjectStore, run: Run, clock: ManualClock, tmp_path: Path
) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        entry = await put(embedded, "../k", BIG)
        [span] = await embedded.read(entry, 10, 20)
        assert isinstance(span, FileSpan)
        assert (span.offset, span.length) == (10, 10)
        assert Path(span.path).resolve().is_relative_to(tmp_path / "store" / "blobs")
        await embedded.delete(BUCKET, "../k", None, 1)
        assert await embedded.collect() == 0
        assert await embedded.sweep() == 0
        clock.advance(59)
        assert await embedded.collect() == 0
        assert Path(span.path).read_bytes() == BIG
        clock.advance(1)
        assert await embedded.collect() == 1
        assert not Path(span.path).exists()
        assert await embedded.collect() == 0

    run(story())


def test_collecting_takes_any_number_of_files(
    embedded: EmbeddedObjectStore, run: Run, clock: ManualClock, tmp_path: Path
) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        source = await put(embedded, "k", BIG)
        for number in range(600):
            await embedded.put(BUCKET, new(str(number)), await embedded.stage_copy(source, 0, source.size))
        await asyncio.gather(*(embedded.delete(BUCKET, str(number), None, 1) for number in range(600)))
        clock.advance(61)
        assert await embedded.collect() == 600
        assert len(files(tmp_path / "store")) == 1

    run(story())


def test_completing_copies_no_bytes_and_a_copy_shares_files(
    embedded: EmbeddedObjectStore, run: Run, tmp_path: Path
) -> None:
    async def story() -> None:
        await embedded.create_bucket(bucket())
        upload = await embedded.create_upload(BUCKET, "k", 1, b"")
        for number in (1, 2):
            await put_part(embedded, upload.upload_id, number, BIG)
        before = files(tmp_path / "store")
        entry = await embedded.complete(
            BUCKET, upload.upload_id, [(1, "p1"), (2, "p2")], lambda u, parts: new("k")
        )
        assert files(tmp_path / "store") == before
        await embedded.put(BUCKET, new("copy"), await embedded.stage_copy(entry, 0, entry.size))
        inodes = {path.stat().st_ino for path in (tmp_path / "store").glob("blobs/*/*")}
        assert len(inodes) == 2
        assert len(files(tmp_path / "store")) == 4

    run(story())
