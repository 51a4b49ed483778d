"""What `yunbox up` was asked for, and where things lie in the data directory."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import msgspec

from yunbox.control.regions import DEFAULT_REGION

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 1111
DEFAULT_HTTPS_PORT = 1143

STATE_FILE = "state.json"
"""In `run/`: what a running cloud says of itself."""

PROCESSES_FILE = "processes.json"
"""In `run/`: the number of each role's process, for whoever wants to end one."""

DEFAULT_LIFECYCLE_SECONDS = 3600.0
DEFAULT_LOG_DELIVERY_SECONDS = 300.0


def default_workers() -> int:
    """Return how many worker processes make use of this machine: one a core, at most four."""
    return max(1, min(4, len(os.sched_getaffinity(0))))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Config(msgspec.Struct, frozen=True):
    """One cloud: its data directory and its front door. Port 0 takes a free one.

    `lifecycle_seconds` lie between two rounds of the lifecycle rules, `log_delivery_seconds` between two
    deliveries of access records to the buckets that ask for them.
    """

    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    https_port: int = DEFAULT_HTTPS_PORT
    workers: int = 1
    region: str = DEFAULT_REGION
    lifecycle_seconds: float = DEFAULT_LIFECYCLE_SECONDS
    log_delivery_seconds: float = DEFAULT_LOG_DELIVERY_SECONDS

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the data directory."""
        return (self.objects, self.logs, self.run, self.tls, self.nonces, self.compute, self.balancers)

    @property
    def clock(self) -> Path:
        """How the cloud's time runs, where it is not the machine's."""
        return self.data / "clock.json"

    @property
    def balancers(self) -> Path:
        """Where the balancer engine keeps balancers."""
        return self.data / "balancers"

    @property
    def metrics(self) -> Path:
        """The file of measured values."""
        return self.data / "metrics.db"

    @property
    def objects(self) -> Path:
        """Where the object engine keeps buckets."""
        return self.data / "objects"

    @property
    def logs(self) -> Path:
        """Where access logs lie, one file a process."""
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """What describes the running cloud: its state and counters; emptied at every start."""
        return self.data / "run"

    @property
    def nonces(self) -> Path:
        """Which signed requests were seen; kept over restarts, so that none can be sent twice."""
        return self.data / "nonces"

    @property
    def compute(self) -> Path:
        """Where the compute engine keeps sandboxes, volumes and images."""
        return self.data / "compute"

    @property
    def tls(self) -> Path:
        """Where the local certificate authority and the certificate lie."""
        return self.data / "tls"


class RunState(msgspec.Struct):
    """What a running cloud says of itself in `run/state.json`, for the other commands."""

    pid: int
    host: str
    port: int
    https_port: int
    region: str
    version: str
    started: float
    workers: int
    account: str

    @property
    def at(self) -> str:
        """The address for clients on this machine, in the form that a URL takes."""
        if self.host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
            return "127.0.0.1" if self.host == "0.0.0.0" else "[::1]"  # noqa: S104
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def http(self) -> str:
        """The plain endpoint."""
        return f"http://{self.at}:{self.port}"

    @property
    def https(self) -> str:
        """The secure endpoint."""
        return f"https://{self.at}:{self.https_port}"
