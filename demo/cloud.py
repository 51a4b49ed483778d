"""The cloud of the demo: the real `yunbox up`, on free ports, in a folder that is thrown away."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from alibabacloud_tea_openapi.models import Config

START_SECONDS = 30.0
STOP_SECONDS = 20.0
REGION = "cn-hangzhou"


class CloudError(Exception):
    """The cloud did not do what the demo needs."""


class DemoCloud:
    """`yunbox up` with its children in one process group."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._log = folder / "up.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = (0, 0)

    def start(self) -> str:
        """Start it and wait until it says that it is up; on the same ports the second time."""
        plain, secure = map(str, self._ports)
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "yunbox",
                    "up",
                    "--data",
                    self.data,
                    "--port",
                    plain,
                    "--https-port",
                    secure,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                env={k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")},
                start_new_session=True,
            )
        self._wait(self._process)
        took = time.perf_counter() - began
        state = self.state
        self._ports = (state["port"], state["https_port"])
        return f"{self.endpoint}, up in {took:.2f} s"

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        # It speaks once it is up; the end of the pipe means that it could not.
        if not process.stdout.readline():
            process.wait()
            raise CloudError(f"it did not start: {self.errors}")

    @property
    def state(self) -> dict[str, Any]:
        """What it says of itself."""
        found: dict[str, Any] = json.loads((self.data / "run" / "state.json").read_bytes())
        return found

    @property
    def errors(self) -> str:
        """The end of what it wrote to its standard error."""
        return self._log.read_text(errors="replace")[-2000:].strip()

    @property
    def endpoint(self) -> str:
        """The plain endpoint."""
        return f"http://127.0.0.1:{self._ports[0] or self.state['port']}"

    @property
    def keys(self) -> tuple[str, str]:
        """The root access key."""
        kept = json.loads((self.data / "credentials.json").read_bytes())
        return kept["accessKeyId"], kept["accessKeySecret"]

    def config(self) -> Config:
        """Return what points a client of the official SDKs at the cloud."""
        key, secret = self.keys
        return Config(
            access_key_id=key,
            access_key_secret=secret,
            endpoint=self.endpoint.removeprefix("http://"),
            protocol="http",
            region_id=REGION,
        )

    def kill(self) -> int:
        """Kill all its processes at once with SIGKILL; return how many there were."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()
        return 1 + len(children)

    def stop(self) -> str:
        """End it with SIGTERM, as a person would."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(STOP_SECONDS)
        self._close()
        if status:
            raise CloudError(f"exit status {status}: {self.errors}")
        return "exit status 0"

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._close()
        # Servers outlive a cloud that was killed; a reset ends them.
        if self.data.exists():
            command = [sys.executable, "-m", "yunbox", "reset", "--yes", "--data", self.data]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=START_SECONDS)

    def _close(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
