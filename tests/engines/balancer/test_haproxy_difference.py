"""What it takes to make a running HAProxy what is wanted. Pure."""

from __future__ import annotations

import msgspec
import pytest
from balancing import balancer, group, listener
from hypothesis import given
from hypothesis import strategies as st

from yunbox.engines.balancer.haproxy.difference import Running, needs_reload, noted, server_of, steps
from yunbox.engines.balancer.haproxy.records import Leaving
from yunbox.engines.balancer.haproxy.servers import NO_LIMIT, Facts
from yunbox.engines.balancer.interface import Backend, Balancer, Check, Queue, Server, Sticky
from yunbox.engines.compute.sandbox.processes import Process

ONE = Server(id="one", address="10.0.0.1", port=80)
TWO = Server(id="two", address="10.0.0.2", port=80)
QUEUE = Queue(per_server=5)
PROCESS = Process(pid=1, ticks=2, machine="m")


def running(server: Server, **fields: object) -> Running:
    known = {
        "name": server.id,
        "address": f"{server.address}:{server.port}",
        "weight": server.weight,
        "limit": 0,
    }
    return Running(**(known | fields))  # type: ignore[arg-type]


def wanted(*servers: Server, **fields: object) -> Balancer:
    return balancer(listener(80), group(*servers, **fields))


@pytest.mark.parametrize(
    ("after", "reload"),
    [
        (wanted(), False),
        (wanted(ONE, TWO), False),
        (wanted(msgspec.structs.replace(ONE, weight=1, port=81)), False),
        (wanted(ONE, drain=1.0), False),
        (wanted(ONE, check=Check()), True),
        (wanted(ONE, queue=QUEUE), True),
        (wanted(ONE, sticky=Sticky(kind="source")), True),
        (balancer(listener(81), group(ONE)), True),
        (balancer(listener(80, gzip=True), group(ONE)), True),
        (balancer(listener(80), group(ONE), group(name="h")), True),
    ],
)
def test_servers_take_no_reload(after: Balancer, reload: bool) -> None:
    assert needs_reload(wanted(ONE), after) is reload


def test_a_limit_takes_no_reload() -> None:
    other = msgspec.structs.replace(QUEUE, per_server=9)
    assert not needs_reload(wanted(ONE, queue=QUEUE), wanted(ONE, queue=other))
    assert needs_reload(wanted(ONE, queue=QUEUE), wanted(ONE, queue=msgspec.structs.replace(QUEUE, length=9)))


def test_steps_of_servers() -> None:
    back = group(ONE, TWO)
    assert steps(back, [running(ONE), running(TWO)], Facts()).commands == ()
    found = steps(back, [running(TWO, weight=3)], Facts())
    assert found.commands[0][0].startswith("add server g/one 10.0.0.1:80 weight 100")
    assert found.commands[0][1] == "set server g/one state ready"
    assert found.commands[1] == ("set server g/two weight 100",)
    assert steps(group(TWO), [running(ONE), running(TWO)], Facts()).leaving == ("one",)
    limited = steps(group(ONE, queue=QUEUE), [running(ONE)], Facts())
    assert limited.commands == (("set maxconn server g/one 5",),)
    free = steps(group(ONE, queue=QUEUE), [running(ONE, limit=5)], Facts(limits={"g": 0}))
    assert free.commands == ((f"set maxconn server g/one {NO_LIMIT}",),)


def test_one_that_is_checked_comes_in_down() -> None:
    (commands,) = steps(group(ONE, check=Check()), [], Facts(sources={"10.0.0.1": "100.64.0.3"})).commands
    assert " source 100.64.0.3 " in commands[0]
    assert [each.rpartition("g/one")[2] for each in commands[1:]] == [
        "",
        " state drain",
        " health down",
        " state ready",
    ]


def test_one_that_leaves_may_come_back_or_be_followed_by_another() -> None:
    leaving = running(ONE, leaving=True)
    found = steps(group(ONE), [leaving], Facts())
    assert found.commands == (("set server g/one state ready",),)
    assert found.staying == ("one",)
    moved = msgspec.structs.replace(ONE, port=81)
    found = steps(group(moved), [leaving], Facts())
    assert found.commands[0][0].startswith("add server g/-2-one 10.0.0.1:81 ")
    assert server_of("-2-one") == "one"
    assert steps(group(moved), [running(ONE)], Facts()).leaving == ("one",)


def test_who_drains_is_noted_once() -> None:
    def left(name: str, backend: str = "g", until: float = 5.0) -> Leaving:
        return Leaving(backend=backend, name=name, until=until, process=PROCESS)

    before = [left("one"), left("gone"), left("other", "h")]
    there = [running(ONE, leaving=True), running(TWO, name="killed", leaving=True)]
    todo = steps(group(), [*there, running(TWO)], Facts())
    found = noted(before, "g", there, todo, PROCESS, 9.0)
    assert found == [
        left("other", "h"),
        left("one"),
        left("killed", until=9.0),
        left("two", until=9.0),
    ]


SERVERS = st.lists(
    st.builds(
        Server,
        id=st.sampled_from(["a", "b", "c"]),
        address=st.sampled_from(["10.0.0.1", "10.0.0.2"]),
        port=st.just(80),
        weight=st.sampled_from([0, 100]),
    ),
    unique_by=lambda each: each.id,
)


@given(changes=st.lists(SERVERS, min_size=1, max_size=6), data=st.data())
def test_any_change_of_servers_is_made_so(changes: list[list[Server]], data: st.DataObject) -> None:
    there: dict[str, Running] = {}
    for servers in changes:
        back = Backend(id="g", servers=tuple(servers))
        _perform(there, back)
        staying = {server_of(each.name): each for each in there.values() if not each.leaving}
        assert {(name, each.address, each.weight) for name, each in staying.items()} == {
            (each.id, f"{each.address}:{each.port}", each.weight) for each in servers
        }
        assert not steps(back, there.values(), Facts()).commands
        for name in [each.name for each in there.values() if each.leaving and data.draw(st.booleans())]:
            del there[name]


def _perform(there: dict[str, Running], back: Backend) -> None:
    """Do to servers what HAProxy would."""
    todo = steps(back, list(there.values()), Facts())
    for command in (each for commands in todo.commands for each in commands):
        words = command.split()
        name = next(each for each in words if each.startswith("g/"))[2:]
        if words[0] == "add":
            assert name not in there
            there[name] = Running(name=name, address=words[3], weight=int(words[5]), limit=0)
        elif "weight" in words:
            there[name] = msgspec.structs.replace(there[name], weight=int(words[-1]))
        elif "ready" in words:
            there[name] = msgspec.structs.replace(there[name], leaving=False)
    for name in todo.leaving:
        there[name] = msgspec.structs.replace(there[name], leaving=True)
