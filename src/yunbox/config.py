"""What `yunbox up` was asked for, and where things lie in the data directory."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from yunbox.control.regions import DEFAULT_REGION

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 1111
DEFAULT_HTTPS_PORT = 1143


def default_workers() -> int:
    """Return how many worker processes make use of this machine: one a core, at most four."""
    return max(1, min(4, len(os.sched_getaffinity(0))))


class Config(msgspec.Struct, frozen=True):
    """One cloud: its data directory and its front door. Port 0 takes a free one."""

    data: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    https_port: int = DEFAULT_HTTPS_PORT
    workers: int = 1
    region: str = DEFAULT_REGION

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
