"""`yunbox doctor`: whether this machine is fit for a cloud, and what to do where it is not."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import resource
import shutil
import socket
import sqlite3
import ssl
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from yunbox.cli.places import MARKER, add_data, running
from yunbox.config import DEFAULT_HOST, DEFAULT_HTTPS_PORT, DEFAULT_PORT
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.haproxy.program import haproxy, version_of
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.gateway.tls import CA_FILE, RENEW_SECONDS, SERVER_FILE, read_state

ENOUGH_BYTES = 5 * 2**30
LEAST_BYTES = 512 * 2**20
SLOW_SYNC_SECONDS = 0.05
EARLIEST = 1_767_225_600.0
"""2026-01-01: a clock before this is wrong."""

OPTIONAL = ("rclone", "aws", "aliyun", "ossutil", "terraform", "node")


class Finding(NamedTuple):
    """What one check says."""

    state: Literal["ok", "warn", "fail"]
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--host", default=DEFAULT_HOST, help="the address it is to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="for HTTP (%(default)s)")
    parser.add_argument("--https-port", type=int, default=DEFAULT_HTTPS_PORT, help="for HTTPS (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a check; return 1 when one failed."""
    worst = 0
    for name, check in _checks(arguments):
        for finding in check():
            print(f"{finding.state:<5} {name:<12} {finding.text}")
            worst = max(worst, finding.state == "fail")
    return worst


def _checks(arguments: argparse.Namespace) -> list[tuple[str, Callable[[], Iterator[Finding]]]]:
    data: Path = arguments.data
    ports = {arguments.port: "--port", arguments.https_port: "--https-port"}
    return [
        ("python", _python),
        ("sqlite", _sqlite),
        ("data", lambda: _data(data)),
        ("disk", lambda: _disk(data)),
        ("ports", lambda: _ports(data, arguments.host, ports)),
        ("certificate", lambda: _certificate(data / "tls")),
        ("clock", _clock),
        ("open files", _open_files),
        ("instances", _instances),
        ("balancers", _balancers),
        ("tools", _tools),
    ]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - the package may have been copied past the installer
        yield Finding("fail", f"Python {version}; 3.11 or newer is needed")
    elif not sys.platform.startswith("linux"):
        yield Finding("fail", f"{sys.platform}: yunbox runs on Linux; use a container or a virtual machine")
    else:
        yield Finding("ok", f"Python {version} on {sys.platform}, {len(os.sched_getaffinity(0))} cores")


def _sqlite() -> Iterator[Finding]:
    if sqlite3.sqlite_version_info < (3, 35):
        yield Finding("fail", f"SQLite {sqlite3.sqlite_version}; 3.35 or newer is needed")
    else:
        yield Finding("ok", f"SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}")


def _data(data: Path) -> Iterator[Finding]:
    if not data.exists():
        yield Finding("ok", f"{data} will be made by the first `yunbox up`")
        return
    if not (data / MARKER).is_file() and _holds_something(data):
        yield Finding("fail", f"{data} holds something else; give another --data")
        return
    about = data.stat()
    if about.st_uid != os.geteuid():
        yield Finding("fail", f"{data} belongs to another user; run as that user, or give another --data")
    elif stat.S_IMODE(about.st_mode) & 0o077:
        yield Finding("warn", f"{data} is open to other users; `chmod 700 {data}`")
    else:
        yield Finding("ok", f"{data} is this user's alone")


def _holds_something(data: Path) -> bool:
    return not data.is_dir() or any(each.name != "lost+found" for each in data.iterdir())


def _disk(data: Path) -> Iterator[Finding]:
    folder = next(each for each in (data, *data.parents) if each.is_dir())
    free = shutil.disk_usage(folder).free
    gib = f"{free / 2**30:.1f} GiB free on {folder}"
    if free < LEAST_BYTES:
        yield Finding("fail", f"{gib}; make room, or give another --data")
    else:
        yield Finding("warn" if free < ENOUGH_BYTES else "ok", gib)
    try:
        took = _try_disk(folder)
    except OSError as error:
        yield Finding("fail", f"{folder}: {error.strerror}; use a local file system that locks and syncs")
        return
    text = f"locks work; a sync takes {took * 1000:.1f} ms"
    if took > SLOW_SYNC_SECONDS:
        yield Finding("warn", f"{text}, and so long takes every write; a faster disk helps")
    else:
        yield Finding("ok", text)


def _try_disk(folder: Path) -> float:
    """Write, sync and lock a file as the cloud does; return the seconds of a sync. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        times = []
        for _ in range(5):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return sorted(times)[2]


def _ports(data: Path, host: str, ports: dict[int, str]) -> Iterator[Finding]:
    state = running(data)
    for port, option in ports.items():
        if state is not None and port in (state.port, state.https_port):
            yield Finding("ok", f"{port} is held by the cloud that is up (process {state.pid})")
            continue
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            yield Finding(
                "fail", f"{host}:{port}: {reason}; give another {option}, or end what listens there"
            )
        else:
            yield Finding("ok", f"{host}:{port} is free")


def _certificate(folder: Path) -> Iterator[Finding]:
    if not (folder / CA_FILE).exists():
        yield Finding("ok", "will be made by the first `yunbox up`")
        return
    state = read_state(folder)
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / SERVER_FILE)
        context.load_verify_locations(folder / CA_FILE)
    except OSError as error:
        yield Finding(
            "fail", f"{folder} cannot be used ({error}); remove it, and the next `up` makes another"
        )
        return
    if state is None or time.time() > state.expires - RENEW_SECONDS:
        yield Finding("warn", "ends soon, or its making was interrupted; the next `yunbox up` makes another")
    else:
        ends = time.strftime("%Y-%m-%d", time.gmtime(state.expires))
        yield Finding("ok", f"valid until {ends}; clients trust it by {folder / CA_FILE}")


def _clock() -> Iterator[Finding]:
    now = time.time()
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    if now < EARLIEST:
        yield Finding("fail", f"{shown} is in the past; set the clock, since signatures carry the time")
    else:
        yield Finding("ok", f"{shown}; clients may differ by 15 minutes")


def _open_files() -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096 and soft != resource.RLIM_INFINITY:
        yield Finding("warn", f"{soft} may be open (at most {hard}); `ulimit -n 65536` before `yunbox up`")
    else:
        yield Finding("ok", f"{soft} may be open")


def _instances() -> Iterator[Finding]:
    """Say what isolation instances have here, as the compute engine tries it out."""
    with tempfile.TemporaryDirectory(prefix="yunbox-doctor-") as place:
        try:
            facts = asyncio.run(SandboxCompute(Path(place)).facts())
        except (ComputeError, OSError) as error:
            yield Finding("warn", f"instances cannot run: {error}")
            return
    for fact in facts:
        yield Finding("ok" if fact.works else "warn", f"{fact.name}: {fact.detail}")


def _balancers() -> Iterator[Finding]:
    """Say which HAProxy balancers run on."""
    try:
        program = haproxy()
    except BalancerError as error:
        yield Finding("warn", f"balancers cannot run: {error}")
        return
    version = ".".join(map(str, version_of(program)))
    if not version:
        yield Finding("warn", f"balancers cannot run: {program} does not say its version")
    else:
        yield Finding("ok", f"HAProxy {version}, {program}")


def _tools() -> Iterator[Finding]:
    found = [each for each in OPTIONAL if shutil.which(each)]
    missing = [each for each in OPTIONAL if each not in found]
    yield Finding("ok", f"found {', '.join(found) or 'none'}; optional: {', '.join(missing) or 'none more'}")
