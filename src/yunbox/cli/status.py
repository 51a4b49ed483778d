"""`yunbox status`: whether the cloud is up, where, and what it holds."""

from __future__ import annotations

import argparse
import http.client
import json
import time
from pathlib import Path
from typing import Any

import msgspec

from yunbox.cli.main import CommandError
from yunbox.cli.places import add_data, running
from yunbox.config import RunState
from yunbox.engines.balancer.haproxy.listing import running_balancers

DOWN = 3
"""The exit status when it is not up, as `systemctl status` has it."""

ANSWER_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--json", action="store_true", help="print an object")
    parser.add_argument(
        "--wait",
        type=float,
        nargs="?",
        const=30.0,
        default=0.0,
        metavar="SECONDS",
        help="wait until it is up, so long at most (30)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print it; return 0 when the cloud is up and answers, 3 when it does not."""
    if arguments.wait < 0:
        raise CommandError("--wait takes seconds.")
    found = _found(arguments.data, arguments.wait)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        print(_text(found))
    return 0 if found["status"] == "up" else DOWN


def _found(data: Path, wait: float) -> dict[str, Any]:
    end = time.monotonic() + wait
    while (found := look(data))["status"] != "up" and time.monotonic() < end:
        time.sleep(0.05)
    return found


def look(data: Path) -> dict[str, Any]:
    """Return `status` (`up`, `down`, or `silent`: it runs but does not answer) and what is known."""
    state = running(data)
    if state is None:
        return {"status": "down", "data": str(data)}
    return {
        "status": "up" if _answers(state) else "silent",
        "http": state.http,
        "https": state.https,
        "region": state.region,
        "version": state.version,
        "pid": state.pid,
        "workers": state.workers,
        "uptime_seconds": round(time.time() - state.started, 1),
        "data": str(data),
        "logs": str(data / "logs"),
        "balancers": _balancers(data),
    } | _holds(data)


def _balancers(data: Path) -> list[dict[str, Any]]:
    """Return the balancers that run and where they are reached: at `host`, empty where this machine does not."""
    return [
        {"id": name, "listening": [msgspec.structs.asdict(each) for each in listening]}
        for name, listening in running_balancers(data / "balancers").items()
    ]


def _answers(state: RunState) -> bool:
    connection = http.client.HTTPConnection(state.at.strip("[]"), state.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/_yunbox/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _holds(data: Path) -> dict[str, int]:
    """Return how much there is on disk: cheap to say, and what one looks for."""
    total = sum(each.stat().st_blocks * 512 for each in _files(data))
    return {"disk_bytes": total}


def _files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def _text(found: dict[str, Any]) -> str:
    if found["status"] == "down":
        return f"yunbox is down on {found['data']}. Start it with `yunbox up`."
    first = "yunbox is up" if found["status"] == "up" else "yunbox runs but does not answer"
    rows = (
        ("HTTP", found["http"]),
        ("HTTPS", found["https"]),
        ("Region", found["region"]),
        ("Version", found["version"]),
        ("Process", f"{found['pid']}, {found['workers']} workers"),
        ("Up for", _duration(found["uptime_seconds"])),
        ("Data", f"{found['data']}, {size(found['disk_bytes'])} on disk"),
        ("Logs", found["logs"]),
        *(("Balancer", _balancer(each)) for each in found["balancers"]),
    )
    return "\n".join([f"{first}.", "", *(f"  {name:<10}{value}" for name, value in rows)])


def _balancer(found: dict[str, Any]) -> str:
    places = [
        f"{each['address']}:{each['port']}"
        + ("" if each["host"] == each["address"] else f" ({each['host'] or 'not reached from here'})")
        for each in found["listening"]
    ]
    return f"{found['id']}, {', '.join(places) or 'no port is open'}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def size(count: float) -> str:
    """Return a number of bytes for people."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
