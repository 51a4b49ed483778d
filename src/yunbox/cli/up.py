"""`yunbox up`: start the cloud and keep it in the foreground."""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import msgspec

from yunbox import __version__, assembly
from yunbox.cli.banner import banner
from yunbox.cli.main import CommandError
from yunbox.cli.places import HeldError, add_data, claim, held, remove_state, write_processes, write_state
from yunbox.config import (
    DEFAULT_HOST,
    DEFAULT_HTTPS_PORT,
    DEFAULT_LIFECYCLE_SECONDS,
    DEFAULT_LOG_DELIVERY_SECONDS,
    DEFAULT_PORT,
    Config,
    RunState,
    default_workers,
    is_loopback,
)
from yunbox.control.clock import MAX_SPEED, SystemClock, turn_clock
from yunbox.control.ids import Ids
from yunbox.control.regions import DEFAULT_REGION, REGIONS
from yunbox.control.store import Store
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.gateway.supervisor import PortTakenError, Role, Supervisor, bind
from yunbox.gateway.tls import Making, Names, names_for
from yunbox.gateway.worker import run as run_loop
from yunbox.identity.directory import Directory
from yunbox.identity.root_key import RootKey, RootKeyError, is_guessable, root_key

LOCK_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--host", default=DEFAULT_HOST, help="the address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="for HTTP (%(default)s)")
    parser.add_argument("--https-port", type=int, default=DEFAULT_HTTPS_PORT, help="for HTTPS (%(default)s)")
    parser.add_argument("--workers", type=int, default=default_workers(), help="processes (%(default)s)")
    parser.add_argument(
        "--region",
        default=DEFAULT_REGION,
        choices=REGIONS,
        metavar="REGION",
        help="the default (%(default)s)",
    )
    parser.add_argument(
        "--lifecycle-interval",
        type=_interval,
        default=DEFAULT_LIFECYCLE_SECONDS,
        metavar="SECONDS",
        help="between two rounds of OSS lifecycle rules (%(default)g)",
    )
    parser.add_argument(
        "--log-delivery-interval",
        type=_interval,
        default=DEFAULT_LOG_DELIVERY_SECONDS,
        metavar="SECONDS",
        help="between two deliveries of OSS access logs (%(default)g)",
    )
    parser.add_argument(
        "--clock-speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help="let cooldowns, evaluation periods and schedules pass N times as fast (%(default)g)",
    )


def _speed(text: str) -> float:
    speed = float(text)
    if not 1.0 <= speed <= MAX_SPEED:
        raise ValueError("out of bounds")
    return speed


def _interval(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 7 * 86400:
        raise ValueError("out of bounds")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Start the cloud; return when it was told to stop."""
    config = Config(
        data=arguments.data,
        host=arguments.host,
        port=arguments.port,
        https_port=arguments.https_port,
        workers=arguments.workers,
        region=arguments.region,
        lifecycle_seconds=arguments.lifecycle_interval,
        log_delivery_seconds=arguments.log_delivery_interval,
    )
    if not 1 <= config.workers <= 64:
        raise CommandError("--workers must be between 1 and 64.")
    if not all(0 <= port <= 65_535 for port in (config.port, config.https_port)):
        raise CommandError("a port is between 0 and 65535.")
    _make_data(config)
    try:
        with held(config.data, LOCK_SECONDS):
            # Once more, since a reset may have been under way.
            _make_data(config)
            _empty_run(config)
            turn_clock(config.clock, arguments.clock_speed, time.time())
            return _up(config)
    except HeldError:
        raise CommandError(
            f"another yunbox is running on {config.data} (`yunbox status` shows it). "
            "Stop it, or give this one its own --data."
        ) from None


def _up(config: Config) -> int:
    key = _usable_key(config)
    names = _names(config.host)
    account = _register(config, key)
    _open_compute(config)
    plain, secure = _bind(config)
    state = RunState(
        pid=os.getpid(),
        host=config.host,
        port=plain[0].getsockname()[1],
        https_port=secure[0].getsockname()[1],
        region=config.region,
        version=__version__,
        started=time.time(),
        workers=config.workers,
        account=account,
    )
    making = Making(config.tls, names, state.started)
    supervisor = Supervisor(_log, partial(write_processes, config))
    for index in range(config.workers):
        name = f"worker-{index + 1}"
        answering = _worker(config, key, name, plain[index], secure[index], making)
        supervisor.add(Role(name, _in_loop(supervisor, answering)))
    bound = msgspec.structs.replace(config, port=state.port, https_port=state.https_port)
    housekeeping = partial(assembly.run_controllers, bound, _log)
    supervisor.add(Role("controllers", _in_loop(supervisor, housekeeping)))

    def announce() -> None:
        making.finish()
        write_state(config, state, key)
        given = bool(os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID"))
        print(banner(config.data, state, key, given=given), flush=True)

    try:
        return supervisor.run(announce)
    finally:
        making.finish()
        remove_state(config)


def _usable_key(config: Config) -> RootKey:
    try:
        key = root_key(config.data, os.environ, Ids())
    except RootKeyError as error:
        raise CommandError(str(error)) from None
    if not is_loopback(config.host) and is_guessable(key):
        raise CommandError(
            f"the access key is easy to guess, so listening on {config.host} is refused. Unset "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET to have a safe one made."
        )
    return key


def _bind(config: Config) -> tuple[list[socket.socket], list[socket.socket]]:
    found = []
    for port, option in ((config.port, "--port"), (config.https_port, "--https-port")):
        try:
            found.append(bind(config.host, port, config.workers))
        except PortTakenError as error:
            raise CommandError(f"{error}. Give another port with {option} (0: any free one).") from None
        except OSError as error:
            raise CommandError(f"cannot listen on {config.host}: {error}. Give another --host.") from None
    return found[0], found[1]


Body = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]


def _worker(
    config: Config, key: RootKey, name: str, plain: socket.socket, secure: socket.socket, making: Making
) -> Body:
    async def body(ready: Callable[[], None]) -> None:
        await assembly.run_worker(config, key, name, plain, secure, making.context, ready)

    return body


def _in_loop(supervisor: Supervisor, body: Body) -> Callable[[Callable[[], None]], None]:
    """Return what a child process does: the body, in an event loop, for as long as the parent lives."""

    def main(ready: Callable[[], None]) -> None:
        async def watched() -> None:
            assembly.watch_parent(supervisor.alive)
            await body(ready)

        run_loop(watched)

    return main


def _log(text: str) -> None:
    print(f"yunbox: {text}", file=sys.stderr, flush=True)


def _register(config: Config, key: RootKey) -> str:
    """Make the account of the root key known to the directory; return its id."""
    store = Store(config.data / "control.db")
    try:
        return Directory(store, SystemClock(), Ids()).use_root_key(key).id
    finally:
        store.close()


def _open_compute(config: Config) -> None:
    """Make the compute engine's directory what this release expects, before several processes open it."""
    try:
        SandboxCompute(config.compute)
    except (ComputeError, OSError) as error:
        raise CommandError(f"cannot use {config.compute}: {error}") from None


def _make_data(config: Config) -> None:
    try:
        claim(config.data)
        for folder in config.folders:
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot use {config.data}: {error.strerror or error}.") from None


def _empty_run(config: Config) -> None:
    for leftover in config.run.iterdir():
        leftover.unlink()


def _names(host: str) -> Names:
    """Return the certificate's names; refuses a host that cannot be one."""
    if not re.fullmatch(r"[0-9A-Za-z:.-]{1,253}", host, re.ASCII):
        raise CommandError(f"{host!r} is not an address to listen on.")
    return names_for(host)
