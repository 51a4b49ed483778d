"""What it takes to make a running HAProxy what is wanted: a new process, or commands to the one that runs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from yunbox.engines.balancer.haproxy.records import Leaving
from yunbox.engines.balancer.haproxy.servers import NO_LIMIT, Facts, parameters, per_server
from yunbox.engines.balancer.interface import Backend, Balancer, Server
from yunbox.engines.compute.sandbox.processes import Process


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A server as HAProxy has it. `leaving`: it drains. `limit` 0 is none."""

    name: str
    address: str
    weight: int
    limit: int
    leaving: bool = False


class Steps(msgspec.Struct, frozen=True):
    """Commands in the order they are given, names of servers that then leave, and of those that stay after all."""

    commands: tuple[tuple[str, ...], ...]
    leaving: tuple[str, ...]
    staying: tuple[str, ...]


def needs_reload(before: Balancer, after: Balancer) -> bool:
    """Return whether more changed than what the runtime socket can change."""
    return _rest(before) != _rest(after)


def _rest(balancer: Balancer) -> Balancer:
    backends = tuple(_without_servers(each) for each in balancer.backends)
    return msgspec.structs.replace(balancer, backends=backends)


def _without_servers(backend: Backend) -> Backend:
    queue = backend.queue and msgspec.structs.replace(backend.queue, per_server=0)
    return msgspec.structs.replace(backend, servers=(), drain=0.0, queue=queue)


def server_of(name: str) -> str:
    """Return the id of a server by its name: the id itself, or `-number-id` when that was still leaving."""
    return name.split("-", 2)[2] if name.startswith("-") else name


def steps(backend: Backend, running: Iterable[Running], facts: Facts) -> Steps:
    """Return what is to do in one backend, where only servers, weights and limits differ."""
    there = list(running)
    staying = {server_of(each.name): each for each in there if not each.leaving}
    taken = {each.name for each in there}
    commands: list[tuple[str, ...]] = []
    leaving: list[str] = []
    back: list[str] = []
    wanted = {each.id for each in backend.servers}
    limit = per_server(backend, facts) or NO_LIMIT
    for server in backend.servers:
        found = staying.get(server.id)
        if found is not None and found.address != f"{server.address}:{server.port}":
            leaving.append(found.name)
            found = None
        if found is None:
            found = _coming_back(server, there)
            if found is None:
                name = _free_name(server.id, taken)
                taken.add(name)
                commands.append(_add(backend, server, name, facts))
                continue
            # It was on its way out: it need not prove itself anew.
            commands.append((f"set server {backend.id}/{found.name} state ready",))
            back.append(found.name)
        if found.weight != server.weight:
            commands.append((f"set server {backend.id}/{found.name} weight {server.weight}",))
        if (found.limit or NO_LIMIT) != limit:
            commands.append((f"set maxconn server {backend.id}/{found.name} {limit}",))
    leaving += [each.name for server, each in staying.items() if server not in wanted]
    return Steps(tuple(commands), tuple(leaving), tuple(back))


def _coming_back(server: Server, there: Iterable[Running]) -> Running | None:
    for each in there:
        if (
            each.leaving
            and server_of(each.name) == server.id
            and each.address == f"{server.address}:{server.port}"
        ):
            return each
    return None


def _free_name(server: str, taken: set[str]) -> str:
    name, number = server, 1
    while name in taken:
        number += 1
        name = f"-{number}-{server}"
    return name


def _add(backend: Backend, server: Server, name: str, facts: Facts) -> tuple[str, ...]:
    """Return the commands that bring a server in. One that is checked is down until it has answered."""
    place = f"{backend.id}/{name}"
    add = f"add server {place} {' '.join(parameters(backend, server, facts))}"
    if backend.check is None:
        return (add, f"set server {place} state ready")
    return (
        add,
        f"enable health {place}",
        # Out of maintenance it would be up at once; drained, it first can be said to be down.
        f"set server {place} state drain",
        f"set server {place} health down",
        f"set server {place} state ready",
    )


def noted(
    before: Iterable[Leaving],
    backend: str,
    running: Iterable[Running],
    todo: Steps,
    process: Process,
    until: float,
) -> list[Leaving]:
    """Return who drains now: those told to, those told by a call that was killed, and those known before."""
    known = list(before)
    here = {each.name: each for each in known if each.backend == backend and each.process == process}
    names = [*(each.name for each in running if each.leaving), *todo.leaving]
    return [each for each in known if here.get(each.name) is not each] + [
        here.get(name) or Leaving(backend=backend, name=name, until=until, process=process)
        for name in names
        if name not in todo.staying
    ]
