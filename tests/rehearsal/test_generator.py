"""The generator against servers that behave, and that do not: every request ends in exactly one outcome."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from loopback import Answering, Head, Loopback, answer

from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.generator import Generator
from yunbox.rehearsal.places import places
from yunbox.rehearsal.plan import Constant, Plan, Queued, Request, Retry, Target, Watch
from yunbox.rehearsal.plan import Generator as Settings
from yunbox.rehearsal.tally import Tally
from yunbox.rehearsal.wire import Kind

GET = Request(name="get", path="/${seq}")
POST = Request(name="post", path="/${seq}", method="POST", body="x")
KEYED = Request(name="keyed", path="/${seq}", method="POST", body="x", idempotency_key=True)


def send(
    server: Loopback, *requests: Request, rate: float = 100, length: float = 0.5, **fields: Any
) -> Tally:
    """Send evenly to a server, in this process, and return what happened."""
    plan = Plan(
        name="a",
        target=Target(url=server.url),
        load=Constant(rate=rate, length=length),
        requests=requests,
        **{"retry": Retry(wait=0.01), "generator": Settings(arrivals="uniform", timeout=1.0)} | fields,
    )

    async def run() -> Tally:
        kinds = [
            (Kind(request, place.host, 1, index), place)
            for index, (request, place) in enumerate(zip(requests, places(plan), strict=True))
        ]
        due = enumerate(curve(plan.load).arrivals("uniform", 1))
        generator = Generator(plan, kinds, due, zero=time.monotonic() + 0.02, run="r")
        generator.start()
        await generator.ended.wait()
        generator.close()
        return generator.tally

    tally = asyncio.run(run())
    assert sum(tally.outcomes) == tally.sent == tally.intended == round(rate * length)
    assert sum(cell.completed for cell in tally.seconds.values()) == tally.sent
    assert sum(sum(kind.outcomes) for kind in tally.kinds.values()) == tally.sent
    return tally


def answering(status: int = 200, **options: Any) -> Answering:
    async def made(head: Head, writer: asyncio.StreamWriter) -> None:
        await answer(writer, status, **options)

    return made


def raw(data: bytes, close: bool = True) -> Answering:
    async def made(head: Head, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return made


def test_all_is_served_over_few_connections() -> None:
    with Loopback() as server:
        tally = send(server, GET, POST)
    assert tally.outcomes == [50, 0, 0, 0, 0]
    assert len(server.seen) == 50
    assert 0 < tally.kind("get").outcomes[0] < 50
    assert tally.retries == 0


def test_a_slow_server_holds_nothing_up() -> None:
    async def slow(head: Head, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await answer(writer)

    with Loopback(slow) as server:
        began = time.monotonic()
        tally = send(server, GET, rate=200)
        took = time.monotonic() - began
    assert tally.outcomes == [100, 0, 0, 0, 0]
    assert took < 5
    assert tally.latency().quantiles([0.01])[0] >= 0.3
    assert max(tally.lag) > 0


@pytest.mark.parametrize(
    ("behaviour", "outcomes"),
    [
        (answering(500), [0, 0, 0, 50, 0]),
        (answering(404), [0, 0, 0, 50, 0]),
        (answering(429), [0, 0, 50, 0, 0]),
        (answering(503, headers="Retry-After: 1\r\n"), [0, 0, 50, 0, 0]),
        (answering(204, body=b""), [50, 0, 0, 0, 0]),
        (answering(close=True), [50, 0, 0, 0, 0]),
        (raw(b"HTTP/1.1 200 OK\r\n\r\nall of it"), [50, 0, 0, 0, 0]),
        (
            raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", close=False),
            [50, 0, 0, 0, 0],
        ),
        (
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", close=False),
            [50, 0, 0, 0, 0],
        ),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), [0, 0, 0, 50, 0]),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"), [0, 0, 0, 50, 0]),
        (raw(b"SSH-2.0-OpenSSH\r\n"), [0, 0, 0, 50, 0]),
        (raw(b""), [0, 0, 0, 50, 0]),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", close=False),
            [50, 0, 0, 0, 0],
        ),
    ],
)
def test_every_answer_is_one_outcome(behaviour: Answering, outcomes: list[int]) -> None:
    with Loopback(behaviour) as server:
        tally = send(server, POST, rate=500, length=0.1)
    assert tally.outcomes == outcomes


def test_head_has_no_body_whatever_its_headers_say() -> None:
    head = Request(name="head", path="/", method="HEAD")
    with Loopback(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", close=False)) as server:
        tally = send(server, head, rate=200, length=0.2)
    assert tally.outcomes == [40, 0, 0, 0, 0]


def test_no_answer_is_a_time_out() -> None:
    with Loopback(raw(b"HTTP/1.1 200 OK\r\n", close=False)) as server:
        tally = send(server, GET, length=0.1, generator=Settings(timeout=0.2))
    assert tally.outcomes == [0, 0, 0, 0, 10]
    assert tally.failures == {"timed out": 10}


def test_nobody_listens() -> None:
    with Loopback() as server:
        pass
    tally = send(server, POST, length=0.1, retry=Retry(attempts=2, wait=0.01))
    assert tally.outcomes == [0, 0, 0, 10, 0]
    assert tally.first_failures == {"connection refused": 10}
    # It never reached a server, so that even a POST was tried again.
    assert tally.retried == [0, 0, 0, 10, 0]


def first_time(behaviour: Answering) -> Answering:
    """Behave so at the first request for a path, and answer the next."""
    seen: set[str] = set()

    async def made(head: Head, writer: asyncio.StreamWriter) -> None:
        if head[1] in seen:
            await answer(writer)
        else:
            seen.add(head[1])
            await behaviour(head, writer)

    return made


@pytest.mark.parametrize("behaviour", [answering(503), answering(502), answering(504), raw(b"")])
def test_what_may_be_repeated_is_and_its_first_failure_is_told(behaviour: Answering) -> None:
    with Loopback(first_time(behaviour)) as server:
        tally = send(server, KEYED)
    assert tally.outcomes == [50, 0, 0, 0, 0]
    assert sum(tally.first_failures.values()) == tally.retries == 50
    assert tally.retried == [50, 0, 0, 0, 0]
    assert tally.failures == {}
    assert set(server.keys) == {f"r-{number}" for number in range(50)}
    assert sorted(tally.accepted) == list(range(50))


@pytest.mark.parametrize("behaviour", [answering(503), raw(b"")])
def test_what_may_not_be_repeated_is_not(behaviour: Answering) -> None:
    with Loopback(first_time(behaviour)) as server:
        tally = send(server, POST)
    assert tally.outcomes == [0, 0, 0, 50, 0]
    assert set(server.seen.values()) == {1}


def test_what_was_shed_is_repeated_only_when_the_plan_says_so() -> None:
    with Loopback(first_time(answering(503, headers="Retry-After: 1\r\n"))) as server:
        tally = send(server, GET, retry=Retry(wait=0.01, shed=True))
    assert tally.outcomes == [50, 0, 0, 0, 0]
    assert tally.first_failures == {"status 503": 50}


def test_retries_stay_within_their_budget() -> None:
    with Loopback(answering(500 + 2)) as server:
        tally = send(server, GET, rate=400, retry=Retry(wait=0.001, budget=0.1, reserve=5, attempts=10))
    assert tally.outcomes == [0, 0, 0, 200, 0]
    assert tally.retries <= 5 + 200 * 0.1
    assert tally.retries_denied > 0


def test_who_waited_in_the_queue_and_who_answered() -> None:
    async def made(head: Head, writer: asyncio.StreamWriter) -> None:
        number = int(head[1][1:])
        wait = 40 if number % 5 == 0 else 3
        await answer(writer, headers=f"X-Yunbox-Queue-Time: {wait}\r\nX-Served-By: i-{number % 2}\r\n")

    with Loopback(made) as server:
        tally = send(server, GET, watch=Watch(served_by="X-Served-By"))
    assert tally.outcomes == [40, 10, 0, 0, 0]
    assert {name: each.count for name, each in tally.servers.items()} == {"i-0": 25, "i-1": 25}
    assert tally.servers["i-0"].first < tally.servers["i-1"].first


def test_without_the_header_latency_tells_who_waited() -> None:
    async def made(head: Head, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2 if head[1] == "/3" else 0)
        await answer(writer)

    with Loopback(made) as server:
        tally = send(server, GET, length=0.1, queued=Queued(latency=0.15))
    assert tally.outcomes == [9, 1, 0, 0, 0]


def test_no_connection_left_is_lag_of_the_generator() -> None:
    async def slow(head: Head, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        await answer(writer)

    with Loopback(slow) as server:
        tally = send(server, GET, length=0.1, generator=Settings(connections=1, timeout=5))
    assert tally.outcomes == [10, 0, 0, 0, 0]
    assert max(cell.lag_max for cell in tally.seconds.values()) > 0.5
