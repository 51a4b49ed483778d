"""HAProxy as yunbox configures it beside a hand-written HAProxy configuration, at the same backends.

Both are the same program and listen at loopback addresses. One HAProxy more, which answers itself, is the backends.
"balancer" is what a balancer has by default: health checks, X-Forwarded-For, retries, servers added at run time.
"balancer that queues" has surge protection's queue, and repeats what is idempotent when a server fails.

The generator is one thread that reads no more of an answer than its length, on 64 connections that are kept. CPU is
HAProxy's own, user and system, for 1,000 requests; ratios are to the hand-written one, above 1 yunbox is better.
"""

from __future__ import annotations

import asyncio
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench import proc
from bench.load import LoadError
from yunbox.control.clock import SystemClock
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.haproxy.program import haproxy
from yunbox.engines.balancer.haproxy.records import Folder
from yunbox.engines.balancer.interface import (
    Backend,
    Balancer,
    Check,
    Forward,
    Listener,
    Place,
    Queue,
    Server,
)
from yunbox.engines.compute.memory import MemoryCompute

HAND_WRITTEN = "hand-written"
CONNECTIONS, DEPTH = 64, 1
SERVERS = 4
_SECONDS = 2.0
_WARM_SECONDS = 0.3
_REQUEST = b"GET /catalogue/1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
_BODY = "x" * 128


@dataclass(frozen=True, slots=True)
class Turn:
    """One contestant's turn: requests a second, and CPU seconds of its HAProxy for 1,000 requests."""

    contestant: str
    round: int
    rate: float
    cpu: float


def measure(rounds: int, where: Path, say: Callable[[str], None]) -> list[Turn]:
    """Alternate between the contestants and return every turn. Raises LoadError."""
    turns = []
    with ExitStack() as stack:
        ports = [_free_port() for _ in range(SERVERS)]
        stack.enter_context(_running(where / "backends.cfg", _backends(ports)))
        contestants = {}
        port = _free_port()
        process = stack.enter_context(_running(where / "hand-written.cfg", _hand_written(port, ports)))
        contestants[HAND_WRITTEN] = (port, process.pid)
        loop = stack.enter_context(asyncio.Runner())
        engine = HaproxyEngine(where / "balancers", MemoryCompute(SystemClock()))
        stack.callback(lambda: loop.run(engine.power_off()))
        for name, queue in (("balancer", None), ("balancer that queues", Queue(per_server=200))):
            port = _free_port()
            wanted = _balancer(name.replace(" ", "-"), port, ports, queue)
            loop.run(_until_up(engine, wanted))
            run = Folder(where / "balancers", wanted.id).load()
            assert run is not None
            assert run.process is not None
            contestants[name] = (port, run.process.pid)
        for round_ in range(1, rounds + 1):
            for name, (port, pid) in contestants.items():
                turns.append(_turn(name, round_, port, pid))
                say(
                    f"round {round_}, {name:<20} {turns[-1].rate:>9,.0f} /s  {turns[-1].cpu * 1000:6.1f} ms CPU"
                )
    return turns


def table(turns: list[Turn]) -> str:
    """Return the ratios per round to the hand-written configuration, and medians."""
    by_name: dict[str, list[Turn]] = {}
    for each in turns:
        by_name.setdefault(each.contestant, []).append(each)
    base = by_name[HAND_WRITTEN]
    lines = [f"{'':<22}{'requests/s':>12}{'ratio':>8}{'(min-max)':>14}{'CPU ms/1000':>13}{'ratio':>8}"]
    for name, mine in by_name.items():
        rates = [each.rate / other.rate for each, other in zip(mine, base, strict=True)]
        costs = [other.cpu / each.cpu for each, other in zip(mine, base, strict=True)]
        lines.append(
            f"{name:<22}{median(each.rate for each in mine):>12,.0f}{median(rates):>8.3f}"
            f"{f'({min(rates):.2f}-{max(rates):.2f})':>14}{median(each.cpu for each in mine) * 1000:>13.1f}"
            f"{median(costs):>8.3f}"
        )
    return "\n".join(lines)


def found(turns: list[Turn]) -> list[dict[str, object]]:
    """Return the turns as plain values."""
    return [asdict(each) for each in turns]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _backends(ports: list[int]) -> str:
    binds = "\n".join(f"  bind 127.0.0.1:{each}" for each in ports)
    return (
        "global\n  maxconn 4000\ndefaults\n  mode http\n  timeout client 60s\n  timeout http-keep-alive 60s\n"
        f"frontend backends\n{binds}\n  http-request return status 200 content-type text/plain string {_BODY}\n"
    )


def _hand_written(port: int, ports: list[int]) -> str:
    servers = "\n".join(f"  server s{each} 127.0.0.1:{each}" for each in ports)
    return (
        "global\n  maxconn 4000\n"
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
        f"frontend in\n  bind 127.0.0.1:{port}\n  default_backend out\n"
        f"backend out\n  balance roundrobin\n{servers}\n"
    )


def _balancer(name: str, port: int, ports: list[int], queue: Queue | None) -> Balancer:
    servers = tuple(Server(id=f"s{each}", address="127.0.0.1", port=each) for each in ports)
    door = Listener(id="in", port=port, protocol="http", default=(Forward(backends=(("out", 1),)),))
    back = Backend(id="out", servers=servers, check=Check(kind="http"), queue=queue)
    return Balancer(id=name, places=(Place(address="127.0.0.1"),), listeners=(door,), backends=(back,))


async def _until_up(engine: HaproxyEngine, wanted: Balancer) -> None:
    await engine.apply(wanted)
    for _ in range(200):
        seen = await engine.observe(wanted.id)
        if seen is not None and all(each.state == "up" for each in seen.backends[0].servers):
            return
        await asyncio.sleep(0.05)
    raise LoadError("the balancer's servers do not come up")


@contextmanager
def _running(file: Path, text: str) -> Iterator[subprocess.Popen[bytes]]:
    file.write_text(text)
    quiet = subprocess.DEVNULL
    # A session of its own, as yunbox gives it: the kernel may share processors by sessions.
    process = subprocess.Popen(
        [haproxy(), "-db", "-f", file], stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _turn(name: str, round_: int, port: int, pid: int) -> Turn:
    _load(port, _WARM_SECONDS)
    before = proc.cpu(pid)
    count, took = _load(port, _SECONDS)
    return Turn(name, round_, count / took, (proc.cpu(pid) - before) * 1000 / count)


def _load(port: int, seconds: float) -> tuple[int, float]:
    """Return how many requests were answered, and in what time."""
    connections = {}
    poll = select.epoll()
    for _ in range(CONNECTIONS):
        made = _connected(port)
        poll.register(made, select.EPOLLIN)
        connections[made.fileno()] = made
    length = _length(next(iter(connections.values())))
    waiting = dict.fromkeys(connections, 0)
    count = 0
    began = time.perf_counter()
    for made in connections.values():
        made.send(_REQUEST * DEPTH)
    while (took := time.perf_counter() - began) < seconds:
        for number, _ in poll.poll(1.0):
            heard = len(connections[number].recv(1 << 16))
            if not heard:
                raise LoadError("a connection was closed")
            whole, waiting[number] = divmod(waiting[number] + heard, length)
            if whole:
                count += whole
                connections[number].send(_REQUEST * whole)
    for made in connections.values():
        made.close()
    poll.close()
    return count, took


def _connected(port: int) -> socket.socket:
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise LoadError(f"nothing listens at port {port}")


def _length(connection: socket.socket) -> int:
    """Return how long an answer is, all of which are the same."""
    connection.send(_REQUEST)
    heard = b""
    while not heard.endswith(_BODY.encode()):
        heard += connection.recv(1 << 16)
    if not heard.startswith(b"HTTP/1.1 200 "):
        raise LoadError(heard[:60].decode("latin-1"))
    return len(heard)
