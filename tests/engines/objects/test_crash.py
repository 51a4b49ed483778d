"""What was acknowledged survives a SIGKILL, and what was not is there wholly or not at all.

YUNBOX_CRASH_ROUNDS sets the number of kills (10 unless told).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import crashing_writer
from crashing_writer import BUCKET, data_of
from storing import Run, assert_nothing_leaks, bytes_of

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore

ROUNDS = int(os.environ.get("YUNBOX_CRASH_ROUNDS", "10"))


class Acknowledged:
    """What writers said was done: the last generation of each key; and what was, or may be, deleted."""

    def __init__(self) -> None:
        self.puts: dict[str, int] = {}
        self.maybe_deleted: set[str] = set()
        self.deleted: set[str] = set()

    def note(self, line: str) -> None:
        verb, key, generation = line.split(" ")
        if verb == "put":
            self.puts[key] = int(generation)
        elif verb == "deleting":
            self.maybe_deleted.add(key)
        elif verb == "deleted":
            self.deleted.add(key)


def start(root: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, crashing_writer.__file__, str(root), name], stdout=subprocess.PIPE, text=True
    )


def run_and_kill(
    writers: Sequence[subprocess.Popen[str]], acknowledged: Acknowledged, seconds: float
) -> None:
    """Read what the writers acknowledge, and kill them a while after all have begun."""

    def kill() -> None:
        for writer in writers:
            writer.kill()

    timer = threading.Timer(seconds, kill)
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline().startswith("begin")
    timer.start()
    lines: list[list[str]] = [[] for _ in writers]
    readers = [
        threading.Thread(target=lambda w=writer, out=out: out.extend(w.stdout))
        for writer, out in zip(writers, lines, strict=True)
    ]
    for reader in readers:
        reader.start()
    for thread in (*readers, timer):
        thread.join()
    for writer, out in zip(writers, lines, strict=True):
        assert writer.wait() == -signal.SIGKILL
        for line in out:
            if line.endswith("\n"):
                acknowledged.note(line.rstrip("\n"))


async def check(root: Path, acknowledged: Acknowledged) -> int:
    store = EmbeddedObjectStore(root, ManualClock(4_000_000_000), Ids(), worker="check")
    try:
        await store.collect()
        swept = await store.sweep()
        found = set()
        for entry in (await store.list(BUCKET, limit=1_000_000)).entries:
            generation = int(entry.attributes)
            data = bytes_of(await store.read(entry, 0, entry.size))
            assert data == data_of(entry.key, generation), entry.key
            assert generation >= acknowledged.puts.get(entry.key, 0)
            assert entry.key not in acknowledged.deleted
            found.add(entry.key)
        missing = acknowledged.puts.keys() - found
        assert missing <= acknowledged.maybe_deleted
        await check_usage(store)
    finally:
        await store.close()
    assert_nothing_leaks(root)
    return swept


async def check_usage(store: EmbeddedObjectStore) -> None:
    entries = (await store.list(BUCKET, limit=1_000_000)).entries
    uploads = (await store.uploads(BUCKET, limit=1_000_000)).uploads
    parts = [part for u in uploads for part in await store.parts(BUCKET, u.upload_id, limit=10)]
    usage = await store.usage(BUCKET)
    assert (usage.objects, usage.bytes) == (len(entries), sum(entry.size for entry in entries))
    assert (usage.uploads, usage.upload_bytes) == (len(uploads), sum(part.size for part in parts))


def test_no_kill_loses_or_halves_anything(tmp_path: Path, run: Run) -> None:
    root = tmp_path / "store"
    acknowledged = Acknowledged()
    chance = random.Random(11_11)
    swept = 0
    for number in range(ROUNDS):
        names = [f"w{number}"] if number % 2 else [f"w{number}a", f"w{number}b"]
        writers = [start(root, name) for name in names]
        run_and_kill(writers, acknowledged, chance.uniform(0.02, 0.4))
        swept += run(check(root, acknowledged))
    assert len(acknowledged.puts) > 10 * ROUNDS
    if ROUNDS >= 10:
        assert swept > 0, "no kill ever hit a staged file: the test proves too little"
