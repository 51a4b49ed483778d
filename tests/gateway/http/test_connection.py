"""The connection: what it reads, what it refuses, and what it does to slow or hostile clients."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from gateway.http.conftest import front_door

from yunbox.engines.objects.interface import FileSpan
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request, Response


def run(body: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(body, 20))


async def echo(request: Request) -> Response:
    try:
        body = await request.body.read(100 * 1024 * 1024)
    except CloudError as error:
        return Response(error.status, [("x-code", error.code)])
    facts = f"{request.method} {request.host} {request.target} {request.raw_query} {len(body)}"
    return Response(
        200, [("x-meta", request.headers.get("x-meta"))], facts.encode("utf-8", "surrogateescape")
    )


async def unread(request: Request) -> Response:
    return Response(403, [], b"no")


def test_keep_alive_and_pipelining_answer_in_order() -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(5)))
            for number in range(5):
                status, headers, answer = await client.answer()
                assert (status, headers["connection"]) == (200, "keep-alive")
                assert answer == b"GET h /%d  0" % number

    run(body())


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        ("/a%2Fb//../c?x=%2F&y", "h:1", "/a%2Fb//../c", "x=%2F&y"),
        ("http://bkt.oss-cn-hangzhou.aliyuncs.com/k?acl", "bkt.oss-cn-hangzhou.aliyuncs.com", "/k", "acl"),
        ("HTTP://Oss-cn-Beijing.aliyuncs.com", "oss-cn-beijing.aliyuncs.com", "/", ""),
        ("http://user:pw@oss.example?x=/", "oss.example", "/", "x=/"),
    ],
)
def test_targets(target: str, host: str, path: str, query: str) -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send(f"GET {target} HTTP/1.1\r\nHost: h:1\r\n\r\n".encode())
            assert (await client.answer())[2].decode() == f"GET {host} {path} {query} 0"

    run(body())


def test_header_bytes_come_through_unchanged() -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Meta: 中文".encode() + b"\xff\r\n\r\n")
            _, headers, _ = await client.answer()
            assert headers["x-meta"].encode("latin-1") == "中文".encode() + b"\xff"

    run(body())


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"x: y\r\n" * 300 + b"\r\n", 431),
        (b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
        (b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_is_refused_and_closed(wire: bytes, status: int) -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, listener):
            client = await connect()
            client.send(wire)
            assert (await client.answer())[0] == status
            assert await client.closed()
            assert not listener.connections

    run(body())


@pytest.mark.parametrize(
    ("framing", "length"),
    [
        (b"Content-Length: 5\r\n\r\nabcde", 5),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 5),
    ],
)
def test_bodies(framing: bytes, length: int) -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send(b"PUT /k HTTP/1.1\r\nHost: h\r\n" + framing)
            assert (await client.answer())[2] == b"PUT h /k  %d" % length
            client.send(b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await client.answer())[2] == b"GET h /next  0"

    run(body())


def test_100_continue_is_sent_only_when_the_body_is_wanted() -> None:
    async def body() -> None:
        request = b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send(request)
            assert (await client.answer(bodiless=True))[0] == 100
            client.send(b"abc")
            assert (await client.answer())[2] == b"PUT h /k  3"
        async with front_door(unread) as (connect, _):
            client = await connect()
            client.send(request)
            status, headers, _ = await client.answer()
            assert (status, headers["connection"]) == (403, "close")
            assert await client.closed()

    run(body())


def test_an_early_refusal_reaches_a_client_that_is_still_sending() -> None:
    async def body() -> None:
        async with front_door(unread) as (connect, _):
            client = await connect()
            client.send(b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 30_000_000)
            await client.writer.drain()
            assert (await client.answer())[0] == 403
            client.send(b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await client.answer())[0] == 403

    run(body())


def test_a_body_that_nobody_reads_is_not_taken_in() -> None:
    async def body() -> None:
        release, seen = asyncio.Event(), asyncio.Event()
        held: list[Request] = []

        async def waiting(request: Request) -> Response:
            held.append(request)
            seen.set()
            await release.wait()
            return await echo(request)

        async with front_door(waiting, body_buffer=256 * 1024) as (connect, _):
            client = await connect()
            client.send(b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n")
            client.send(b"x" * 20_000_000)
            await seen.wait()
            for _ in range(50):
                await asyncio.sleep(0)
            assert held[0].body.buffered <= 1024 * 1024  # type: ignore[attr-defined]
            release.set()
            assert (await client.answer())[2] == b"PUT h /k  20000000"

    run(body())


def test_a_client_that_vanishes_ends_its_body_with_an_error() -> None:
    async def body() -> None:
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def app(request: Request) -> Response:
            try:
                await request.body.read(1000)
            except CloudError as error:
                outcome.set_result(error.code)
                raise AssertionError("unreachable for the client") from error
            return Response(200)

        async with front_door(app) as (connect, _):
            client = await connect()
            client.send(b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nabc")
            await client.writer.drain()
            client.writer.transport.abort()
            assert await outcome in ("RequestTimeout", "IncompleteBody")

    run(body())


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHos"])
def test_a_slow_head_is_cut_off(sent: bytes) -> None:
    async def body() -> None:
        async with front_door(echo, head_seconds=0.2) as (connect, listener):
            client = await connect()
            client.send(sent)
            await client.writer.drain()
            loop = asyncio.get_running_loop()
            while not listener.connections:
                await asyncio.sleep(0)
            listener.sweep(loop.time() + 0.1)
            assert listener.connections
            listener.sweep(loop.time() + 10)
            assert await client.closed()

    run(body())


def test_an_idle_connection_and_a_stuck_body_are_cut_off() -> None:
    async def body() -> None:
        async with front_door(echo, idle_seconds=5, body_idle_seconds=5) as (connect, listener):
            loop = asyncio.get_running_loop()
            idle, stuck = await connect(), await connect()
            idle.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await idle.answer()
            listener.sweep(loop.time() + 4)
            assert len(listener.connections) >= 1
            stuck.send(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
            while not any(each._body is not None for each in listener.connections):
                await asyncio.sleep(0)
            listener.sweep(loop.time() + 6)
            assert await idle.closed()
            status, headers, _ = await stuck.answer()
            assert (status, headers["x-code"]) == (400, "RequestTimeout")
            assert await stuck.closed()

    run(body())


def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    async def body() -> None:
        large = tmp_path / "large"
        large.write_bytes(b"z" * 50_000_000)

        async def app(request: Request) -> Response:
            return Response(200, [], [b"head", FileSpan(str(large), 10, 40_000_000)])

        async with front_door(app) as (connect, listener):
            client = await connect()
            client.writer.transport.pause_reading()
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            while not any(each._sender.blocked for each in listener.connections):
                await asyncio.sleep(0.01)
            listener.sweep(asyncio.get_running_loop().time() + 1)
            assert listener.connections
            listener.sweep(asyncio.get_running_loop().time() + 100)
            while listener.connections:
                await asyncio.sleep(0.01)

    run(body())


def test_file_spans_and_heads(tmp_path: Path) -> None:
    async def body() -> None:
        file = tmp_path / "file"
        file.write_bytes(bytes(range(256)) * 4096)

        async def app(request: Request) -> Response:
            if request.method == "HEAD":
                return Response(200, length=12345)
            if request.target == "/gone":
                return Response(200, [], [FileSpan(str(tmp_path / "gone"), 0, 5)])
            return Response(200, [], [b"<", FileSpan(str(file), 255, 600_000), b">"])

        async with front_door(app) as (connect, _):
            client = await connect()
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            _, _, answer = await client.answer()
            assert answer == b"<" + (bytes(range(256)) * 4096)[255:600_255] + b">"
            status, headers, _ = await client.answer(bodiless=True)
            assert (status, headers["content-length"]) == (200, "12345")
            client.send(b"GET /gone HTTP/1.1\r\nHost: h\r\n\r\n")
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.answer()

    run(body())


def test_a_response_header_cannot_be_split() -> None:
    async def body() -> None:
        async def app(request: Request) -> Response:
            return Response(200, [("x-meta", "a\r\nSet-Cookie: b")], b"body")

        async with front_door(app) as (connect, _):
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            client = await connect()
            client.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await client.answer()

    run(body())


def test_drain_lets_the_request_under_way_finish() -> None:
    async def body() -> None:
        release, seen = asyncio.Event(), asyncio.Event()

        async def app(request: Request) -> Response:
            seen.set()
            await release.wait()
            return Response(200, [], b"done")

        async with front_door(app) as (connect, listener):
            busy, idle = await connect(), await connect()
            busy.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await seen.wait()
            draining = asyncio.create_task(listener.drain(10))
            assert await idle.closed()
            release.set()
            status, headers, answer = await busy.answer()
            assert (status, headers["connection"], answer) == (200, "close", b"done")
            await draining

    run(body())


def test_an_upgrade_is_answered_as_a_plain_request() -> None:
    async def body() -> None:
        async with front_door(echo) as (connect, _):
            client = await connect()
            client.send(b"GET /k HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
            assert (await client.answer())[2] == b"GET h /k  0"

    run(body())


def test_connections_beyond_the_limit_are_turned_away() -> None:
    async def body() -> None:
        async with front_door(echo, connections=1) as (connect, _):
            first = await connect()
            first.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await first.answer()
            second = await connect()
            assert await second.closed()

    run(body())
