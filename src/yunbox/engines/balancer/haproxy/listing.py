"""Which balancers of a folder run and where they listen, for commands that have no engine."""

from __future__ import annotations

from pathlib import Path

import msgspec

from yunbox.engines.balancer.haproxy.records import load_run
from yunbox.engines.compute.sandbox.processes import alive


class Listening(msgspec.Struct, frozen=True):
    """A port that is open: at the balancer's address, and at the one where this machine reaches it, or empty."""

    address: str
    host: str
    port: int


def running_balancers(root: Path) -> dict[str, list[Listening]]:
    """Return the ports of every balancer that runs, by its id."""
    found = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        run = load_run(folder)
        if run is not None and not run.removed and alive(run.process):
            found[run.id] = [Listening(each.address, each.host, each.port) for each in run.doors]
    return dict(sorted(found.items()))
