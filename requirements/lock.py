"""Writes the lock files of this folder: every version and its hashes, from the *.in files and pyproject.toml.

Run by `make lock`. `dev` is resolved first, because it is the largest; the others are held to what it found, so
that they can be installed into one environment, one after the other. No index address is written down.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGE = ("pyproject.toml", "requirements/build.in")
GROUPS = {
    "dev": (*PACKAGE, "requirements/dev.in"),
    "runtime": PACKAGE,
    "demo": (*PACKAGE, "requirements/demo.in"),
    "conformance": (*PACKAGE, "requirements/conformance.in"),
    "bench": (*PACKAGE, "requirements/demo.in", "bench/requirements.in"),
    "lock": ("requirements/lock.in",),
}
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    "--no-emit-options",
    "--annotation-style=line",
    "--no-build-isolation",
    "--upgrade",
)


def main() -> None:
    """Resolve all groups."""
    for name, sources in GROUPS.items():
        print(f"requirements/{name}.txt", flush=True)
        held = [] if name in ("dev", "lock") else ["--constraint=requirements/dev.txt"]
        resolve(name, [*held, *sources])


def resolve(name: str, arguments: list[str]) -> None:
    """Write one lock file. It changes only when resolving went well."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "lock.txt"
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, f"--output-file={made}", *arguments]
        subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PIP_FIND_LINKS": ""})
        header = f"# Written by `make lock` from {', '.join(arguments[-len(GROUPS[name]) :])}\n"
        (HERE / f"{name}.txt").write_text(header + made.read_text())


if __name__ == "__main__":
    main()
