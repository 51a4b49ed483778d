"""What the balancing controller writes of what it sees: where balancers are reached, and how servers fare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from yunbox.control.store import Change
from yunbox.engines.balancer.interface import Reached, Seen
from yunbox.services.balancing.model import BalancerReached, Health
from yunbox.services.balancing.wanted import Wanted


def health_of(balancer: str, wanted: Wanted, seen: Seen) -> dict[str, Health]:
    """Return how the servers of a balancer fare, by the ids of the rows."""
    rows = {}
    for backend in seen.backends:
        for server in backend.servers:
            origin = wanted.origins.get((backend.id, server.id))
            if origin is None or server.state == "gone":
                continue
            id_ = f"{backend.id}/{server.id}"
            rows[id_] = Health(
                id=id_,
                account=wanted.account,
                region=wanted.region,
                name=origin.server,
                parent=balancer,
                state=server.state,
                since=server.since,
                listener=origin.listener,
                group=origin.group,
                member=origin.member,
                port=origin.port,
                detail=server.detail,
            )
    return rows


def states(rows: Mapping[str, Health]) -> dict[str, str]:
    """Return what of some rows is worth writing again when it changes."""
    return {id_: each.state for id_, each in rows.items()}


def note_health(change: Change, balancer: str, rows: Mapping[str, Health]) -> None:
    """Write how the servers of a balancer fare: what changed, and no more of those that are gone.

    Of a balancer that was deleted meanwhile, nothing is written.
    """
    if change.get(BalancerReached, balancer) is None:
        return
    stored = {each.id: each for each in change.find(Health, parent=balancer)}
    for id_ in stored.keys() - rows.keys():
        change.delete(Health, id_)
    for id_, row in rows.items():
        before = stored.get(id_)
        if before is None:
            change.create(row)
        elif before.state != row.state:
            change.replace(row)


def note_reached(
    change: Change, balancer: str, wanted: Wanted, reached: Sequence[Reached], failure: str
) -> list[str]:
    """Write where a balancer is reached, and which ports are open; return lines for the log about new ones.

    `failure` says why it does not run, empty when it does.
    """
    if wanted.balancer is None:
        _forget_health(change, balancer)
    before = change.get(BalancerReached, balancer)
    known = before.listening if before is not None else ()
    listeners = wanted.balancer.listeners if wanted.balancer is not None and not failure else ()
    open_ = {
        listener.port
        for listener in listeners
        if any(listener.port not in dict(each.closed) for each in reached)
    }
    row = BalancerReached(
        id=balancer,
        account=wanted.account,
        region=wanted.region,
        addresses=tuple((each.address, each.host) for each in reached),
        reason=failure or why_not(reached),
        listening=tuple(sorted(open_)),
    )
    if before is None:
        change.create(row)
    elif msgspec.structs.replace(row, revision=before.revision) != before:
        change.replace(row)
    return [
        f"balancer {balancer} listens at {each.address}:{port}{_how(each, port)}"
        for port in row.listening
        if port not in known
        for each in reached
    ]


def why_not(reached: Sequence[Reached]) -> str:
    """Return why a balancer is not reached, or why a port of it is not open; empty when all is well."""
    for each in reached:
        if each.reason:
            return each.reason
        for port, reason in each.closed:
            return f"port {port} of {each.address}: {reason}"
    return ""


def _how(reached: Reached, port: int) -> str:
    if not reached.host:
        return f", which this machine does not reach ({reached.reason})"
    return f", which this machine reaches at {reached.host}:{port}" if reached.host != reached.address else ""


def forget(change: Change, balancer: str) -> None:
    """Delete what was written of a balancer that is no more."""
    _forget_health(change, balancer)
    if change.get(BalancerReached, balancer) is not None:
        change.delete(BalancerReached, balancer)


def _forget_health(change: Change, balancer: str) -> None:
    for each in change.find(Health, parent=balancer):
        change.delete(Health, each.id)
