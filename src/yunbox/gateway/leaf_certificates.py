"""Certificates for names that the server's own does not cover, made when they are first asked for.

A wildcard stands for one label only, and the vendor nests names deeper (`project.cn-hangzhou.log.aliyuncs.com`).
One certificate covers a whole level: the name's parent and everything directly under it. They lie in `leaves/`,
readable by this user only, and are named by digests of authority and level, so that no name becomes a path and a
new authority makes them anew. The `cryptography` library stays in the child process that makes one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import msgspec

from yunbox.gateway.tls import CA_FILE, VENDOR_DOMAIN, Names, TlsError, context_of, read_state

MAX_LOADED = 128
MAX_KEPT = 512
KEPT_SECONDS = 300 * 86_400.0
"""A certificate lives for a year; one older than this is made anew."""

MAKING_SECONDS = 30.0


class LeafCertificates:
    """What to serve a name of the vendor's with. `server` is the context of the server's own certificate."""

    def __init__(self, folder: Path, server: ssl.SSLContext, now: Callable[[], float]) -> None:
        self._folder = folder
        self._server = server
        self._now = now
        state = read_state(folder)
        self._covered = frozenset(state.names.dns if state is not None else ())
        self._authority = hashlib.sha256((folder / CA_FILE).read_bytes()).digest()
        self._loaded: OrderedDict[str, ssl.SSLContext] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    def at_hand(self, name: str) -> ssl.SSLContext | None:
        """Return what the name is served with, when that need not be made or read."""
        level = name.partition(".")[2]
        if name in self._covered or f"*.{level}" in self._covered:
            return self._server
        found = self._loaded.get(level)
        if found is not None:
            self._loaded.move_to_end(level)
        return found

    async def context(self, name: str) -> ssl.SSLContext:
        """Return what to serve the name with; its certificate is made when there is none. Raises TlsError."""
        if (found := self.at_hand(name)) is not None:
            return found
        level = name.partition(".")[2]
        async with self._one_at_a_time:
            if (found := self.at_hand(name)) is not None:
                return found
            path = self._path(level)
            context = self._read(path)
            if context is None:
                self._write(path, await self._make(level))
                context = self._read(path)
            if context is None:
                raise TlsError(f"the certificate for *.{level} cannot be used")
            self._loaded[level] = context
            if len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
            return context

    def _path(self, level: str) -> Path:
        digest = hashlib.sha256(self._authority + level.encode()).hexdigest()[:40]
        return self._folder / "leaves" / f"{digest}.pem"

    def _read(self, path: Path) -> ssl.SSLContext | None:
        try:
            age = self._now() - path.stat().st_mtime
            return context_of(path) if -86_400.0 < age < KEPT_SECONDS else None
        except OSError:
            return None

    async def _make(self, level: str) -> bytes:
        names = Names((level, f"*.{level}"), (), (VENDOR_DOMAIN,))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "yunbox.gateway.certificates"),
            *(str(self._folder), repr(self._now()), "leaf"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(MAKING_SECONDS):
                made, _ = await child.communicate(msgspec.json.encode(names))
        except TimeoutError:
            raise TlsError(f"making a certificate for *.{level} took too long") from None
        finally:
            if child.returncode is None:
                child.kill()
        if child.returncode:
            raise TlsError(f"a certificate for *.{level} could not be made")
        return made

    def _write(self, path: Path, content: bytes) -> None:
        """Keep it, whole or not at all; other workers may be writing the same. Raises TlsError."""
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._make_room(path.parent)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            now = self._now()
            os.utime(draft, (now, now))
            draft.replace(path)
        except OSError as error:
            raise TlsError(f"the certificate cannot be kept in {path.parent}: {error.strerror}") from None

    def _make_room(self, folder: Path) -> None:
        kept = list(folder.iterdir())
        if len(kept) >= MAX_KEPT:
            # Whatever goes is made again when it is asked for.
            for each in sorted(kept, key=lambda path: path.name)[: len(kept) - MAX_KEPT + 1]:
                each.unlink(missing_ok=True)
