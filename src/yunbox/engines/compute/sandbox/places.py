"""Where the driver keeps what: paths in its directory, and the names it gives in the kernel.

Nothing that a caller names becomes a path without `checked`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def checked(identifier: str) -> str:
    """Return the id, or raise ValueError when it is not one."""
    if not _ID.fullmatch(identifier):
        raise ValueError(f"not an id: {identifier[:80]!r}")
    return identifier


def digest(text: str, length: int) -> str:
    """Return `length` hexadecimal digits that stand for the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class Places:
    """The layout of one driver's directory.

    `prefix` begins the name of everything this driver makes outside of it (interfaces of the host, control
    groups), so that two clouds on one machine do not touch each other's.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.prefix = "y" + digest(str(self.root), 5)

    def make(self) -> None:
        """Create the directories, for this user alone."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for each in ("sandboxes", "volumes", "snapshots", "images", "networks", "locks", "base", "aside"):
            (self.root / each).mkdir(exist_ok=True, mode=0o700)

    def sandbox(self, sandbox: str) -> Path:
        """Everything of one sandbox."""
        return self.root / "sandboxes" / checked(sandbox)

    def spec(self, sandbox: str) -> Path:
        """What it was last asked to be."""
        return self.sandbox(sandbox) / "spec.json"

    def run(self, sandbox: str) -> Path:
        """Its first process, while it runs."""
        return self.sandbox(sandbox) / "run.json"

    def share(self, sandbox: str) -> Path:
        """What it sees as /run/yunbox: its console, its init. It may write there, so trust nothing in it."""
        return self.sandbox(sandbox) / "share"

    def layer(self, sandbox: str) -> Path:
        """Its private layer."""
        return self.sandbox(sandbox) / "layer"

    def namespace(self, sandbox: str) -> Path:
        """Where its network namespace is held."""
        return self.sandbox(sandbox) / "net"

    def execution(self, sandbox: str, execution: str) -> Path:
        """One command that ran inside."""
        return self.sandbox(sandbox) / "executions" / checked(execution)

    def volume(self, volume: str) -> Path:
        """One volume: its record and its bytes."""
        return self.root / "volumes" / checked(volume)

    def snapshot(self, snapshot: str) -> Path:
        """One snapshot: its record and its bytes."""
        return self.root / "snapshots" / checked(snapshot)

    def image(self, image: str) -> Path:
        """One image: its record and its tree or layer."""
        return self.root / "images" / checked(image)

    def network(self, network: str) -> Path:
        """One network: its record and its router's namespace. Names are free text, so the folder is a digest."""
        return self.root / "networks" / digest(network, 16)

    def uplink(self, network: str) -> str:
        """The host's interface that leads into a network; at most 15 characters, as the kernel wants it."""
        return f"{self.prefix}h{digest(network, 8)}"

    @property
    def locks(self) -> Path:
        """The files that are locked."""
        return self.root / "locks"

    @property
    def asides(self) -> Path:
        """What is being made and what is being removed; nothing in it outlives a sweep."""
        return self.root / "aside"

    def aside(self, kind: str, name: str, what: str) -> Path:
        """Return a place for what is being made or removed, for who holds the lock of that kind and name."""
        return self.asides / f"{kind}.{name}.{what}"

    @property
    def base(self) -> Path:
        """Layers made of the host's own system, shared by all sandboxes."""
        return self.root / "base"
