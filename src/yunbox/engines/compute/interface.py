"""The seam of compute: sandboxes with a root of their own, addresses, volumes, and commands run inside.

An engine knows sandboxes, networks, volumes, images and executions. It knows no cloud product. One contract test
suite runs against every implementation.

Every method is level-triggered and may be called again at any time: what is so already stays so, removing what
does not exist does nothing. A caller that is killed in the middle of a call leaves something that the next call
adopts, completes or removes. Sandboxes do not end with the process that started them.

Every id is 1 to 64 characters of `a-z`, `0-9` and `-`, beginning with a letter or digit; anything else raises
ValueError. Times are in seconds since the epoch, sizes in bytes.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Literal, Protocol

import msgspec

HOST_IMAGE = "host"
"""The image that every engine has: the system of the machine it runs on."""

DEFAULT_OUTPUT_LIMIT = 24 * 1024
"""So many bytes of an execution's output are kept, the last ones."""


Direction = Literal["in", "out"]
Action = Literal["accept", "drop"]
Transport = Literal["tcp", "udp", "icmp", "gre", "all"]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of an interface's firewall. The first rule of a direction, in the order given, that matches decides.

    `ports` are the first and last port at the sandbox's end for "in" and at the peer's for "out"; they count for
    tcp and udp alone. `peer` is a CIDR block ("10.0.0.0/8"), or a set of single addresses, where an empty set
    matches nobody. `priority` is the caller's own: the engine keeps the order given.
    """

    direction: Direction
    action: Action
    protocol: Transport = "all"
    ports: tuple[int, int] = (1, 65535)
    peer: str | frozenset[str] = "0.0.0.0/0"
    priority: int = 1


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """A network interface of a sandbox; its name inside is eth0, eth1 ... in the order of the spec.

    `network` names the network (any text of at most 200 characters); interfaces of one network reach each other,
    also across subnets, those of two networks never. `address`/`prefix` with `gateway` is the IPv4 subnet.
    `secondary` are further addresses of the same subnet. The default route leads through the first interface.

    The firewall is stateful: answers to what was let through pass. What no rule matches is dropped when it comes
    in and passes when it goes out.
    """

    id: str
    network: str
    address: str
    prefix: int
    gateway: str
    mac: str
    rules: tuple[Rule, ...] = ()
    secondary: tuple[str, ...] = ()


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """A volume and where it appears inside: an absolute path, created when missing."""

    volume: str
    target: str
    read_only: bool = False


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to write inside. `owner` is "user" or "user:group", by name or number, as the sandbox knows them."""

    path: str
    data: bytes
    mode: int = 0o644
    owner: str = "root"


class SandboxSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a sandbox is to be.

    `cpus` is the share of processors (0.5 is half of one), `memory` its limit in bytes; both hold where the
    machine has control groups (`facts`). `files` are written, and overwrite, before every boot. `boot` is a shell
    script that root runs at every boot; what is to happen at the first boot alone is for the script to remember,
    through a file of its own. `environment` goes to the boot script and to every execution.
    """

    id: str
    image: str = HOST_IMAGE
    cpus: float = 1.0
    memory: int = 1 << 30
    hostname: str = "localhost"
    interfaces: tuple[Interface, ...] = ()
    mounts: tuple[Mount, ...] = ()
    files: tuple[File, ...] = ()
    boot: str = ""
    environment: Mapping[str, str] = {}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """An address of an interface. `host` is the address at which the host reaches it, or empty; then `reason`.

    They are the same where sandboxes have network namespaces; else `host` is a loopback address.
    """

    interface: str
    address: str
    host: str
    reason: str = ""


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox that exists: it runs, or its layer is kept.

    `pid` is its first process as the host sees it, 0 when it does not run. `started_at` is when that began.
    `booted_at` is when the boot script of this run ended, and `boot_status` its exit status; None before that.
    `limits` says which of "cpu", "memory" and "pids" are enforced. `firewall` says whether rules are.
    """

    id: str
    running: bool
    image: str
    pid: int = 0
    started_at: float | None = None
    booted_at: float | None = None
    boot_status: int | None = None
    addresses: tuple[Address, ...] = ()
    volumes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    firewall: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something to run inside: `argv`, its input, where, as whom, and for how long at most (seconds).

    `stdin` is the way to run a script: `Command(argv=("/bin/sh",), stdin=script)`, or write it to a file first.
    `user` is a name or number of the sandbox. `environment` is added to the sandbox's own. Output and errors are
    kept together, the last `output_limit` bytes of them.
    """

    argv: tuple[str, ...]
    stdin: bytes = b""
    cwd: str = "/root"
    user: str = "root"
    environment: Mapping[str, str] = {}
    timeout: float = 60.0
    output_limit: int = DEFAULT_OUTPUT_LIMIT


ExecutionEnd = Literal["exited", "timeout", "cancelled", "failed", "lost"]


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """A command inside. While it runs `end` is None and `output` what came so far.

    `end`: it "exited" (`exit_code` is its own, 128 and the signal's number when one ended it); its "timeout" ran
    out; it was "cancelled"; it "failed" to begin (no such user, directory or program; `error` says so); it is
    "lost", when the machine or whoever watched over it was killed. `dropped` counts bytes of output not kept.
    """

    id: str
    started_at: float
    end: ExecutionEnd | None = None
    exit_code: int | None = None
    output: bytes = b""
    dropped: int = 0
    finished_at: float | None = None
    error: str = ""

    @property
    def finished(self) -> bool:
        """Whether it runs no more."""
        return self.end is not None


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A volume. `sandbox` is where it is attached, or empty. `enforced`: whether `size` really bounds it."""

    id: str
    size: int
    sandbox: str = ""
    enforced: bool = False


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A kept copy of a volume or of a sandbox's layer (`kind`); `source` is the id it was taken of."""

    id: str
    kind: Literal["volume", "layer"]
    source: str
    size: int


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What layers are made from. `size` is what it holds on disk, 0 for the host's own system."""

    id: str
    size: int


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that this machine allows or not: `works`, and why or how in a sentence (`detail`)."""

    name: str
    works: bool
    detail: str


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What went through an interface since the sandbox began: bytes and packets, in and out."""

    interface: str
    bytes_in: int = 0
    bytes_out: int = 0
    packets_in: int = 0
    packets_out: int = 0
    dropped_in: int = 0
    dropped_out: int = 0


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a running sandbox has used since it began. `at` is when, in seconds of which differences alone count.

    `cpu` is processor time in seconds. `memory` is in bytes, without what the kernel may drop when it needs the
    room. `runnable` threads run, want to run, or wait for the disk. `traffic` is None where it cannot be told
    from the host's; then `established` and `connections` (all TCP sockets but listening ones) are, too.
    """

    id: str
    at: float
    cpu: float
    memory: int
    processes: int = 0
    threads: int = 0
    runnable: int = 0
    traffic: tuple[Traffic, ...] | None = None
    established: int | None = None
    connections: int | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to be, for `sweep`: ids of sandboxes, names of networks, exposed addresses."""

    sandboxes: AbstractSet[str] = frozenset()
    networks: AbstractSet[str] = frozenset()
    exposed: AbstractSet[str] = frozenset()


class Compute(Protocol):
    """Runs sandboxes. Implementations: `sandbox` (Linux namespaces), memory (for tests)."""

    # Sandboxes

    async def find(self, sandbox: str) -> Sandbox | None:
        """Return the sandbox as it really is, running or not, or None when nothing of it exists."""
        ...

    async def sandboxes(self) -> list[Sandbox]:
        """Return every sandbox that exists, by id."""
        ...

    async def start(self, spec: SandboxSpec) -> None:
        """Make it run; returns when its first process is up and the boot script has begun.

        A kept layer is used again; otherwise one is made from `spec.image`. When it runs already, its interfaces'
        firewalls and host addresses are made as the spec says; the rest counts from the next start.
        Raises NoImageError, NoVolumeError, InUseError, StartError, UnsupportedError.
        """
        ...

    async def stop(self, sandbox: str, *, force: bool = False, timeout: float = 10.0) -> None:
        """Make it not run; its layer stays. Its processes get SIGTERM, and SIGKILL after `timeout` seconds.

        With `force` they get SIGKILL at once. Returns when all have ended.
        """
        ...

    async def remove(self, sandbox: str) -> None:
        """Remove it, running or not: processes, layer, executions, addresses. Attached volumes stay, detached."""
        ...

    async def console(self, sandbox: str, limit: int = 64 * 1024) -> bytes:
        """Return the last `limit` bytes (at most 1 MiB) of what init and the boot script printed, over all boots.

        Empty when there is none.
        """
        ...

    async def usage(self) -> list[Usage]:
        """Return what every running sandbox has used, by id; costs a fraction of a millisecond for each."""
        ...

    async def occupied(self, sandbox: str) -> Mapping[str, int]:
        """Return how many bytes a sandbox's own files take on disk: by volume, and its layer under an empty name.

        It looks at every file. Empty when nothing of the sandbox exists.
        """
        ...

    async def firewall(self, sandbox: str, interface: str, rules: tuple[Rule, ...]) -> None:
        """Replace the rules of one interface, at once when it runs, and for its next start.

        Connections that stand already go on. Raises NoSandboxError, also when it has no such interface.
        """
        ...

    # Inside

    async def execute(self, sandbox: str, execution: str, command: Command) -> None:
        """Begin a command; returns when it was begun. A second call with the same id does nothing.

        It goes on when the caller dies. Raises NoSandboxError, NotRunningError.
        """
        ...

    async def find_execution(self, sandbox: str, execution: str) -> Execution | None:
        """Return the execution, running or finished, or None."""
        ...

    async def executions(self, sandbox: str) -> list[Execution]:
        """Return all executions that are kept, by id."""
        ...

    async def cancel(self, sandbox: str, execution: str) -> None:
        """End a command that runs, with all of its process group."""
        ...

    async def forget_execution(self, sandbox: str, execution: str) -> None:
        """Cancel it when it runs, and drop what is kept of it."""
        ...

    async def write_file(self, sandbox: str, file: File, *, overwrite: bool = True) -> None:
        """Write a file inside a running sandbox, its missing directories too; whole or not at all.

        Raises NotRunningError, PathTakenError, and ComputeError when the path cannot be written or the owner is
        not known inside.
        """
        ...

    # Volumes, snapshots, layers, images

    async def create_volume(self, volume: str, size: int, *, snapshot: str = "") -> None:
        """Make a volume, empty or with what the volume snapshot holds. Raises NoSnapshotError."""
        ...

    async def resize_volume(self, volume: str, size: int) -> None:
        """Set its size; a smaller one raises ValueError. Raises NoVolumeError."""
        ...

    async def remove_volume(self, volume: str) -> None:
        """Remove it and its bytes. Raises InUseError while it is attached."""
        ...

    async def volumes(self) -> list[Volume]:
        """Return all volumes, by id."""
        ...

    async def attach_volume(self, sandbox: str, mount: Mount) -> None:
        """Make a volume appear inside, at once when the sandbox runs, and at its next start.

        Raises NoSandboxError, NoVolumeError, InUseError (attached elsewhere), UnsupportedError (where volumes can
        be attached to a stopped sandbox alone).
        """
        ...

    async def detach_volume(self, sandbox: str, volume: str) -> None:
        """Make it disappear, at once also when it is in use inside. Raises UnsupportedError as attaching does."""
        ...

    async def snapshot_volume(self, volume: str, snapshot: str) -> None:
        """Keep a copy of the volume as it is. Of a running sandbox's volume it is as a crash would leave it, or
        worse: files that change during the copy may be torn. Raises NoVolumeError.
        """
        ...

    async def restore_volume(self, volume: str, snapshot: str) -> None:
        """Make the volume what the snapshot holds. Raises InUseError while attached to a running sandbox."""
        ...

    async def snapshot_layer(self, sandbox: str, snapshot: str) -> None:
        """Keep a copy of a sandbox's system layer; of a running one as with volumes. Raises NoSandboxError."""
        ...

    async def restore_layer(self, sandbox: str, snapshot: str) -> None:
        """Make the layer of a stopped sandbox what the layer snapshot holds. Raises RunningError."""
        ...

    async def reset_layer(self, sandbox: str, image: str) -> None:
        """Make the layer of a stopped sandbox new from an image. Raises RunningError, NoImageError."""
        ...

    async def remove_snapshot(self, snapshot: str) -> None:
        """Remove a snapshot; what was made from it stays."""
        ...

    async def snapshots(self) -> list[Snapshot]:
        """Return all snapshots, by id."""
        ...

    async def import_image(self, image: str, archive: Path | AsyncIterator[bytes]) -> None:
        """Make an image from a root file system in a tar archive, plain or compressed with gzip, bzip2 or xz.

        Device nodes are left out. Raises BadImageError when a name leads out of the archive, or sizes or counts
        pass the limits; then nothing is kept.
        """
        ...

    async def create_image(self, image: str, snapshot: str) -> None:
        """Make an image from a layer snapshot. Raises NoSnapshotError."""
        ...

    async def remove_image(self, image: str) -> None:
        """Remove an image. Raises InUseError while a layer, a layer snapshot or another image rests on it."""
        ...

    async def images(self) -> list[Image]:
        """Return all images but the host's own, by id."""
        ...

    # Networks

    async def listen(self, network: str, address: str, port: int) -> socket.socket:
        """Return a non-blocking TCP socket that listens inside the network at an address that no sandbox has.

        Every sandbox of the network reaches it through its gateway, and the peer's address tells which one it is.
        It ends with the caller. Raises UnsupportedError where there are no network namespaces.
        """
        ...

    async def answer(self, network: str, address: str) -> Address:
        """Have the network answer at an address that no sandbox has, of a subnet or not, and the host reach it.

        Returns where the host reaches what listens there, or why it does not. Raises UnsupportedError where there
        are no network namespaces.
        """
        ...

    async def unanswer(self, network: str, address: str) -> None:
        """Take that back, with `listen`'s address too; sockets that listen there hear nothing any more."""
        ...

    async def trusted_source(self, address: str) -> str:
        """Return the host's address from which to speak to a sandbox at `address` whatever its firewall says.

        It is of 100.64.0.0/10 where the host does not use that itself. Empty when the address is none of a network,
        and where there are no network namespaces: then any will do.
        """
        ...

    async def expose(self, address: str, network: str, to: str) -> Address:
        """Make the host reach a sandbox of `network` with address `to` by a further address (IPv4).

        Exposing an address anew replaces what it led to. Returns where the host reaches it, or why it does not.
        """
        ...

    async def unexpose(self, address: str) -> None:
        """Take that back."""
        ...

    async def remove_network(self, network: str) -> None:
        """Remove what is left of a network. Raises InUseError while a running sandbox has an interface in it."""
        ...

    # The whole

    async def sweep(self, known: Known) -> None:
        """Remove every sandbox, network and exposed address that is not known, and whatever killed calls left."""
        ...

    async def facts(self) -> list[Fact]:
        """Return what isolation this machine allows, and why not where it does not."""
        ...

    async def close(self) -> None:
        """Give up what this object holds; sandboxes go on."""
        ...
