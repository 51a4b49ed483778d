"""Runs `yunbox` as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def yunbox(
    *arguments: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with no input and no keys in the environment but those given."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ALIBABA_CLOUD_", "YUNBOX_"))}
    return subprocess.run(
        [sys.executable, "-m", "yunbox", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=inherited | (environment or {}),
        timeout=60,
        check=False,
    )
