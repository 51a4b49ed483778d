"""`yunbox up`: start the cloud."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import ipaddress
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from yunbox import __version__, assembly
from yunbox.cli.main import CommandError
from yunbox.cli.places import default_data
from yunbox.config import (
    DEFAULT_HOST,
    DEFAULT_HTTPS_PORT,
    DEFAULT_PORT,
    Config,
    RunState,
    default_workers,
)
from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.control.regions import DEFAULT_REGION, REGIONS
from yunbox.control.store import Store
from yunbox.gateway.supervisor import PortTakenError, Role, Supervisor, bind
from yunbox.gateway.worker import run as run_loop
from yunbox.identity.directory import Directory
from yunbox.identity.root_key import RootKey, RootKeyError, is_guessable, root_key

LOCK_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--data", type=Path, default=default_data(), help="where everything is kept (%(default)s)")
    parser.add_argument("--host", default=DEFAULT_HOST, help="the address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="for HTTP (%(default)s)")
    parser.add_argument("--https-port", type=int, default=DEFAULT_HTTPS_PORT, help="for HTTPS (%(default)s)")
    parser.add_argument("--workers", type=int, default=default_workers(), help="processes (%(default)s)")
    parser.add_argument(
        "--region", default=DEFAULT_REGION, choices=REGIONS, metavar="REGION", help="the default (%(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Start the cloud; return when it was told to stop."""
    config = Config(
        data=arguments.data.absolute(),
        host=arguments.host,
        port=arguments.port,
        https_port=arguments.https_port,
        workers=arguments.workers,
        region=arguments.region,
    )
    if not 1 <= config.workers <= 64:
        raise CommandError("--workers must be between 1 and 64.")
    _make_folders(config)
    with _only_one(config.data):
        return _up(config)


def _up(config: Config) -> int:
    try:
        key = root_key(config.data, os.environ, Ids())
    except RootKeyError as error:
        raise CommandError(str(error)) from None
    if not _is_loopback(config.host) and is_guessable(key):
        raise CommandError(
            f"the access key is easy to guess, so listening on {config.host} is refused. Unset "
            "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET to have a safe one made."
        )
    _register(config, key)
    try:
        plain = bind(config.host, config.port, config.workers)
        secure = bind(config.host, config.https_port, config.workers)
    except PortTakenError as error:
        raise CommandError(f"{error}. Give another with --port and --https-port.") from None
    state = RunState(
        pid=os.getpid(),
        host=config.host,
        port=plain[0].getsockname()[1],
        https_port=secure[0].getsockname()[1],
        region=config.region,
        version=__version__,
        started=time.time(),
        workers=config.workers,
    )
    supervisor = Supervisor(lambda text: print(text, file=sys.stderr, flush=True))
    for index in range(config.workers):
        name = f"worker-{index + 1}"
        supervisor.add(Role(name, _worker(config, key, supervisor, name, plain[index], secure[index], None)))

    def announce() -> None:
        (config.run / "state.json").write_bytes(msgspec.json.encode(state))
        print(f"yunbox http://{state.host}:{state.port} {key.access_key_id}", flush=True)

    return supervisor.run(announce)


def _worker(  # noqa: PLR0913 - what a worker is given
    config: Config,
    key: RootKey,
    supervisor: Supervisor,
    name: str,
    plain: socket.socket,
    secure: socket.socket,
    tls: ssl.SSLContext | None,
) -> Callable[[Callable[[], None]], None]:
    def main(ready: Callable[[], None]) -> None:
        async def body() -> None:
            assembly.watch_parent(supervisor.alive)
            await assembly.run_worker(config, key, name, plain, secure, tls, ready)

        run_loop(body)

    return main


def _register(config: Config, key: RootKey) -> None:
    """Make the account of the root key known to the directory."""
    store = Store(config.data / "control.db")
    try:
        Directory(store, SystemClock(), Ids()).use_root_key(key)
    finally:
        store.close()


def _make_folders(config: Config) -> None:
    try:
        for folder in (config.data, config.objects, config.logs, config.run, config.tls):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in config.run.iterdir():
            leftover.unlink()
    except OSError as error:
        raise CommandError(f"cannot use {config.data}: {error.strerror}.") from None


@contextlib.contextmanager
def _only_one(data: Path):  # type: ignore[no-untyped-def]
    """Hold the data directory for this cloud alone; wait a moment for one that is just ending."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > end:
                raise CommandError(f"another yunbox is running on {data}.") from None
            time.sleep(0.05)
    try:
        yield
    finally:
        os.close(descriptor)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
