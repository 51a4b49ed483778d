"""What the engine keeps of each balancer in its folder, so that another object, in another process, can go on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from yunbox.engines.balancer.interface import Balancer
from yunbox.engines.compute.sandbox.processes import Process

FORMAT = 1


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A listening socket: the network and address it was made for, the host's address, and its descriptor.

    The descriptor is HAProxy's: it is what another process asks for to take the socket back.
    """

    network: str
    address: str
    host: str
    port: int
    descriptor: int


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """A server that drains until then at the latest, in the process that it was known to.

    `idle`: nothing is under way there any more; HAProxy forgets it as soon as no connection idles.
    """

    backend: str
    name: str
    until: float
    process: Process
    idle: bool = False


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier process that still ends what it began; killed at `until`."""

    process: Process
    until: float


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An address that was claimed, or is about to be."""

    network: str
    address: str


class Run(msgspec.Struct, kw_only=True):
    """What runs. `runtime` is the name of its socket; `removed`: nothing more is wanted of it."""

    id: str
    format: int = FORMAT
    process: Process | None = None
    since: float = 0.0
    number: int = 0
    runtime: str = ""
    removed: bool = False
    doors: list[Door] = []
    places: list[Place] = []
    leaving: list[Leaving] = []
    former: list[Former] = []
    limits: dict[str, int] = {}
    sources: dict[str, str] = {}


class Folder:
    """The folder of one balancer."""

    def __init__(self, root: Path, balancer: str) -> None:
        self.path = root / hashlib.sha256(balancer.encode()).hexdigest()[:16]

    def make(self) -> None:
        """Create it. Whoever HAProxy becomes may pass, which is for nobody's good: the folder above is closed."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(exist_ok=True)
        self.path.chmod(0o711)

    @property
    def configuration(self) -> Path:
        """The file that HAProxy reads."""
        return self.path / "haproxy.cfg"

    def runtime(self, run: Run) -> Path:
        """The runtime socket of the process that runs."""
        return self.path / run.runtime

    def load(self) -> Run | None:
        """Return what runs, or None when nothing is kept. Raises ValueError for what a later version wrote."""
        return load_run(self.path)

    def keep(self, run: Run) -> None:
        """Store what runs."""
        put(self.path / "run.json", msgspec.json.encode(run))

    def spec(self) -> Balancer | None:
        """Return what the balancer was last made."""
        try:
            return msgspec.json.decode((self.path / "spec.json").read_bytes(), type=Balancer)
        except FileNotFoundError:
            return None

    def keep_spec(self, spec: Balancer) -> None:
        """Store what the balancer is made."""
        put(self.path / "spec.json", msgspec.json.encode(spec))


def load_run(folder: Path) -> Run | None:
    """Return what runs, of a balancer whose folder is known. Raises ValueError for what a later version wrote."""
    try:
        run = msgspec.json.decode((folder / "run.json").read_bytes(), type=Run)
    except FileNotFoundError:
        return None
    if run.format > FORMAT:
        raise ValueError(f"{folder} was written by a later version of yunbox (format {run.format})")
    return run


def put(path: Path, data: bytes) -> None:
    """Put a file in place in one step, for this user alone.

    It is not synced: what these files speak of does not outlive the machine's next start.
    """
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(path)
