"""HTTPS with a certificate of this machine's own: which names it has, when it is made, how it is loaded.

Making it takes the `cryptography` library, which is slow to import and large: a child process does it
(`yunbox.gateway.certificates`), and the front door answers plain HTTP meanwhile.

Files in the folder: `ca.pem`, the authority's certificate, for clients to trust; `authority.pem`, the same with
its key; `server.pem`, the server's certificate with its key; `state.json`, what the certificate is good for;
`leaves/`, certificates for single names (`yunbox.gateway.leaf_certificates`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import subprocess
import sys
from pathlib import Path

import msgspec

from yunbox.control.regions import REGIONS

CA_FILE = "ca.pem"
AUTHORITY_FILE = "authority.pem"
SERVER_FILE = "server.pem"
STATE_FILE = "state.json"

RENEW_SECONDS = 30 * 86_400.0
"""A certificate that ends sooner than this is made anew at a start."""

VENDOR_DOMAIN = "aliyuncs.com"


class TlsError(Exception):
    """There is no usable certificate; the message says what to do."""


class Names(msgspec.Struct, frozen=True):
    """What a certificate is for. `authority` are the domains that the authority may speak for at all."""

    dns: tuple[str, ...]
    addresses: tuple[str, ...]
    authority: tuple[str, ...]


class State(msgspec.Struct, frozen=True):
    """What the certificate in the folder is good for; times in seconds since the epoch."""

    names: Names
    begins: float
    expires: float
    format: int = 1


def names_for(host: str) -> Names:
    """Return all names under which a client may reach a cloud that listens on `host`.

    A wildcard stands for one label only, so that buckets of each region need one of their own.
    """
    dns = [
        "localhost",
        "*.localhost",
        VENDOR_DOMAIN,
        f"*.{VENDOR_DOMAIN}",
        f"*.oss-accelerate.{VENDOR_DOMAIN}",
    ]
    for region in REGIONS:
        dns += [
            f"*.oss-{region}.{VENDOR_DOMAIN}",
            f"*.oss-{region}-internal.{VENDOR_DOMAIN}",
            f"*.s3.oss-{region}.{VENDOR_DOMAIN}",
            f"*.{region}.{VENDOR_DOMAIN}",
            # Some clients take no wildcard directly under a top-level name, so this one is spelt out.
            f"oss-{region}.localhost",
            f"*.oss-{region}.localhost",
        ]
    addresses = ["127.0.0.1", "::1"]
    authority = ["localhost", VENDOR_DOMAIN]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host not in dns:
            dns.append(host)
            authority.append(host)
    else:
        if not address.is_unspecified and str(address) not in addresses:
            addresses.append(str(address))
    return Names(tuple(dns), tuple(addresses), tuple(authority))


def is_current(folder: Path, names: Names, now: float) -> bool:
    """Return whether the certificate in the folder can be used: for these names, and for 30 days more."""
    state = read_state(folder)
    return (
        state is not None
        and state.names == names
        and state.begins <= now < state.expires - RENEW_SECONDS
        and all((folder / name).is_file() for name in (CA_FILE, AUTHORITY_FILE, SERVER_FILE))
    )


def read_state(folder: Path) -> State | None:
    """Return what the folder's certificate is good for; None when there is none or it cannot be read."""
    try:
        found = msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == 1 else None


class Making:
    """A certificate that a child process is making, or that is there already."""

    def __init__(self, folder: Path, names: Names, now: float) -> None:
        """Start the child when one is needed. Any number of processes forked later may wait for it."""
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._ended, write = os.pipe()
        try:
            if not is_current(folder, names, now):
                self._child = _start(folder, names, now, write)
        finally:
            # The child holds the only other copy: the pipe ends when it does.
            os.close(write)

    async def context(self) -> ssl.SSLContext:
        """Wait for the certificate and return what to serve with. Raises TlsError."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._ended, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._ended)
        return server_context(self._folder)

    def finish(self) -> None:
        """Wait for the child, in the process that started it."""
        if self._child is not None:
            self._child.wait()


def _start(folder: Path, names: Names, now: float, write: int) -> subprocess.Popen[bytes]:
    (folder / STATE_FILE).unlink(missing_ok=True)
    child = subprocess.Popen(  # noqa: S603 - this very Python, and our own module
        [sys.executable, "-m", "yunbox.gateway.certificates", str(folder), repr(now)],
        stdin=subprocess.PIPE,
        stdout=write,
    )
    # Plain HTTP is to be answered first.
    os.setpriority(os.PRIO_PROCESS, child.pid, 10)
    assert child.stdin is not None
    with child.stdin:
        child.stdin.write(msgspec.json.encode(names))
    return child


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the context that the server's certificate makes: TLS 1.2 and newer. Raises TlsError."""
    if read_state(folder) is None:
        raise TlsError(f"the certificate in {folder} could not be made")
    try:
        return context_of(folder / SERVER_FILE)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(
            f"the certificate in {folder} cannot be used ({error}); remove {folder} and start"
        ) from None


def context_of(chain: Path) -> ssl.SSLContext:
    """Return what to serve with under a certificate, its chain and its key. Raises OSError (SSLError)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(chain)
    return context
