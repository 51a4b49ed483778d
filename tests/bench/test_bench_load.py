"""The generator against a server on loopback: what it counts, and what it must not let pass."""

import hashlib
import re
import socket
import threading
from contextlib import contextmanager

import pytest

from bench.calls import Call, quantile
from bench.load import LoadError, loopback, run


@contextmanager
def server(answer):
    """Answers each request with `answer(number, request)` -> bytes; a ready None closes the connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen = []
    lock = threading.Lock()

    def serve(connection):
        with connection, connection.makefile("rb") as reader:
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = reader.readline()
                    if not line:
                        return
                    head += line
                length = next(
                    (
                        int(x.split(b":")[1])
                        for x in head.split(b"\r\n")
                        if x.lower().startswith(b"content-length")
                    ),
                    0,
                )
                body = reader.read(length)
                with lock:
                    seen.append((head, body))
                    number = len(seen) - 1
                reply = answer(number, head)
                try:
                    connection.sendall(reply)
                except OSError:
                    return
                if b"Connection: close" in reply:
                    return

    def accept():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1], seen
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def ok(body, extra=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b" % (len(body), extra, body)


def ask(target, body=b"", **more):
    return Call(b"PUT %b HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (target, len(body)), body, **more)


@pytest.mark.parametrize("connections", [1, 5])
def test_every_call_is_sent_once_and_counted(connections):
    with server(lambda number, head: ok(b"x" * 10)) as (port, seen):
        load = run(
            "127.0.0.1", port, [ask(b"/%d" % i) for i in range(40)], connections=connections, seconds=20
        )
    assert sorted(head.split(b" ")[1] for head, _ in seen) == sorted(b"/%d" % i for i in range(40))
    assert (load.calls, load.received, len(load.latencies), load.reconnects) == (40, 400, 40, 0)
    assert 0 < load.latencies[0] <= load.quantile(0.5) <= load.latencies[-1] <= load.seconds


def test_repeat_ends_by_time():
    with server(lambda number, head: ok(b"")) as (port, seen):
        load = run("127.0.0.1", port, [ask(b"/")], connections=2, seconds=0.2, repeat=True)
    assert load.calls == len(seen) > 2
    assert 0.2 <= load.seconds < 10


def test_a_large_body_goes_out_and_comes_back_unharmed():
    body = bytes(range(256)) * 40_000
    digest = hashlib.sha256(body).digest()
    with server(lambda number, head: ok(body)) as (port, seen):
        calls = [ask(b"/big", body, length=len(body), sha256=digest) for _ in range(3)]
        load = run("127.0.0.1", port, calls, connections=3, seconds=30, sample_every=1)
    assert [got for _, got in seen] == [body] * 3
    assert (load.sent, load.received, load.digests_checked) == (3 * len(body), 3 * len(body), 3)


def test_a_peer_that_closes_after_each_answer_is_called_anew():
    with server(lambda number, head: ok(b"", b"Connection: close\r\n")) as (port, _):
        load = run("127.0.0.1", port, [ask(b"/")] * 6, connections=2, seconds=20)
    assert (load.calls, load.reconnects) == (6, 6)


def test_a_chunked_answer_is_read_whole():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Key>\r\n5\r\n<Key>\r\n0\r\n\r\n"
    with server(lambda number, head: chunked) as (port, _):
        load = run("127.0.0.1", port, [ask(b"/", count=(b"<Key>", 2))] * 3, connections=1, seconds=20)
    assert load.received == 30


@pytest.mark.parametrize(
    ("reply", "call", "said"),
    [
        (b"HTTP/1.1 503 Slow\r\nContent-Length: 8\r\n\r\nSlowDown", ask(b"/"), "503.*SlowDown"),
        (b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", ask(b"/"), "301"),
        (ok(b"abc"), ask(b"/", length=4), "3 bytes, not 4"),
        (ok(b"abd"), ask(b"/", length=3, sha256=hashlib.sha256(b"abc").digest()), "content is not"),
        (ok(b"<Key>"), ask(b"/", count=(b"<Key>", 2)), "1 of 2"),
        (ok(b"abc") + b"HTTP", ask(b"/"), "follow"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc", ask(b"/"), "closed"),
        (b"hello\r\n\r\n", ask(b"/"), "status line"),
    ],
)
def test_a_wrong_answer_fails_the_run_and_is_told(reply, call, said):
    with (
        server(lambda number, head: reply if number == 3 else good(call)) as (port, _),
        pytest.raises(LoadError) as failure,
    ):
        run("127.0.0.1", port, [call] * 8, connections=1, seconds=20, sample_every=1)
    assert re.search(said, str(failure.value), re.DOTALL)


def good(call):
    if call.count:
        return ok(call.count[0] * call.count[1])
    return ok(b"abc" if call.sha256 else b"a" * (call.length or 0))


def test_nobody_listening_fails_the_run():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(LoadError, match="cannot connect"):
            run("127.0.0.1", held.getsockname()[1], [ask(b"/")], connections=1, seconds=1)


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "localhost", "example.com", "::", "10.0.0.1", ""])
def test_only_literal_loopback_addresses_are_loaded(host):
    with pytest.raises(ValueError, match="loopback only"):
        run(host, 1, [ask(b"/")], connections=1, seconds=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_addresses_are_taken(host):
    assert loopback(host) == host


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.01, 1), (0.011, 2), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)]
)
def test_quantiles_are_nearest_rank(share, expected):
    assert quantile(range(1, 101), share) == expected
