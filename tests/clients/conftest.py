"""The packages of the tests that run Node."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "node"
LOCK = HERE / "package-lock.json"


@pytest.fixture(scope="session")
def modules() -> Path:
    """The installed packages, kept between runs outside the tree and shared by the test processes."""
    digest = sha256(LOCK.read_bytes()).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"yunbox-node-{os.getuid()}-{digest}"
    home.mkdir(mode=0o700, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, home / name)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False, timeout=300)
            assert done.returncode == 0, done.stderr
            (home / "installed").touch()
    return home
