"""Several processes on one root."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import crashing_writer
from crashing_writer import BUCKET, data_of
from storing import Run, bytes_of

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import Bucket

SCRIPT = """
import asyncio, sys
sys.path.insert(0, sys.argv[3])
from crashing_writer import *

async def main(root, name):
    store = EmbeddedObjectStore(root, SystemClock(), Ids(), worker=name)
    async def some(task):
        for count in range(25):
            await put(store, f"{name}/{task}/{count}", 0)
            entry = await store.append(
                BUCKET, lambda c: new("shared", 1 + int(c.attributes if c else 0)), "shared",
                await store.stage(b"x" * 100))
    await asyncio.gather(*(some(task) for task in range(8)))
    await store.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def test_two_processes_write_what_a_third_reads(tmp_path: Path, run: Run) -> None:
    root = tmp_path / "store"

    async def story() -> None:
        store = EmbeddedObjectStore(root, ManualClock(4_000_000_000), Ids(), worker="reader")
        await store.create_bucket(Bucket(BUCKET, "o", "r", 1))
        here = str(Path(crashing_writer.__file__).parent)
        writers = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", SCRIPT, str(root), name, here, stdout=subprocess.PIPE
            )
            for name in ("one", "two")
        ]

        async def follow(writer: asyncio.subprocess.Process) -> int:
            """Read each object the moment its writer says it is there, sweeping all the while."""
            seen = 0
            assert writer.stdout is not None
            async for line in writer.stdout:
                _, key, generation = line.decode().split()
                entry = await store.get(BUCKET, key)
                assert entry is not None
                assert bytes_of(await store.read(entry, 0, entry.size)) == data_of(key, int(generation))
                seen += 1
                if seen % 20 == 0:
                    assert await store.sweep() == 0
            assert await writer.wait() == 0
            return seen

        assert await asyncio.gather(*map(follow, writers)) == [200, 200]
        shared = await store.get(BUCKET, "shared")
        assert shared is not None
        assert (shared.size, shared.attributes) == (40_000, b"400")
        assert (await store.usage(BUCKET)).objects == 401
        await store.close()

    run(story())


def test_two_stores_of_one_root_see_each_others_changes_at_once(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        stores = [
            EmbeddedObjectStore(tmp_path, ManualClock(1), Ids(), worker=str(number)) for number in range(2)
        ]
        await stores[0].create_bucket(Bucket(BUCKET, "o", "r", 1))

        async def write(store: EmbeddedObjectStore, name: str) -> None:
            for count in range(50):
                await store.put(
                    BUCKET, crashing_writer.new(f"{name}{count}", 0), await store.stage(name.encode())
                )
                for other in stores:
                    assert await other.get(BUCKET, f"{name}{count}") is not None

        await asyncio.gather(*(write(store, f"{i}-{j}-") for i, store in enumerate(stores) for j in range(4)))
        for store in stores:
            assert (await store.usage(BUCKET)).objects == 400
            await store.close()

    run(story())
