"""Runs the real `yunbox up` for tests."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import oss2

START_SECONDS = 30


class RunningCloud:
    """`yunbox up` in its own process group, on free ports, with a data directory of its own."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.environment = environment or {}
        self.process: subprocess.Popen[str] | None = None
        self.state: dict[str, Any] = {}

    def start(self) -> None:
        """Start it and wait until it says that it is up."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "yunbox", "up", "--data", str(self.data), "--workers", "2"]
        ports = [
            "--port",
            str(self.state.get("port", 0)),
            "--https-port",
            str(self.state.get("https_port", 0)),
        ]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")}
        self.data.parent.mkdir(parents=True, exist_ok=True)
        errors = (self.data.parent / f"{self.data.name}.err").open("a")
        self.process = subprocess.Popen(
            [*command, *ports, *self.options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment | self.environment,
            start_new_session=True,
        )
        errors.close()
        self._wait_ready()
        self.state = json.loads((self.data / "run" / "state.json").read_bytes())

    def _wait_ready(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        end = time.monotonic() + START_SECONDS
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.process.stdout], [], [], left)[0]:
                break
            if not self.process.stdout.readline():
                raise AssertionError(f"yunbox ended:\n{self.errors}")
            if (self.data / "run" / "state.json").exists():
                return
        raise AssertionError(f"yunbox did not start:\n{self.errors}")

    @property
    def errors(self) -> str:
        """What it wrote to its standard error."""
        return (self.data.parent / f"{self.data.name}.err").read_text()

    def kill(self) -> None:
        """Kill all its processes at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self) -> int:
        """End it as a person would, and return its exit status."""
        if self.process is None or self.process.poll() is not None:
            self._end_instances()
            return -1
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self._close()
        return status

    def _end_instances(self) -> None:
        """End the instances and balancers that a killed cloud left, which nobody will adopt any more."""
        kinds = ("compute/sandboxes", "compute/networks", "balancers")
        if any((self.data / each).is_dir() and any((self.data / each).iterdir()) for each in kinds):
            command = [sys.executable, "-m", "yunbox", "reset", "--yes", "--data", str(self.data)]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=60)

    def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def endpoint(self) -> str:
        """The plain endpoint."""
        return f"http://127.0.0.1:{self.state['port']}"

    @property
    def keys(self) -> tuple[str, str]:
        """The root access key: id and secret."""
        kept = json.loads((self.data / "credentials.json").read_bytes())
        return kept["accessKeyId"], kept["accessKeySecret"]

    def oss2_bucket(self, name: str, auth: type = oss2.Auth, region: str = "cn-hangzhou") -> oss2.Bucket:
        """Return oss2's view of a bucket, which may not exist."""
        return oss2.Bucket(auth(*self.keys), self.endpoint, name, region=region)
