"""A worker process: listens on the front door's ports and runs the chain for every request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

from yunbox.gateway.http.connection import App, Listener
from yunbox.gateway.http.proxy_wanted import Proxy
from yunbox.gateway.limits import DEFAULT_LIMITS

T = TypeVar("T")

DRAIN_SECONDS = 10.0


async def serve(
    app: App,
    now: Callable[[], float],
    plain: list[socket.socket],
    secure: list[socket.socket],
    tls: Callable[[], Awaitable[ssl.SSLContext]],
    ready: Callable[[], None],
    open_proxy: Callable[[Listener], Proxy] | None = None,
) -> None:
    """Answer requests on the given listening sockets until SIGTERM or SIGINT; then let the last ones finish.

    Plain ones are answered at once, the secure ones as soon as there is a certificate; `ready` is called then.
    `open_proxy` makes the proxy that the plain ones are too, once a client wants one.
    """
    loop = asyncio.get_running_loop()
    stop = stop_asked()
    listener = Listener(app, DEFAULT_LIMITS, now, open_proxy)
    servers = [await loop.create_server(listener.factory("http"), sock=each, backlog=1024) for each in plain]
    sweeper = loop.create_task(_sweep(listener))
    context = await _unless(stop, tls())
    if context is not None:
        listener.tls = context
        for each in secure:
            factory = listener.factory("https")
            servers.append(await loop.create_server(factory, sock=each, ssl=context, backlog=1024))
        ready()
    await stop.wait()
    for server in servers:
        server.close()
    await listener.drain(DRAIN_SECONDS)
    sweeper.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweeper


def stop_asked() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets, in the running loop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _unless(stop: asyncio.Event, wanted: Awaitable[T]) -> T | None:
    """Return what is wanted, or None when told to stop before it is there."""
    task = asyncio.ensure_future(wanted)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()


async def _sweep(listener: Listener) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(1.0)
        listener.sweep(loop.time())


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a process's main coroutine on the fast event loop."""

    async def body() -> None:
        await main()

    # A request makes hundreds of short-lived objects and no cycles: the default would look for some every
    # few requests.
    gc.set_threshold(20_000, 20, 50)
    uvloop.run(body())
