"""A process that writes to an object store until it is killed, and prints what was acknowledged.

Run as `python crashing_writer.py ROOT NAME`. Each line is `verb key generation`, printed after the store said
so; the verb `begin` alone comes first. What is written follows from key and generation, so that a reader can
tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from pathlib import Path

from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import Bucket, BucketExistsError, NewEntry, Upload

BUCKET = "crash"


def data_of(key: str, generation: int) -> bytes:
    chance = random.Random(f"{key} {generation}")
    return chance.randbytes(chance.choice([0, 100, 4096, 4096, 60_000, 70_000, 300_000]))


def new(key: str, generation: int) -> NewEntry:
    return NewEntry(key, generation, "etag", str(generation).encode())


def acknowledge(verb: str, key: str = "", generation: int = 0) -> None:
    print(verb, key, generation, flush=True)


async def put(store: EmbeddedObjectStore, key: str, generation: int) -> None:
    staged = await store.stage(data_of(key, generation))
    await store.put(BUCKET, new(key, generation), staged)
    acknowledge("put", key, generation)


async def multipart(store: EmbeddedObjectStore, key: str) -> None:
    upload = await store.create_upload(BUCKET, key, 1, b"")
    data = data_of(key, 0)
    for number in (1, 2):
        part = data[: len(data) // 2] if number == 1 else data[len(data) // 2 :]
        staged = await store.stage(part)
        await store.put_part(BUCKET, upload.upload_id, number, staged, etag="p", now=1, attributes=b"")

    def wanted(upload: Upload, parts: object) -> NewEntry:
        return new(upload.key, 0)

    await store.complete(BUCKET, upload.upload_id, [(1, "p"), (2, "p")], wanted)
    acknowledge("put", key, 0)


async def write(store: EmbeddedObjectStore, name: str) -> None:
    """Put new keys, replace one, delete some, upload some in parts; for ever."""
    for count in range(1_000_000):
        await put(store, f"new/{name}/{count}", 0)
        await put(store, f"again/{name}", count)
        if count % 3 == 0:
            await multipart(store, f"parts/{name}/{count}")
        if count % 4 == 0:
            key = f"new/{name}/{count}"
            acknowledge("deleting", key)
            await store.delete(BUCKET, key, None, 1)
            acknowledge("deleted", key)


async def main(root: Path, name: str) -> None:
    store = EmbeddedObjectStore(root, SystemClock(), Ids(), worker=name)
    with contextlib.suppress(BucketExistsError):
        await store.create_bucket(Bucket(BUCKET, "o", "r", 1))
    acknowledge("begin")
    await asyncio.gather(*(write(store, f"{name}-{task}") for task in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
