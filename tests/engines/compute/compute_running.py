"""What the tests of the compute engines say often."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import tarfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from yunbox.engines.compute.interface import (
    Command,
    Compute,
    Execution,
    Interface,
    Rule,
    Sandbox,
    SandboxSpec,
)

Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""The fixture `run`: runs a coroutine to its end."""

SECONDS = 15.0

OPEN = (Rule(direction="in", action="accept"),)
"""Rules that let everything in."""

SERVE = """
python3 - "$@" <<'EOF' &
import http.server, os
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.uname().nodename.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
host = os.environ.get("YUNBOX_ADDRESS", "0.0.0.0")
http.server.ThreadingHTTPServer((host, 8080), Door).serve_forever()
EOF
"""
"""A boot script that serves the sandbox's host name at port 8080."""


OWN = int(os.environ.get("YUNBOX_TEST_OCTET", 20 + os.getpid() % 220))
"""Test processes run side by side and share the host's routes: each has addresses of its own."""


def at(address: str) -> str:
    """An address (or block) of this test process, by its last two parts."""
    return f"10.{OWN}.{address}"


def floating(number: int) -> str:
    """An address outside of all subnets."""
    return f"198.18.{OWN}.{number}"


def interface(
    address: str = "", network: str = "net-a", rules: tuple[Rule, ...] = OPEN, **more: Any
) -> Interface:
    """An interface in a subnet of 256 addresses whose gateway is the first."""
    address = address or at("1.5")
    head, _, last = address.rpartition(".")
    facts = {
        "id": f"eni-{network}-{last}",
        "prefix": 24,
        "gateway": f"{head}.1",
        "mac": f"02:00:0a:4d:01:{int(last):02x}",
    }
    return Interface(network=network, address=address, rules=rules, **{**facts, **more})


def spec(sandbox: str = "one", **more: Any) -> SandboxSpec:
    """A small sandbox."""
    return msgspec.structs.replace(
        SandboxSpec(id=sandbox, hostname=f"host-{sandbox}", memory=256 << 20), **more
    )


async def until(attempt: Callable[[], Coroutine[Any, Any, Any]], seconds: float = SECONDS) -> Any:
    """Return the first true answer of `attempt`, asked again and again. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (found := await attempt()):
            await asyncio.sleep(0.02)
    return found


async def booted(compute: Compute, sandbox: str = "one") -> Sandbox:
    """Wait until its boot script has ended."""

    async def ended() -> Sandbox | None:
        found = await compute.find(sandbox)
        return found if found is not None and found.booted_at is not None else None

    return await until(ended)


async def ended(compute: Compute, execution: str, sandbox: str = "one") -> Execution:
    """Wait until an execution has finished."""

    async def finished() -> Execution | None:
        found = await compute.find_execution(sandbox, execution)
        return found if found is not None and found.finished else None

    return await until(finished)


async def sh(compute: Compute, script: str, sandbox: str = "one", **more: Any) -> Execution:
    """Run a shell script inside, to its end; it must not have been run before."""
    number = len(await compute.executions(sandbox)) + 1
    command = Command(argv=("/bin/sh",), stdin=script.encode(), **more)
    await compute.execute(sandbox, f"sh-{number}", command)
    return await ended(compute, f"sh-{number}", sandbox)


def fetch(address: str, port: int = 8080, seconds: float = 2.0) -> bytes:
    """Return what a server at this address says. Raises OSError."""
    with socket.create_connection((address, port), seconds) as connection:
        connection.settimeout(seconds)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        heard = b""
        while part := connection.recv(4096):
            heard += part
    return heard.partition(b"\r\n\r\n")[2]


async def served(address: str, port: int = 8080) -> bytes:
    """Wait until a server at this address answers."""

    async def answer() -> bytes:
        try:
            return await asyncio.to_thread(fetch, address, port)
        except OSError:
            return b""

    return await until(answer)


def archive(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:gz") -> Path:
    """Write a tar archive."""
    with tarfile.open(path, mode) as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", **facts: Any
) -> tuple[tarfile.TarInfo, bytes]:
    """A member of an archive."""
    member = tarfile.TarInfo(name)
    member.type = kind
    member.mode = 0o755
    for key, value in facts.items():
        setattr(member, key, value)
    return member, data


def programs(path: Path) -> Path:
    """Write a root file system with a shell and little else, from this machine's programs."""
    wanted = ["/bin/sh", "/bin/dd", "/bin/mv", "/bin/sleep", "/bin/cat", "/usr/bin/id", "/bin/ls"]
    found: dict[str, bytes] = {}
    for program in wanted:
        real = Path(program) if Path(program).exists() else Path("/usr") / program[1:]
        found[program] = real.resolve().read_bytes()
    members = [entry(name, tarfile.DIRTYPE) for name in ("etc", "tmp", "root", "usr/lib")]
    members += [
        entry("etc/passwd", data=b"root:x:0:0::/root:/bin/sh\n"),
        entry("etc/image", data=b"imported\n"),
    ]
    members += [entry(name[1:], data=data) for name, data in found.items()]
    members += [entry(name[1:], data=data) for name, data in _libraries(wanted).items()]
    return archive(path, members)


def _libraries(wanted: list[str]) -> dict[str, bytes]:
    import re
    import subprocess

    found = {}
    for program in wanted:
        text = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        for path in re.findall(r"(/\S+) \(0x", text):
            found[path] = Path(path).resolve().read_bytes()
    return found
