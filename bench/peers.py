"""Starts and stops yunbox and its peers, each on loopback with its data in a directory of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.calls import Call
from bench.doors import Door, S3Door
from bench.load import LoadError, run
from bench.ossdoor import OssDoor
from bench.sigv4 import Keys

KEYS = Keys("LTAIbenchbenchbench0000", "benchbenchbenchbenchbenchbench")
HOST = "127.0.0.1"
REGION = "cn-hangzhou"
"""yunbox refuses a signature for another region than its own, and SeaweedFS takes any."""
_START_SECONDS = 60.0
_STOP_SECONDS = 2.0


class PeerError(Exception):
    """A server did not start or died; the message holds the end of its log."""


@dataclass(slots=True)
class Peer:
    """A running server. `started` is the seconds from exec to the first signed request answered 200."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    directory: Path
    started: float = 0.0
    notes: tuple[str, ...] = ()
    leftovers: tuple[Path, ...] = field(default=())

    @property
    def host(self) -> str:
        """Host header value."""
        return f"{HOST}:{self.port}"

    def log(self) -> str:
        """The ends of what it wrote: its output, and the *.log files among its data."""
        paths = [self.directory / "log", *sorted((self.directory / "data").rglob("*.log"))]
        known = [(path.name, path.read_text(errors="replace")[-2000:]) for path in paths if path.is_file()]
        return "\n".join(f"{name}: {text}" for name, text in known if text)

    def stop(self) -> None:
        """Ask it to end, and after a while kill it and all of its session."""
        _signal_session(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal_session(self.process.pid, signal.SIGKILL)
            self.process.wait()
            for path in self.leftovers:
                path.unlink(missing_ok=True)


def _signal_session(leader: int, number: int) -> None:
    """Signal the process group that the leader was started in."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def free_ports(count: int) -> list[int]:
    """Distinct ports that nothing listens on now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def s3_door(peer: Peer) -> S3Door:
    """The S3 door of yunbox or SeaweedFS, signed for now."""
    return S3Door(KEYS, peer.host, datetime.now(UTC), REGION)


def moto_door(peer: Peer) -> S3Door:
    """moto's S3 door: in any other region than S3's first it wants a LocationConstraint to make a bucket."""
    return S3Door(KEYS, peer.host, datetime.now(UTC), "us-east-1")


def oss_v1(peer: Peer) -> OssDoor:
    """yunbox's own door, signature V1."""
    return OssDoor(KEYS, peer.host, 1, REGION)


def oss_v4(peer: Peer) -> OssDoor:
    """yunbox's own door, signature V4."""
    return OssDoor(KEYS, peer.host, 4, REGION)


def yunbox(directory: Path) -> Peer:
    """`yunbox up` with an empty data directory."""
    port, https = free_ports(2)
    command = [sys.executable, "-m", "yunbox", "up", "--data", str(directory / "data"), "--port", str(port)]
    command += ["--https-port", str(https)]
    keys = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEYS.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS.secret,
    }
    return _start("yunbox", command, port, directory, keys, oss_v1)


def moto(directory: Path) -> Peer:
    """`moto_server`: in memory, a thread a connection, signatures not verified."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    return _start("moto", command, port, directory, {}, moto_door)


def seaweedfs(directory: Path) -> Peer:
    """`weed server -filer -s3`: master, volume server, filer and gateway in one verifying process."""
    ports = free_ports(8)
    (directory / "data").mkdir()
    config = directory / "s3.json"
    config.write_text(_IDENTITIES % (KEYS.access_key_id, KEYS.secret))
    command = [weed_binary(), "-logtostderr", "server", *_weed_flags(directory, config, ports)]
    # Its gRPC sockets are put in /tmp whatever TMPDIR says, and stay behind when it is killed.
    sockets = tuple(
        Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock")
        for part, port in zip(("master", "volume", "filer", "s3"), ports[1::2], strict=True)
    )
    peer = _start("seaweedfs", command, ports[6], directory, {"GOMEMLIMIT": "2GiB"}, s3_door)
    peer.leftovers = sockets
    return peer


def seaweedfs_fsync(directory: Path) -> Peer:
    """SeaweedFS told to fsync what is written under /buckets/ before it acknowledges."""
    peer = seaweedfs(directory)
    peer.name = "seaweedfs+fsync"
    try:
        _configure_fsync(peer)
    except BaseException:
        peer.stop()
        raise
    return peer


def _configure_fsync(peer: Peer) -> None:
    arguments = [
        argument.decode() for argument in Path(f"/proc/{peer.process.pid}/cmdline").read_bytes().split(b"\0")
    ]
    flags = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    # An address HOST:PORT.GRPC names both ports, as they are not the default 10,000 apart.
    master = f"{HOST}:{flags['-master.port']}.{flags['-master.port.grpc']}"
    filer = f"{HOST}:{flags['-filer.port']}.{flags['-filer.port.grpc']}"
    command = [weed_binary(), "shell", f"-master={master}", f"-filer={filer}"]
    script = "fs.configure -locationPrefix=/buckets/ -fsync=true -apply\nfs.configure\nexit\n"
    done = subprocess.run(
        command, input=script, capture_output=True, text=True, timeout=60, check=False, cwd=peer.directory,
        env=_environment(peer.directory, {}),
    )  # fmt: skip
    if '"fsync":' not in done.stdout.replace(" ", "").replace("\t", ""):
        raise PeerError(f"weed shell did not set fsync: {done.stdout[-1000:]}{done.stderr[-1000:]}")


_IDENTITIES = """{"identities": [{"name": "bench",
  "credentials": [{"accessKey": "%s", "secretKey": "%s"}],
  "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]}
"""


def _weed_flags(directory: Path, config: Path, ports: list[int]) -> list[str]:
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = ports
    return [
        f"-dir={directory / 'data'}",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        "-master.telemetry=false",
        "-master.telemetry.url=",
        "-master.volumeSizeLimitMB=1024",
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        "-volume.max=64",
        "-volume.preStopSeconds=0",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
        f"-filer.localSocket={directory / 'filer.sock'}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.localSocket={directory / 's3.sock'}",
        f"-s3.config={config}",
    ]


def weed_binary() -> str:
    """The `weed` of this interpreter's environment, or of the PATH. Raises PeerError when there is none."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise PeerError("no `weed` binary: install bench/requirements.in")
    return found


def _environment(directory: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Only what a server needs; HOME is its own directory, so that no user's settings come in."""
    passed = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    if places := os.environ.get("PYTHONPATH"):
        # A server runs in a directory of its own, where a relative place would mean another.
        passed["PYTHONPATH"] = os.pathsep.join(
            str(Path(place).absolute()) for place in places.split(os.pathsep)
        )
    return {**passed, "HOME": str(directory), "TMPDIR": str(directory), **extra}


def _start(
    name: str,
    command: list[str],
    port: int,
    directory: Path,
    extra: Mapping[str, str],
    door: Callable[[Peer], Door],
) -> Peer:
    environment = _environment(directory, extra)
    with (directory / "log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=directory,
            env=environment, start_new_session=True,
        )  # fmt: skip
    peer = Peer(name, process, port, directory)
    try:
        _await_answer(peer, Call(door(peer).head("GET", "/", {}, b"")))
        peer.started = time.perf_counter() - began
    except BaseException:
        peer.stop()
        raise
    return peer


def _await_answer(peer: Peer, call: Call) -> None:
    """Ask with a signed ListBuckets every 2 ms until it is answered 2xx."""
    until = time.perf_counter() + _START_SECONDS
    while True:
        try:
            run(HOST, peer.port, [call], connections=1, seconds=1)
            return
        except LoadError as error:
            refusal = error
        if peer.process.poll() is not None:
            raise PeerError(f"{peer.name} ended with {peer.process.returncode}: {peer.log()}")
        if time.perf_counter() > until:
            raise PeerError(f"{peer.name} does not answer: {refusal}; its log: {peer.log()}")
        time.sleep(0.002)


@contextlib.contextmanager
def running(start: Callable[[Path], Peer], under: Path) -> Iterator[Peer]:
    """Start a peer in a fresh directory below `under`; stop it and remove the directory however this ends."""
    directory = under / f"{start.__name__}-{time.monotonic_ns()}"
    directory.mkdir(parents=True)
    try:
        peer = start(directory)
        try:
            yield peer
        finally:
            peer.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
