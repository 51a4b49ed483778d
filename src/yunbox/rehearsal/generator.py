"""The open-loop generator of one process: sends requests when they are due, whether or not answers come back.

A latency counts from the moment a request was to be sent, so that time that it waited here, or would have waited
behind another, is never left out.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Iterator

import msgspec

from yunbox.rehearsal.histogram import bucket
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.retries import Budget, allowed, wait
from yunbox.rehearsal.tally import FAILED, QUEUED, SERVED, SHED, TIMED_OUT, Server, Tally
from yunbox.rehearsal.templates import mixed
from yunbox.rehearsal.wire import Answer, Connection, Kind

TICK_SECONDS = 0.001
SWEEP_SECONDS = 0.05
IDLE_SECONDS = 4.0
"""A connection that was idle for longer is closed, before the other end does so under a request."""

_BURST = 64
_SHED_STATUSES = (429, 503)


class Place(msgspec.Struct, frozen=True):
    """Where a request goes: an address, a port, and the Host header."""

    address: str
    port: int
    host: str


class Flight:
    """A request from the moment it is due until it ends."""

    __slots__ = (
        "attempts", "connection", "data", "due", "ended", "first_failure", "kind",
        "number", "place", "reached",
    )  # fmt: skip

    def __init__(self, number: int, due: float, kind: Kind, place: Place) -> None:
        self.number, self.due, self.kind, self.place = number, due, kind, place
        self.data = b""
        self.attempts = 0
        self.connection: Connection | None = None
        self.first_failure = ""
        self.ended = False
        self.reached = False


class Generator:
    """Sends every request of the iterator `due` (number, seconds from `zero`); numbers below 0 are not counted.

    `zero` is on the clock of `time.monotonic`. `tally` gathers what happens; whoever takes it puts a new one.
    """

    def __init__(
        self,
        plan: Plan,
        kinds: list[tuple[Kind, Place]],
        due: Iterator[tuple[int, float]],
        *,
        zero: float,
        run: str,
        parts: int = 1,
    ) -> None:
        self.tally = Tally()
        self.wanted = frozenset(
            name.lower().encode()
            for name in ("retry-after", plan.queued.header, plan.watch.served_by)
            if name
        )
        self.ended = asyncio.Event()
        self._plan, self._retry, self._queued = plan, plan.retry, plan.queued
        self._queue_header = plan.queued.header.lower().encode()
        self._by_header = plan.watch.served_by.lower().encode()
        self._queue_unit = 0.001 if plan.queued.unit == "ms" else 1.0
        self._kinds = kinds
        self._weights = _cumulated([each.weight for each in plan.requests])
        self._due, self._zero, self._run = due, zero, run
        self._budget = Budget(plan.retry, parts)
        self._limit = max(1, plan.generator.connections // parts)
        self._timeout = plan.generator.timeout
        self._loop = asyncio.get_running_loop()
        self._idle: dict[Place, list[Connection]] = {place: [] for _, place in kinds}
        self._open = 0
        self._waiting: deque[Flight] = deque()
        self._deadlines: deque[Flight] = deque()
        self._flying = 0
        self._next = next(due, None)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    def start(self) -> None:
        """Begin; `ended` is set when every request has ended."""
        self._tick()
        self._sweep()

    def stop(self) -> None:
        """Send nothing new."""
        self._next = None
        self._stopped = True

    def close(self) -> None:
        """Let go of the connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    # What is due

    def _tick(self) -> None:
        now = time.monotonic() - self._zero
        for _ in range(_BURST):
            if self._next is None:
                return
            number, due = self._next
            if due > now:
                break
            self._begin(number, due)
            if not self._stopped:
                self._next = next(self._due, None)
        if self._next is not None:
            self._loop.call_later(max(self._next[1] - now, TICK_SECONDS), self._tick)

    def _begin(self, number: int, due: float) -> None:
        kind, place = self._kinds[self._pick(number)]
        if number >= 0:
            self.tally.cell(int(due)).intended += 1
        flight = Flight(number, due, kind, place)
        flight.data = kind.bytes_of(number, self._id(number))
        self._flying += 1
        self._budget.earn()
        self._deadlines.append(flight)
        self._attempt(flight)

    def _pick(self, number: int) -> int:
        if len(self._weights) == 1:
            return 0
        chance = mixed(self._plan.seed, number, 999_983) / 2**64
        return next(index for index, sum_ in enumerate(self._weights) if chance < sum_)

    def _id(self, number: int) -> str:
        return f"{self._run}-{number}" if number >= 0 else f"{self._run}-w{-number}"

    # One attempt

    def _attempt(self, flight: Flight) -> None:
        if flight.ended:
            return
        idle = self._idle[flight.place]
        while idle:
            connection = idle.pop()
            if not connection.closed:
                self._send(connection, flight)
                return
        if self._open >= self._limit:
            self._waiting.append(flight)
            return
        self._open += 1
        self._note_sent(flight)
        task = self._loop.create_task(self._connect(flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, flight: Flight) -> None:
        place = flight.place
        made: list[Connection] = []

        def factory() -> Connection:
            made.append(Connection(self, place))
            return made[0]

        try:
            async with asyncio.timeout(self._timeout):
                await self._loop.create_connection(factory, place.address, place.port)
        except (OSError, TimeoutError) as error:
            self._open -= 1
            self._failed(flight, _connect_reason(error))
            self._serve_waiting()
            return
        if flight.ended:
            self._free(made[0])
            return
        self._write(made[0], flight)

    def _send(self, connection: Connection, flight: Flight) -> None:
        self._note_sent(flight)
        self._write(connection, flight)

    def _note_sent(self, flight: Flight) -> None:
        if flight.attempts == 0 and flight.number >= 0:
            now = time.monotonic() - self._zero
            lag = now - flight.due
            tally = self.tally
            index = bucket(lag)
            tally.lag[index] = tally.lag.get(index, 0) + 1
            cell = tally.cell(int(now))
            cell.sent += 1
            cell.lag_max = max(cell.lag_max, lag)
        flight.attempts += 1

    def _write(self, connection: Connection, flight: Flight) -> None:
        if connection.closed:
            self._failed(flight, "connection closed")
            return
        flight.connection, flight.reached = connection, True
        connection.send(flight.data, flight, head_only=flight.kind.head_only)

    # What comes of it

    def answered(self, connection: Connection, answer: Answer) -> None:
        """Judge an answer."""
        flight = connection.load
        assert isinstance(flight, Flight)
        connection.load = flight.connection = None
        if connection.reusable:
            self._free(connection)
        else:
            self._open -= 1
            self._serve_waiting()
        status, headers = answer.status, answer.headers
        if status in flight.kind.expected:
            self._served(flight, headers)
            return
        shed = status in _SHED_STATUSES and (status == 429 or b"retry-after" in headers)
        if self._retry.shed if shed else status in self._retry.statuses:
            self._failed(flight, f"status {status}", shed=shed)
        elif shed:
            self._end(flight, SHED)
        else:
            self._end(flight, FAILED, f"status {status}")

    def broken(self, connection: Connection, reason: str) -> None:
        """Judge a connection that ended with no answer."""
        self._open -= 1
        flight = connection.load
        if isinstance(flight, Flight):
            connection.load = flight.connection = None
            self._failed(flight, reason)
        self._serve_waiting()

    def _served(self, flight: Flight, headers: dict[bytes, bytes]) -> None:
        now = time.monotonic() - self._zero
        if self._by_header in headers and flight.number >= 0:
            by = headers[self._by_header].decode("latin-1")
            server = self.tally.servers.get(by)
            if server is None:
                server = self.tally.servers[by] = Server(first=now)
            server.count += 1
        self._end(flight, QUEUED if self._was_queued(headers, now - flight.due) else SERVED)

    def _was_queued(self, headers: dict[bytes, bytes], latency: float) -> bool:
        told = headers.get(self._queue_header)
        if told is not None:
            try:
                return float(told) * self._queue_unit > self._queued.above
            except ValueError:
                return False
        return 0 < self._queued.latency < latency

    def _failed(self, flight: Flight, reason: str, *, shed: bool = False) -> None:
        """An attempt failed: try again, where that is allowed, or end it."""
        if flight.ended:
            return
        kind = flight.kind
        if not flight.first_failure:
            flight.first_failure = reason
            if flight.number >= 0:
                failures = self.tally.first_failures
                failures[reason] = failures.get(reason, 0) + 1
        if allowed(self._retry, attempt=flight.attempts, repeatable=kind.repeatable, reached=flight.reached):
            if self._budget.spend():
                if flight.number >= 0:
                    self.tally.retries += 1
                seconds = wait(self._retry, flight.attempts, self._plan.seed, flight.number)
                self._loop.call_later(seconds, self._attempt, flight)
                return
            self.tally.retries_denied += 1
        self._end(flight, SHED if shed else FAILED, reason)

    def _end(self, flight: Flight, outcome: int, reason: str = "") -> None:
        if flight.ended:
            return
        flight.ended = True
        self._flying -= 1
        if flight.number >= 0:
            self._count(flight, outcome, reason)
        self._check_ended()

    def _count(self, flight: Flight, outcome: int, reason: str) -> None:
        tally, now = self.tally, time.monotonic() - self._zero
        cell, kind = tally.cell(int(flight.due)), tally.kind(flight.kind.name)
        cell.outcomes[outcome] += 1
        kind.outcomes[outcome] += 1
        tally.cell(int(now)).completed += 1
        if outcome in (SERVED, QUEUED):
            index = bucket(now - flight.due)
            cell.latency[index] = cell.latency.get(index, 0) + 1
            kind.latency[index] = kind.latency.get(index, 0) + 1
        if reason:
            tally.failures[reason] = tally.failures.get(reason, 0) + 1
        if flight.attempts > 1:
            cell.retried += 1
            tally.retried[outcome] += 1
        if flight.kind.keyed:
            if outcome in (SERVED, QUEUED):
                tally.accepted.append(flight.number)
            elif flight.reached:
                tally.unknown.append(flight.number)

    # Connections

    def _free(self, connection: Connection) -> None:
        while self._waiting:
            flight = self._waiting.popleft()
            if flight.place == connection.place and not flight.ended:
                self._send(connection, flight)
                return
            if not flight.ended:
                # Of another place: it takes this connection's slot.
                connection.close()
                self._open -= 1
                self._attempt(flight)
                return
        connection.idle_since = time.monotonic()
        idle = self._idle[connection.place]  # type: ignore[index]
        idle.append(connection)

    def _serve_waiting(self) -> None:
        while self._waiting and self._open < self._limit:
            self._attempt(self._waiting.popleft())

    def _sweep(self) -> None:
        now = time.monotonic()
        deadlines = self._deadlines
        while deadlines and (deadlines[0].ended or now - self._zero - deadlines[0].due > self._timeout):
            self._time_out(deadlines.popleft())
        for idle in self._idle.values():
            while idle and (idle[0].closed or now - idle[0].idle_since > IDLE_SECONDS):
                connection = idle.pop(0)
                if not connection.closed:
                    connection.close()
                    self._open -= 1
        self.tally.in_flight, self.tally.connections = self._flying, self._open
        if not self._check_ended():
            self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def _time_out(self, flight: Flight) -> None:
        if flight.ended:
            return
        if flight.attempts == 0 and flight.number >= 0:
            # It never left: that is the generator's own failure, and its lag says so.
            self._note_sent(flight)
        connection, flight.connection = flight.connection, None
        if connection is not None:
            connection.close()
            self._open -= 1
        self._end(flight, TIMED_OUT, "timed out")
        self._serve_waiting()

    def _check_ended(self) -> bool:
        if self._next is None and not self._flying:
            self.ended.set()
        return self.ended.is_set()


def _cumulated(weights: list[float]) -> list[float]:
    total, sum_, found = sum(weights), 0.0, []
    for weight in weights:
        sum_ += weight
        found.append(sum_ / total)
    found[-1] = 2.0
    return found


def _connect_reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError):
        return "connection reset"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, socket.gaierror):
        return "no such host"
    return f"no connection ({getattr(error, 'strerror', None) or type(error).__name__})"
