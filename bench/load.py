"""A closed-loop HTTP/1.1 load generator that costs its machine little.

Requests are bytes before the clock starts; one thread drives every connection with epoll. A connection
sends its next request when it has read the whole answer of the last one, so `connections` is also the
number of requests in flight. A latency therefore includes the time an answer waited for this thread.
"""

from __future__ import annotations

import gc
import hashlib
import ipaddress
import resource
import select
import socket
import time
from collections.abc import Iterator, Sequence

from bench.answers import HEAD_LIMIT, AnswerError, Head, decode_chunked, parse_head
from bench.calls import Call, Load

_READ = 256 * 1024
_FIRST_READ = 16 * 1024
_SEND = 1024 * 1024
_STALL_SECONDS = 60.0
_WANT_READ = select.EPOLLIN
_WANT_BOTH = select.EPOLLIN | select.EPOLLOUT


class LoadError(Exception):
    """The run is worthless: an answer was not 2xx, was not what was asked for, or did not come."""


def loopback(host: str) -> str:
    """Return `host` when it is a literal loopback address; raise ValueError for anything else."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"{host!r} is not a literal address; load goes to loopback only") from None
    if not address.is_loopback:
        raise ValueError(f"{host} is not a loopback address; load goes to loopback only")
    return str(address)


def run(
    host: str,
    port: int,
    calls: Sequence[Call],
    *,
    connections: int,
    seconds: float,
    repeat: bool = False,
    sample_every: int = 64,
) -> Load:
    """Send `calls` in order over `connections` keep-alive connections and return what happened.

    Ends when the calls are used up (`repeat` starts over instead) or `seconds` have passed; what is in
    flight then is still awaited and counted. Raises LoadError on the first answer that is not right.
    """
    if connections < 1 or not calls:
        raise ValueError("at least one connection and one call")
    return _Run(loopback(host), port, calls, repeat, sample_every).go(connections, seconds)


class _Run:
    """One run: the queue of calls, the deadline and the tallies that every connection shares."""

    def __init__(self, host: str, port: int, calls: Sequence[Call], repeat: bool, sample_every: int) -> None:
        self.host, self.port, self.repeat, self.sample_every = host, port, repeat, sample_every
        self.calls = calls
        self.queue: Iterator[Call] = iter(calls)
        self.scratch = memoryview(bytearray(_READ))
        self.poll = select.epoll()
        self.by_fd: dict[int, _Connection] = {}
        self.latencies: list[int] = []
        self.sent = self.received = self.digests = self.reconnects = self.seen = 0
        self.busy = 0
        self.deadline = 0

    def go(self, connections: int, seconds: float) -> Load:
        opened: list[_Connection] = []
        gc.collect()
        gc.disable()
        try:
            opened += (_Connection(self) for _ in range(connections))
            cpu = _cpu()
            began = time.perf_counter_ns()
            self.deadline = began + int(seconds * 1e9)
            for connection in opened:
                connection.begin_next(time.perf_counter_ns())
            self._loop()
            ended = time.perf_counter_ns()
            return self._result(ended - began, _cpu() - cpu)
        finally:
            gc.enable()
            for connection in opened:
                connection.close()
            self.poll.close()

    def _loop(self) -> None:
        by_fd, poll = self.by_fd, self.poll.poll
        while self.busy:
            events = poll(_STALL_SECONDS)
            if not events:
                raise LoadError(f"no answer for {_STALL_SECONDS:.0f} s, {self.busy} requests in flight")
            for fd, event in events:
                connection = by_fd[fd]
                if event & select.EPOLLOUT:
                    connection.send_more()
                if event & ~select.EPOLLOUT:
                    connection.readable()

    def _result(self, nanoseconds: int, cpu: float) -> Load:
        latencies = tuple(value / 1e9 for value in sorted(self.latencies))
        return Load(
            calls=len(latencies),
            seconds=nanoseconds / 1e9,
            sent=self.sent,
            received=self.received,
            latencies=latencies,
            client_cpu=cpu,
            digests_checked=self.digests,
            reconnects=self.reconnects,
        )

    def in_sample(self) -> bool:
        """Whether the digest of this answer is checked: the first and every `sample_every`th after it."""
        self.seen += 1
        return self.seen % self.sample_every == 1 or self.sample_every == 1

    def next_call(self, now: int) -> Call | None:
        if now >= self.deadline:
            return None
        call = next(self.queue, None)
        if call is None and self.repeat:
            self.queue = iter(self.calls)
            call = next(self.queue, None)
        return call


class _Connection:
    """One socket and its request in flight. The next one begins inside the read that ends the last."""

    __slots__ = (
        "began", "call", "closes", "gathered", "hash", "head", "left", "offset", "run", "socket",
    )  # fmt: skip

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.call: Call | None = None
        self._open()
        self._reset()

    def _open(self) -> None:
        family = socket.AF_INET6 if ":" in self.run.host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(_STALL_SECONDS)
        try:
            self.socket.connect((self.run.host, self.run.port))
        except OSError as error:
            self.socket.close()
            raise LoadError(f"cannot connect: {error}") from error
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.run.by_fd[self.socket.fileno()] = self
        self.run.poll.register(self.socket.fileno(), _WANT_READ)

    def _reset(self) -> None:
        self.head: Head | None = None
        self.gathered = b""
        self.left = 0
        self.offset = -1
        self.hash: hashlib._Hash | None = None

    def close(self) -> None:
        self.socket.close()

    def _reopen(self) -> None:
        fd = self.socket.fileno()
        self.run.poll.unregister(fd)
        del self.run.by_fd[fd]
        self.socket.close()
        self.run.reconnects += 1
        self._open()

    def begin_next(self, now: int) -> None:
        run = self.run
        was_busy = self.call is not None
        call = self.call = run.next_call(now)
        if call is None:
            run.busy -= was_busy
            return
        run.busy += not was_busy
        self.began = now
        try:
            sent = self.socket.send(call.wire)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise LoadError(f"sending failed: {error}") from error
        if sent < len(call.wire) or call.body:
            self.offset = sent
            run.poll.modify(self.socket.fileno(), _WANT_BOTH)

    def send_more(self) -> None:
        """Send what the socket takes of the rest; `offset` counts through the head and then the body."""
        call = self.call
        if call is None or self.offset < 0:
            return
        head = len(call.wire)
        total = head + len(call.body)
        try:
            while self.offset < total:
                if self.offset < head:
                    part = memoryview(call.wire)[self.offset :]
                else:
                    at = self.offset - head
                    part = memoryview(call.body)[at : at + _SEND]
                self.offset += self.socket.send(part)
        except BlockingIOError:
            return
        except OSError as error:
            raise LoadError(f"sending failed after {self.offset} bytes: {error}{self._late()}") from error
        self.offset = -1
        self.run.poll.modify(self.socket.fileno(), _WANT_READ)

    def _late(self) -> str:
        """What the peer said before it closed on us, for the failure message."""
        try:
            return f"; it had said {self.socket.recv(2000)!r}"
        except OSError:
            return ""

    def readable(self) -> None:
        try:
            if self.left:
                got = self.socket.recv_into(self.run.scratch)
                data = b""
            else:
                data = self.socket.recv(_FIRST_READ)
                got = len(data)
        except BlockingIOError:
            return
        except OSError as error:
            raise LoadError(f"reading failed: {error}") from error
        if got == 0:
            raise LoadError(f"the peer closed the connection after {self.gathered[:300]!r}")
        if self.call is None:
            raise LoadError(f"bytes that nobody asked for: {data[:300]!r}")
        if self.head is None:
            self._head_bytes(data)
        elif self.left:
            self._body_bytes(self.run.scratch[:got])
        else:
            self.gathered += data
            self._gathered_whole(self.call)

    def _head_bytes(self, data: bytes) -> None:
        if self.gathered:
            data = self.gathered + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > HEAD_LIMIT:
                raise LoadError("an endless head")
            self.gathered = data
            return
        try:
            head = self.head = parse_head(data[:end])
        except AnswerError as error:
            raise LoadError(str(error)) from error
        if not 200 <= head.status < 300:
            raise LoadError(f"status {head.status}: {self._excerpt(data)!r}")
        self._begin_body(data, end + 4, head)

    def _begin_body(self, data: bytes, start: int, head: Head) -> None:
        call, run = self.call, self.run
        assert call is not None
        if call.length is not None and head.length is not None and head.length != call.length:
            raise LoadError(f"a body of {head.length} bytes, not {call.length}: {data[:300]!r}")
        if head.length is None or call.count is not None:
            self.gathered = data[start:]
            self._gathered_whole(call)
            return
        if call.sha256 is not None and run.in_sample():
            self.hash = hashlib.sha256()
        if head.length == 0 and len(data) == start:
            self._done(0)
            return
        self.left = head.length
        self._body_bytes(memoryview(data)[start:])

    def _body_bytes(self, data: memoryview) -> None:
        if len(data) > self.left:
            raise LoadError(f"{len(data) - self.left} bytes follow the answer")
        if self.hash is not None:
            self.hash.update(data)
        self.left -= len(data)
        if self.left == 0:
            assert self.head is not None
            assert self.head.length is not None
            self._done(self.head.length)

    def _gathered_whole(self, call: Call) -> None:
        """Go on when an answer that is kept whole (chunked, or with a count to check) is complete."""
        assert self.head is not None
        body: bytes | None = self.gathered
        if self.head.length is None:
            try:
                body = decode_chunked(self.gathered, 0) if self.gathered.endswith(b"\r\n") else None
            except AnswerError as error:
                raise LoadError(str(error)) from error
        elif len(self.gathered) < self.head.length:
            body = None
        elif len(self.gathered) > self.head.length:
            raise LoadError("bytes follow the answer")
        if body is None:
            return
        if call.length is not None and len(body) != call.length:
            raise LoadError(f"a body of {len(body)} bytes, not {call.length}")
        if call.count is not None and body.count(call.count[0]) != call.count[1]:
            raise LoadError(
                f"{body.count(call.count[0])} of {call.count[1]} {call.count[0]!r}: {body[:500]!r}"
            )
        if call.sha256 is not None and self.run.in_sample():
            self.hash = hashlib.sha256(body)
        self._done(len(body))

    def _done(self, received: int) -> None:
        now = time.perf_counter_ns()
        run, call, head = self.run, self.call, self.head
        assert call is not None
        assert head is not None
        if self.offset >= 0:
            raise LoadError(f"answered {head.status} before the request was sent")
        if self.hash is not None:
            run.digests += 1
            if self.hash.digest() != call.sha256:
                raise LoadError(f"the content is not what was stored: {call.wire[:200]!r}")
        run.latencies.append(now - self.began)
        run.sent += len(call.body)
        run.received += received
        self._reset()
        if head.closes:
            self._reopen()
        self.begin_next(now)

    def _excerpt(self, data: bytes) -> bytes:
        """The refusal as far as it has come or comes within a moment."""
        self.socket.settimeout(0.5)
        try:
            while len(data) < 4000 and (more := self.socket.recv(4000)):
                data += more
        except OSError:
            pass
        return data[:4000]


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
