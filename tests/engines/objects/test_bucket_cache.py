"""What a process remembers of buckets is never older than the last commit of any process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import Bucket, NewEntry, NoBucketError


def store(root: Path, name: str) -> EmbeddedObjectStore:
    return EmbeddedObjectStore(root, SystemClock(), Ids(), worker=name)


def test_two_openings_see_each_others_changes(tmp_path: Path) -> None:
    async def body() -> None:
        one, other = store(tmp_path, "one"), store(tmp_path, "other")
        bucket = Bucket("b", "owner", "region", 1)
        await one.create_bucket(bucket)
        for number in range(50):
            attributes = str(number).encode()
            seen = await other.bucket("b")
            assert seen is not None
            await one.update_bucket("b", lambda b, a=attributes: msgspec.structs.replace(b, attributes=a))
            seen = await other.bucket("b")
            assert seen is not None
            assert seen.attributes == attributes
        await one.delete_bucket("b")
        assert await other.bucket("b") is None
        with pytest.raises(NoBucketError):
            await other.get("b", "key")
        await other.create_bucket(bucket)
        await other.put("b", NewEntry("key", 1, "etag"), await other.stage(b"x"))
        assert (await one.get("b", "key")) is not None
        await one.close()
        await other.close()

    asyncio.run(body())


def test_a_process_that_died_halfway_makes_nobody_believe_old_facts(tmp_path: Path) -> None:
    async def body() -> None:
        one, other = store(tmp_path, "one"), store(tmp_path, "other")
        await one.create_bucket(Bucket("b", "owner", "region", 1))
        assert await other.bucket("b") is not None
        # What a process does that is killed right after its commit: the count stays odd.
        one._changes.begin()
        one._write.execute("UPDATE buckets SET attributes = x'31'")
        one._write.commit()
        for _ in range(2):
            seen = await other.bucket("b")
            assert seen is not None
            assert seen.attributes == b"1"
        await other.put("b", NewEntry("key", 1, "etag"), await other.stage(b"x"))
        assert other._changes.read()[0] & 1 == 0
        seen = await one.bucket("b")
        assert seen is not None
        assert seen.attributes == b"1"
        await one.close()
        await other.close()

    asyncio.run(body())
