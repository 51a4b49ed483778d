"""Delivers access records: from the logs that the workers write into log objects of the buckets that want them.

A delivery is first written down (which bytes of which logs, when, under which unique name), then made, then
struck out together with the new positions. Whoever is killed in between makes the same objects again under the
same names, so that nothing is lost and nothing stands twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.control.store_resource import Resource
from yunbox.engines.objects.interface import Bucket, NewEntry, NoBucketError, ObjectStore
from yunbox.gateway.access_log_reader import Position, Span, backlog, end_of, lines_of, logs_in, whats_new
from yunbox.gateway.record import AccessLine
from yunbox.services.oss.digest import crc64_of, md5_hex
from yunbox.services.oss.log_record import format_record, log_name
from yunbox.services.oss.logging import Logging, logging_of, may_hold_logs
from yunbox.services.oss.model import BucketSettings, ObjectAttributes, encode, settings_of

MOST_BYTES = 16 * 1024 * 1024
"""Of one log in one delivery; when so much waits it is delivered before its time, or the log would roll over it."""

WATCH_SECONDS = 5.0
_AT_ONCE = 2000
_BUCKETS = 100


class LogPosition(Resource, kind="oss.log_position"):
    """How far the log of that name was delivered."""

    position: Position


class Delivery(Resource, kind="oss.log_delivery"):
    """A delivery that is being made; there is one at most. `made` names its objects."""

    made: float
    unique: str
    spans: list[Span]
    positions: dict[str, Position]


_THE = "pending"


class Wanted(msgspec.Struct, frozen=True):
    """A bucket whose accesses are logged."""

    bucket: Bucket
    settings: BucketSettings
    logging: Logging


class LogDelivery:
    """Delivers every `interval` seconds, and sooner what would be lost by waiting.

    `owners` returns the ids of all accounts, `complain` takes a sentence for the operator.
    """

    name = "oss-log-delivery"

    def __init__(
        self,
        objects: ObjectStore,
        store: Store,
        folder: Path,
        owners: Callable[[], Sequence[str]],
        clock: Clock,
        ids: Ids,
        complain: Callable[[str], None],
        *,
        interval: float,
    ) -> None:
        self._objects = objects
        self._store = store
        self._folder = folder
        self._owners = owners
        self._clock = clock
        self._ids = ids
        self._complain = complain
        self._interval = interval
        self._next = 0.0

    async def turn(self) -> float:
        """Finish what was begun; begin a delivery when it is time. Returns in how many seconds to be called."""
        pending, positions = self._remembered()
        if pending is None:
            now = self._clock.now()
            if now < self._next and not self._presses(positions):
                return min(WATCH_SECONDS, self._next - now)
            self._next = now + self._interval
            if await self._wanted():
                pending = self._plan(positions, now)
            else:
                self._pass_over(positions)
            if pending is None:
                return min(WATCH_SECONDS, self._interval)
        await self._deliver(pending)
        self._finish(pending)
        return 0.0

    def _remembered(self) -> tuple[Delivery | None, dict[str, Position]]:
        with self._store.read() as view:
            positions = {each.id: each.position for each in view.find(LogPosition)}
            return view.get(Delivery, _THE), positions

    def _presses(self, positions: dict[str, Position]) -> bool:
        return any(
            backlog(self._folder, name, positions.get(name, Position())) > MOST_BYTES
            for name in logs_in(self._folder)
        )

    async def _wanted(self) -> dict[str, Wanted]:
        found: dict[str, Wanted] = {}
        for owner in self._owners():
            after = ""
            while page := await self._objects.buckets(owner=owner, after=after, limit=_BUCKETS):
                for bucket in page:
                    settings = settings_of(bucket)
                    if (logging := logging_of(settings)) is not None:
                        found[bucket.name] = Wanted(bucket, settings, logging)
                after = page[-1].name
        return found

    def _pass_over(self, positions: dict[str, Position]) -> None:
        """Nobody wants what is there: go on from the end next time."""
        self._keep({name: end_of(self._folder, name) for name in logs_in(self._folder)}, positions)

    def _keep(self, new: dict[str, Position], old: dict[str, Position]) -> None:
        changed = {name: position for name, position in new.items() if old.get(name) != position}
        if not changed:
            return
        with self._store.write() as change:
            for name, position in changed.items():
                kept = LogPosition(id=name, position=position)
                change.replace(kept) if change.get(LogPosition, name) else change.create(kept)

    def _plan(self, positions: dict[str, Position], now: float) -> Delivery | None:
        """Write down what is to be delivered; None when there is nothing new."""
        spans: list[Span] = []
        reached: dict[str, Position] = {}
        for name in logs_in(self._folder):
            news = whats_new(self._folder, name, positions.get(name, Position()), MOST_BYTES)
            if news.lost:
                self._complain(f"{name}: access records rolled over before they were delivered")
            spans += news.spans
            reached[name] = news.position
        if not spans:
            return None
        made = Delivery(id=_THE, made=now, unique=self._ids.hex(8).lower(), spans=spans, positions=reached)
        with self._store.write() as change:
            return change.create(made)

    async def _deliver(self, delivery: Delivery) -> None:
        wanted = await self._wanted()
        records: dict[str, list[tuple[float, str]]] = {}
        for span in delivery.spans:
            lines = lines_of(self._folder, span)
            if lines is None:
                self._complain(f"{span.name}: access records rolled over before they were delivered")
                continue
            for start in range(0, len(lines), _AT_ONCE):
                _collect(lines[start : start + _AT_ONCE], wanted, records)
                await asyncio.sleep(0)
        for name, found in records.items():
            found.sort()
            text = "".join(f"{record}\n" for _, record in found)
            await self._write(wanted[name], delivery, text.encode())

    async def _write(self, source: Wanted, delivery: Delivery, data: bytes) -> None:
        """Store a log object, unless its target is gone or is not the same owner's any more."""
        name = source.logging.target_bucket
        target = await self._objects.bucket(name)
        if target is None or not may_hold_logs(target, source.bucket):
            return
        key = log_name(source.logging.target_prefix, source.bucket.name, delivery.made, delivery.unique)
        attributes = ObjectAttributes(
            headers={"content-type": "text/plain"},
            storage_class=settings_of(target).storage_class,
            crc64=crc64_of(data),
        )
        new = NewEntry(key, int(delivery.made * 1000), md5_hex(data), encode(attributes))
        try:
            await self._objects.put(name, new, await self._objects.stage(data))
        except NoBucketError:
            return

    def _finish(self, delivery: Delivery) -> None:
        with self._store.write() as change:
            for name, position in delivery.positions.items():
                kept = LogPosition(id=name, position=position)
                change.replace(kept) if change.get(LogPosition, name) else change.create(kept)
            change.delete(Delivery, _THE)


_decode = msgspec.json.Decoder(AccessLine).decode


def _collect(
    lines: Iterable[bytes], wanted: dict[str, Wanted], records: dict[str, list[tuple[float, str]]]
) -> None:
    """Sort lines into the records of the buckets that want them. Other lines, such as failures, are none."""
    for data in lines:
        try:
            line = _decode(data)
        except msgspec.DecodeError:
            continue
        source = wanted.get(line.bucket)
        if source is None or line.product != "oss" or line.time < source.logging.since:
            continue
        record = format_record(line, source.bucket, source.settings)
        records.setdefault(line.bucket, []).append((line.time, record))
