"""What a balancer does, from what HAProxy says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yunbox.engines.balancer.haproxy.backends import HOLD
from yunbox.engines.balancer.haproxy.difference import Running, server_of
from yunbox.engines.balancer.haproxy.runtime import Row, number
from yunbox.engines.balancer.interface import BackendSeen, ListenerSeen, Seen, ServerSeen, ServerState

Answers = tuple[int, int, int, int, int]


def see(
    balancer: str, since: float, now: float, rows: list[Row], leaving: Mapping[tuple[str, str], bool]
) -> Seen:
    """Return what is seen. `leaving` are servers that drain, by backend and name, of an earlier process
    too, and whether nothing is under way there any more.
    """
    backends: dict[str, list[Row]] = {}
    listeners = []
    for row in rows:
        name = row["pxname"]
        if name.startswith("_"):
            continue
        if row["svname"] == "FRONTEND":
            listeners.append(_listener(row))
        else:
            backends.setdefault(name, []).append(row)
    # A section that only keeps counters has no server, and its name begins like no id.
    return Seen(
        id=balancer,
        since=since,
        listeners=tuple(listeners),
        backends=tuple(_backend(name, each, now, leaving) for name, each in backends.items()),
    )


def running_servers(rows: Iterable[Row]) -> dict[str, list[Running]]:
    """Return the servers that HAProxy has, by backend."""
    found: dict[str, list[Running]] = {}
    for row in rows:
        if row["svname"] not in ("FRONTEND", "BACKEND", HOLD):
            server = Running(
                name=row["svname"],
                address=row["addr"],
                weight=number(row, "uweight"),
                limit=number(row, "slim"),
                leaving=row["status"].startswith("MAINT"),
            )
            found.setdefault(row["pxname"], []).append(server)
    return found


def _listener(row: Row) -> ListenerSeen:
    web = row["mode"] == "http"
    return ListenerSeen(
        id=row["pxname"],
        connections=number(row, "scur"),
        new_connections=number(row, "conn_tot") or number(row, "stot"),
        requests=number(row, "req_tot") if web else number(row, "stot"),
        rate=number(row, "req_rate") if web else number(row, "rate"),
        refused=number(row, "dcon") + number(row, "dses"),
        answers=_answers(row),
        bytes_in=number(row, "bin"),
        bytes_out=number(row, "bout"),
    )


def _backend(name: str, rows: list[Row], now: float, leaving: Mapping[tuple[str, str], bool]) -> BackendSeen:
    whole = next(each for each in rows if each["svname"] == "BACKEND")
    hold = next((each for each in rows if each["svname"] == HOLD), {})
    gone = {each for each, idle in leaving.items() if each[0] == name and not idle}
    servers = []
    for row in rows:
        key = (name, row["svname"])
        gone.discard(key)
        if row["svname"] not in ("BACKEND", HOLD) and not leaving.get(key):
            servers.append(_server(row, now, leaving=key in leaving))
    # Their connections are an earlier process's.
    servers += [ServerSeen(id=server_of(each), state="draining") for _, each in sorted(gone)]
    return BackendSeen(
        id=name,
        servers=tuple(servers),
        active=sum(each.active for each in servers),
        queued=number(whole, "qcur") + sum(each.queued for each in servers),
        requests=number(whole, "stot") - number(hold, "stot"),
        shed=_shed(whole, rows),
        response_time=number(whole, "rtime") / 1000,
        answers=_answers(whole, hold),
    )


def _shed(whole: Row, rows: list[Row]) -> int:
    """Return how many were refused: those that found the queue full, and those whose time ran out in it."""
    servers = sum(number(each, "econ") for each in rows if each is not whole)
    return number(whole, "dreq") + max(0, number(whole, "econ") - servers)


def _server(row: Row, now: float, *, leaving: bool) -> ServerSeen:
    return ServerSeen(
        id=server_of(row["svname"]),
        state="draining" if leaving else _state(row["status"]),
        since=round(now - number(row, "lastchg")),
        detail=": ".join(each for each in (row["check_status"], row["last_chk"]) if each),
        weight=number(row, "weight"),
        active=number(row, "scur"),
        queued=number(row, "qcur"),
        requests=number(row, "req_tot") or number(row, "stot"),
        connections=number(row, "connect") + number(row, "reuse"),
        failures=number(row, "econ") + number(row, "eresp"),
        retries=number(row, "wretr") + number(row, "wredis"),
        response_time=(number(row, "rtime") if row["mode"] == "http" else number(row, "ttime")) / 1000,
        answers=_answers(row),
        bytes_in=number(row, "bin"),
        bytes_out=number(row, "bout"),
    )


def _state(status: str) -> ServerState:
    if status.startswith("no check"):
        return "unchecked"
    if status.startswith("UP"):
        return "up"
    if status.startswith("DRAIN"):
        return "draining"
    return "down"


def _answers(row: Row, less: Row | None = None) -> Answers:
    found = [number(row, f"hrsp_{each}xx") - number(less or {}, f"hrsp_{each}xx") for each in range(1, 6)]
    return (found[0], found[1], found[2], found[3], found[4])
