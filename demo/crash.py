"""Kills the cloud in the middle of a stream of uploads, and holds it to every answer it gave."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable

import alibabacloud_oss_v2 as oss
import oss2

from demo.clients import BUCKET, NotHeldError, oss2_bucket, require, s3, sdk_v2
from demo.cloud import DemoCloud

WRITERS = 6
STREAM_SECONDS = 4.0
PREFIX = "stream/"

SIZES = (0, 1, 300, 4096, 60_000, 200_000, 1_500_000)
"""Some fit the database, some take a file of their own."""

Put = Callable[[str, bytes], object]


def content(key: str) -> bytes:
    """Return the bytes of a key: the same in every run, and different for every key."""
    source = random.Random(key)
    return source.randbytes(source.choice(SIZES))


class Stream:
    """Writers that upload without a pause, each with a client of its own, until the cloud is gone."""

    def __init__(self, cloud: DemoCloud, last: Callable[[], None] | None = None) -> None:
        self._cloud = cloud
        self._last = last
        """Done a moment before the kill."""
        self._lock = threading.Lock()
        self._killed = threading.Event()
        self.acknowledged: dict[str, str] = {}
        """Key and SHA-256 of every upload that was answered with success."""
        self.open = 0
        """Uploads that were under way when the cloud died."""
        self.failed: list[str] = []

    def run(self) -> str:
        """Upload, kill, and return what happened."""
        putting = [self._put_with(number) for number in range(WRITERS)]
        threads = [
            threading.Thread(target=self._write, args=(number, put), daemon=True)
            for number, put in enumerate(putting)
        ]
        for thread in threads:
            thread.start()
        time.sleep(STREAM_SECONDS)
        if self._last is not None:
            self._last()
        with self._lock:
            self._killed.set()
            processes = self._cloud.kill()
        for thread in threads:
            thread.join(30)
        require(not any(thread.is_alive() for thread in threads), "a client still waits for an answer")
        require(not self.failed, f"an upload failed before the kill: {self.failed[:1]}")
        require(len(self.acknowledged) > WRITERS, "too few uploads to prove anything")
        require(self.open > 0, "no upload was under way")
        count = len(self.acknowledged)
        return f"{count:,} uploads acknowledged, {self.open} under way; SIGKILL to {processes} processes"

    def _put_with(self, number: int) -> Put:
        """Return what uploads: the three clients take turns."""
        if number % 3 == 0:
            bucket = oss2_bucket(self._cloud)
            put: Put = bucket.put_object
            return put
        if number % 3 == 1:
            client = sdk_v2(self._cloud)
            return lambda key, data: client.put_object(
                oss.PutObjectRequest(bucket=BUCKET, key=key, body=data)
            )
        other = s3(self._cloud)
        return lambda key, data: other.put_object(Bucket=BUCKET, Key=key, Body=data)

    def _write(self, number: int, put: Put) -> None:
        sequence = 0
        while not self._killed.is_set():
            key = f"{PREFIX}{number}/{sequence:06d}"
            data = content(key)
            try:
                put(key, data)
            except Exception as error:
                with self._lock:
                    if self._killed.is_set():
                        self.open += 1
                    else:
                        self.failed.append(f"{key}: {error}"[:200])
                return
            with self._lock:
                self.acknowledged[key] = hashlib.sha256(data).hexdigest()
            sequence += 1

    def check(self) -> str:
        """Compare every acknowledged object with what was sent, and every other one that is there."""
        bucket = oss2_bucket(self._cloud)
        listed = {each.key: each.size for each in oss2.ObjectIterator(bucket, prefix=PREFIX, max_keys=1000)}
        lost = [key for key in self.acknowledged if key not in listed]
        if lost:
            raise NotHeldError(f"{len(lost)} acknowledged objects are lost, {lost[0]} among them")
        size = 0
        for key in listed:
            found = bucket.get_object(key).read()
            size += len(found)
            # What was not acknowledged may be there, but then whole.
            require(found == content(key), f"{key} has other bytes")
            wanted = self.acknowledged.get(key)
            require(wanted in (None, hashlib.sha256(found).hexdigest()), f"{key} has other bytes")
        more = len(listed) - len(self.acknowledged)
        sizes = f"{len(self.acknowledged):,} there, same SHA-256, {size / 1e6:,.0f} MB"
        return f"all {sizes}; {more} more, whole; none torn"
