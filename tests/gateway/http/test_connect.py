"""The front door as a proxy: CONNECT and absolute targets, for the vendor's hosts and for others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from gateway.http.conftest import Client
from hypothesis import given
from hypothesis import strategies as st

from yunbox.gateway import certificates, tls
from yunbox.gateway.http.authority import Authority, is_this_machine, parse_authority
from yunbox.gateway.http.connection import Listener
from yunbox.gateway.http.forwarding import ProxyRefusalError, Upstreams, plan
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.http.proxy import Proxy
from yunbox.gateway.http.proxy_wanted import Asked
from yunbox.gateway.limits import DEFAULT_LIMITS

NOW = time.time()
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority and a server's certificate."""
    made = tmp_path_factory.mktemp("tls")
    certificates.make(made, tls.names_for("127.0.0.1"), NOW)
    return made


async def echo(request: Request) -> Response:
    body = await request.body.read(100 * 1024 * 1024)
    facts = f"{request.method} {request.scheme}://{request.host}{request.target} {request.tls} {len(body)}"
    return Response(200, [], facts.encode())


class Door:
    """A front door with a proxy, and connections to it."""

    def __init__(self, folder: Path, environment: dict[str, str], limits: dict[str, float]) -> None:
        changed = msgspec.structs.replace(DEFAULT_LIMITS, **limits)
        self.folder = folder
        self.listener = Listener(
            echo, changed, lambda: NOW, lambda listener: Proxy(listener, folder, lambda: NOW, environment)
        )
        self.port = 0

    async def connect(self) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        return Client(reader, writer)

    async def tunnel(self, to: str) -> Client:
        """Return a connection through the proxy, which said yes."""
        client = await self.connect()
        client.send(f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode())
        assert await client.reader.readuntil(b"\r\n\r\n") == ESTABLISHED
        return client

    async def secured(self, to: str) -> Client:
        """Return a connection as a careful client makes it: proxy, TLS, certificate checked."""
        client = await self.tunnel(to)
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        await client.writer.start_tls(context, server_hostname=to.rpartition(":")[0])
        return client


@contextlib.asynccontextmanager
async def proxying(
    folder: Path, environment: dict[str, str] | None = None, **limits: float
) -> AsyncIterator[Door]:
    door = Door(folder, {} if environment is None else environment, limits)
    door.listener.tls = tls.server_context(folder)
    server = await asyncio.get_running_loop().create_server(door.listener.factory("http"), "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        await door.listener.drain(1.0)
        assert not door.listener.connections


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def elsewhere(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Another server on this machine; yields its port."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back whatever comes, up to its end."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write(b"<end>")
    writer.close()


async def show_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a request with its own head and body, and close."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    length = next((int(line.split(": ")[1]) for line in lines if line.startswith("content-length")), 0)
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head + await reader.readexactly(length))
    writer.close()


def run(body: Coroutine[Any, Any, None]) -> None:
    uvloop.run(asyncio.wait_for(body, 30))


@pytest.mark.parametrize(
    "host",
    ["oss-cn-hangzhou.aliyuncs.com", "bucket.oss-us-west-1.aliyuncs.com", "ecs.cn-hangzhou.aliyuncs.com"],
)
def test_a_vendors_host_within_tls(folder: Path, host: str) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.secured(f"{host}:443")
            for number in range(3):
                client.send(
                    f"PUT /{number} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\n\r\nabc".encode()
                )
                answer = (await client.answer())[2].decode()
                assert answer == f"PUT https://{host}/{number} TLSv1.3 3"
            client.writer.close()
        assert not list(folder.glob("leaves/*")), "the server's own certificate covers these"

    run(body())


def test_a_large_body_through_tls(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.secured("b.oss-cn-hangzhou.aliyuncs.com:443")
            client.send(b"PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\n")
            client.send(b"x" * 30_000_000)
            assert (await client.answer())[2].endswith(b" 30000000")
            client.writer.close()

    run(body())


def test_a_deeper_name_gets_a_certificate_once(tmp_path: Path) -> None:
    certificates.make(tmp_path, tls.names_for("127.0.0.1"), NOW)

    async def body() -> None:
        async with proxying(tmp_path) as door:
            first, second = await asyncio.gather(
                *(door.secured(f"{name}.cn-hangzhou.log.aliyuncs.com:8443") for name in ("one", "two"))
            )
            for each in (first, second):
                each.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                assert (await each.answer())[2] == b"GET https://h/ TLSv1.3 0"
                each.writer.close()
        (kept,) = (tmp_path / "leaves").iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        before = kept.read_bytes()
        async with proxying(tmp_path) as door:
            (await door.secured("three.cn-hangzhou.log.aliyuncs.com:443")).writer.close()
        assert kept.read_bytes() == before

    run(body())


def test_port_80_is_plain(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.connect()
            client.send(b"CONNECT ecs.aliyuncs.com:80 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await client.reader.readuntil(b"\r\n\r\n") == ESTABLISHED
            assert (await client.answer())[2] == b"GET http://h/a  0"
            client.writer.close()

    run(body())


def test_a_client_that_does_not_trust_the_authority_ends_nothing_else(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.tunnel("oss-cn-hangzhou.aliyuncs.com:443")
            with pytest.raises(ssl.SSLCertVerificationError):
                await client.writer.start_tls(
                    ssl.create_default_context(cafile=None, cadata=None),
                    server_hostname="oss-cn-hangzhou.aliyuncs.com",
                )
            (await door.secured("oss-cn-hangzhou.aliyuncs.com:443")).writer.close()

    run(body())


def test_a_tunnel_to_another_host_carries_its_own_tls(folder: Path, tmp_path: Path) -> None:
    certificates.make(tmp_path, tls.Names(("localhost",), (), ("localhost",)), NOW)
    theirs = tls.server_context(tmp_path)

    async def body() -> None:
        async with proxying(folder) as door, elsewhere(repeat, theirs) as port:
            client = await door.tunnel(f"localhost:{port}")
            trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            await client.writer.start_tls(trusting, server_hostname="localhost")
            client.send(b"hello")
            assert await client.reader.readexactly(5) == b"hello"
            client.writer.close()

    run(body())


def test_a_tunnel_keeps_order_half_closes_and_back_pressure(folder: Path) -> None:
    content = bytes(range(256)) * 100_000

    async def body() -> None:
        async with proxying(folder) as door, elsewhere(repeat) as port:
            client = await door.connect()
            client.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nearly".encode())
            assert await client.reader.readuntil(b"\r\n\r\n") == ESTABLISHED
            client.send(content)
            client.writer.write_eof()
            assert await client.reader.read(-1) == b"early" + content + b"<end>"
            client.writer.close()

    run(body())


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_head_that_comes_in_pieces(folder: Path, cut: int) -> None:
    async def body() -> None:
        async with proxying(folder) as door, elsewhere(repeat) as port:
            client = await door.connect()
            whole = f"\r\n\r\nCONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
            for piece in (whole[:10], whole[10:-cut], whole[-cut:] + b"early"):
                client.send(piece)
                await client.writer.drain()
                for _ in range(20):
                    await asyncio.sleep(0)
            assert await client.reader.readuntil(b"\r\n\r\n") == ESTABLISHED
            assert await client.reader.readexactly(5) == b"early"
            client.writer.close()

    run(body())


def test_an_absolute_target_elsewhere_is_forwarded(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door, elsewhere(show_head) as port:
            client = await door.connect()
            client.send(
                f"POST http://user@127.0.0.1:{port}/a?b=c#d HTTP/1.1\r\nHost: other\r\nX-Kept: 中文\r\n"
                "Proxy-Authorization: Basic eDp5\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\n"
                "Content-Length: 3\r\n\r\nabc".encode()
            )
            answer = (await client.reader.read(-1)).decode()
            assert answer == (
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                f"POST /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nx-kept: 中文\r\ncontent-length: 3\r\n"
                f"via: 1.1 yunbox-{door.port}\r\nconnection: close\r\n\r\nabc"
            )
            client.writer.close()

    run(body())


def test_an_absolute_target_by_https_is_checked_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some clients (axios) leave TLS to the proxy."""
    certificates.make(tmp_path, tls.Names(("localhost",), (), ("localhost",)), NOW)
    theirs = tls.server_context(tmp_path)

    async def body(status: bytes) -> None:
        async with proxying(folder) as door, elsewhere(show_head, theirs) as port:
            client = await door.connect()
            client.send(f"GET https://localhost:{port}/x HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            assert (await client.reader.read(-1)).startswith(status)
            client.writer.close()

    run(body(b"HTTP/1.1 502 Bad Gateway"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    run(body(b"HTTP/1.1 200 OK"))


@pytest.mark.parametrize(
    ("environment", "host", "to"),
    [
        ({"HTTPS_PROXY": "http://p:3128"}, "far.example", ("p", 3128)),
        ({"HTTPS_PROXY": "p:3128"}, "far.example", ("p", 3128)),
        ({"HTTPS_PROXY": "http://upper", "https_proxy": "https://lower"}, "far.example", ("lower", 443)),
        ({"ALL_PROXY": "http://p"}, "far.example", ("p", 80)),
        ({"ALL_PROXY": "socks5://p:1080"}, "far.example", None),
        ({"ALL_PROXY": "http://[bad"}, "far.example", None),
        ({"HTTP_PROXY": "http://p"}, "far.example", None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "a.b, .far.example"}, "x.far.example", None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "*.example"}, "far.example", None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "*"}, "far.example", None),
        ({"ALL_PROXY": "http://p", "NO_PROXY": "ar.example"}, "far.example", ("p", 80)),
        ({"ALL_PROXY": "http://p"}, "localhost", None),
    ],
)
def test_who_is_reached_by_another_proxy(
    environment: dict[str, str], host: str, to: tuple[str, int] | None
) -> None:
    found = Upstreams.of(environment).upstream(Authority(host, 443), secure=True)
    assert (found and tuple(found.to)) == to


@given(st.text(max_size=80))
def test_whatever_a_target_is_it_is_read_or_refused(text: str) -> None:
    found = parse_authority(text, 80)
    if found is not None:
        assert 0 < found.port < 65_536
        assert parse_authority(str(found), None) == found
        assert not set(found.host) & set("/@ %?#\r\n\0")
    for method in ("CONNECT", "GET"):
        with contextlib.suppress(ProxyRefusalError):
            way = plan(Asked(method, text, []), Upstreams(), "1.1 yunbox")
            assert way.first.count(b"\r\n\r\n") == (method == "GET")


def test_absolute_targets_that_are_ours(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.connect()
            for host in (
                "b.oss-cn-hangzhou.aliyuncs.com",
                "b.oss-cn-hangzhou.localhost",
                f"127.0.0.1:{door.port}",
                f"localhost:{door.port}",
            ):
                client.send(f"GET http://{host}/k HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                assert (await client.answer())[2] == f"GET http://{host}/k  0".encode()
            client.writer.close()

    run(body())


def test_other_hosts_go_by_the_proxy_that_was_there_before(folder: Path) -> None:
    async def body() -> None:
        async with elsewhere(show_head) as port:
            upstream = f"http://me:p%40ss@127.0.0.1:{port}"
            names = {"HTTP_PROXY": upstream, "https_proxy": upstream, "NO_PROXY": "direct.example"}
            async with proxying(folder, names) as door:
                client = await door.connect()
                client.send(b"CONNECT far.example:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n")
                head = (await client.reader.read(-1)).decode().split("\r\n\r\n")[1]
                assert head.split("\r\n") == [
                    "CONNECT far.example:443 HTTP/1.1",
                    "host: far.example:443",
                    f"via: 1.1 yunbox-{door.port}",
                    "proxy-authorization: Basic bWU6cEBzcw==",
                ]
                client = await door.connect()
                client.send(b"GET http://far.example/x HTTP/1.1\r\nHost: far.example\r\n\r\n")
                answer = (await client.reader.read(-1)).decode()
                assert "GET http://far.example/x HTTP/1.1\r\nhost: far.example\r\n" in answer

    run(body())


def test_a_circle_of_proxies_is_noticed(folder: Path) -> None:
    async def body() -> None:
        environment: dict[str, str] = {}
        async with proxying(folder, environment) as door:
            # This very door is its own upstream.
            environment["HTTPS_PROXY"] = f"http://127.0.0.1:{door.port}"
            client = await door.connect()
            client.send(b"CONNECT far.example:443 HTTP/1.1\r\n\r\n")
            assert (await client.answer())[0] == 508

    run(body())


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("CONNECT 169.254.169.254:80", 403),
        ("CONNECT [::ffff:169.254.169.254]:80", 403),
        ("CONNECT [fe80::1]:80", 403),
        ("CONNECT 100.100.100.200:80", 403),
        ("GET http://100.100.100.200/latest/meta-data", 403),
        ("CONNECT 0.0.0.0:80", 403),
        ("CONNECT ecs.aliyuncs.com", 400),
        ("CONNECT ecs.aliyuncs.com:0", 400),
        ("CONNECT ecs.aliyuncs.com:99999", 400),
        ("CONNECT a..b:443", 400),
        ("CONNECT [::1:443", 400),
        ("CONNECT xn--a\u00e9.example:443", 400),
    ],
)
def test_what_is_not_reached(folder: Path, head: str, status: int) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.connect()
            client.send(f"{head} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            answered, _, text = await client.answer()
            assert answered == status
            assert text.startswith(b"yunbox: ") or status == 400
            assert await client.closed()

    run(body())


def test_a_port_where_nobody_listens(folder: Path) -> None:
    async def body() -> None:
        async with elsewhere(repeat) as port:
            pass
        async with proxying(folder) as door:
            client = await door.connect()
            client.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
            assert (await client.answer())[0] == 502

    run(body())


def test_strangers_reach_the_cloud_and_nothing_else(folder: Path) -> None:
    class Stranger(asyncio.Transport):
        """A client of another machine."""

        def __init__(self) -> None:
            super().__init__({"peername": ("192.0.2.7", 4711), "sockname": ("192.0.2.1", 1111)})
            self.sent = b""

        def write(self, data: bytes | bytearray | memoryview) -> None:
            self.sent += bytes(data)

        def is_closing(self) -> bool:
            return False

        def close(self) -> None:
            pass

    async def body() -> None:
        async with elsewhere(repeat) as port, proxying(folder) as door:
            for method, target in (
                ("CONNECT", f"127.0.0.1:{port}"),
                ("GET", f"http://127.0.0.1:{port}/"),
                ("CONNECT", "one.cn-hangzhou.log.aliyuncs.com:443"),
            ):
                stranger = Stranger()
                await door.listener.proxy.serve(stranger, Asked(method, target, []))
                assert stranger.sent.startswith(b"HTTP/1.1 403 "), target
            assert not door.listener.connections

    run(body())


@pytest.mark.parametrize(
    ("peer", "own", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", True),
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.6", "10.0.0.5", False),
        ("::ffff:10.0.0.6", "::ffff:10.0.0.5", False),
        ("", "", False),
    ],
)
def test_who_is_of_this_machine(peer: str, own: str, local: bool) -> None:
    assert is_this_machine(peer, own) is local


def test_pipelining_before_connect_is_refused(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door, elsewhere(repeat) as port:
            client = await door.connect()
            client.send(
                f"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nCONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()
            )
            assert (await client.answer())[0] == 200
            assert (await client.answer())[0] == 400
            assert await client.closed()
            client = await door.connect()
            client.send(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await client.answer())[0] == 200
            client.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nx".encode())
            assert await client.reader.readuntil(b"\r\n\r\n") == ESTABLISHED
            assert await client.reader.readexactly(1) == b"x"
            client.writer.close()

    run(body())


def test_tunnels_are_bounded_in_number_and_time(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder, tunnels=1, tunnel_idle_seconds=50.0) as door, elsewhere(repeat) as port:
            client = await door.tunnel(f"127.0.0.1:{port}")
            other = await door.connect()
            other.send(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
            assert (await other.answer())[0] == 503
            now = asyncio.get_running_loop().time()
            door.listener.sweep(now + 49.0)
            client.send(b"still here")
            assert await client.reader.readexactly(10) == b"still here"
            door.listener.sweep(now + 101.0)
            assert await client.closed()
            client = await door.tunnel(f"127.0.0.1:{port}")
            client.writer.close()

    run(body())


def test_a_front_door_without_a_proxy_refuses(folder: Path) -> None:
    async def body() -> None:
        async with proxying(folder) as door:
            door.listener.open_proxy = None
            client = await door.connect()
            client.send(b"CONNECT ecs.aliyuncs.com:443 HTTP/1.1\r\n\r\n")
            assert (await client.answer())[0] == 501

    run(body())


@pytest.mark.parametrize("secure", [False, True])
def test_a_body_behind_its_head_is_not_held_up(folder: Path, secure: bool) -> None:
    """Without an acknowledgement at once, each of these requests takes 40 milliseconds."""

    async def body() -> None:
        async with proxying(folder) as door:
            client = await door.secured("ecs.aliyuncs.com:443") if secure else await door.connect()
            target = "/" if secure else "http://ecs.aliyuncs.com/"
            client.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
            begun = time.perf_counter()
            for _ in range(60):
                client.send(f"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n".encode())
                client.send(b"abc")
                assert (await client.answer())[0] == 200
            assert time.perf_counter() - begun < 1.5
            client.writer.close()

    run(body())
