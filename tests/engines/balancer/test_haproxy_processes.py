"""HAProxy's process: replaced under load, killed, adopted by another object, and gone without a trace."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from balancing import (
    Run,
    ask,
    balancer,
    eventually,
    free_port,
    group,
    in_state,
    listener,
    origins,
    read_answer,
    seen,
)

from yunbox.control.clock import SystemClock
from yunbox.engines.balancer.errors import BalancerError
from yunbox.engines.balancer.haproxy import doors
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.haproxy.records import Folder
from yunbox.engines.balancer.haproxy.starting import MARK
from yunbox.engines.balancer.interface import Check, Condition, Respond, Rule
from yunbox.engines.compute.memory import MemoryCompute
from yunbox.engines.compute.sandbox.processes import alive, marked


def pid_of(place: Path, name: str = "lb-1") -> int:
    run = Folder(place, name).load()
    assert run is not None
    assert run.process is not None
    return run.process.pid


def another(place: Path) -> HaproxyEngine:
    return HaproxyEngine(place, MemoryCompute(SystemClock()))


async def keep_asking(port: int, stop: asyncio.Event) -> tuple[int, int]:
    """Ask on one connection as long as the other side keeps it; return how many were answered and how many lost."""
    answered = lost = 0
    while not stop.is_set():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while not stop.is_set():
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                answer = read_answer(head)
                await reader.readexactly(int(answer.headers["content-length"]))
                lost += answer.status != 200
                answered += answer.status == 200
                if answer.headers.get("connection") == "close":
                    break
        except (OSError, asyncio.IncompleteReadError):
            lost += 1
        finally:
            writer.close()
    return answered, lost


def test_reloads_lose_nothing(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            port = free_port()
            extra = free_port()
            await haproxy.apply(balancer(listener(port), group(one, two)))
            stop = asyncio.Event()
            clients = [asyncio.ensure_future(keep_asking(port, stop)) for _ in range(8)]
            for number in range(10):
                changed = listener(port, gzip=bool(number % 2))
                doors = (changed, listener(extra)) if number % 3 else (changed,)
                await haproxy.apply(balancer(doors, group(one, two)))
                await asyncio.sleep(0.05)
            stop.set()
            answered = [await each for each in clients]
            assert sum(lost for _, lost in answered) == 0
            assert sum(count for count, _ in answered) > 100
            with pytest.raises(OSError, match=r"refused|failed"):
                await ask(extra)

    run(story())


def test_a_killed_process_is_replaced_at_once(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            # What was changed at run time holds after it too.
            await haproxy.apply(balancer(door, group(two)))
            before = pid_of(place)
            os.kill(before, signal.SIGKILL)
            began = time.monotonic()
            assert (await ask(door.port)).asked["server"] == "two"
            assert time.monotonic() - began < 2.0
            assert await haproxy.ended() == "lb-1"
            await eventually(lambda: _another(place, before))
            found = await haproxy.observe("lb-1")
            assert found is not None
            assert found.backends[0].requests == 1

    run(story())


async def _another(place: Path, before: int) -> bool:
    return pid_of(place) != before


def test_another_object_adopts_what_runs(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one, two)))
            slow = asyncio.ensure_future(ask(door.port, "/slow/0.5"))
            await eventually(lambda: _busy(haproxy))
            busy = next(each.id for each in (await seen(haproxy)).servers if each.active)
            stays = one if busy == "two" else two
            await haproxy.apply(balancer(door, group(stays)))
            before = pid_of(place)
            await haproxy.close()
            second = another(place)
            try:
                assert await second.balancers() == ["lb-1"]
                assert busy in {each.id for each in (await seen(second)).servers}
                await second.sweep({"lb-1"})
                # A drain that was in progress goes on.
                assert (await slow).status == 200
                await in_state(second, **{stays.name: "unchecked"})
                assert pid_of(place) == before
                # The sockets are its own now: they outlive the process also when nobody else holds them.
                os.kill(before, signal.SIGKILL)
                assert (await ask(door.port)).asked["server"] == stays.name
                await second.apply(balancer(listener(door.port, gzip=True), group(stays)))
                assert (await ask(door.port)).asked["server"] == stays.name
            finally:
                await second.close()

    run(story())


def test_sockets_that_may_not_be_taken_back_are_opened_anew(
    haproxy: HaproxyEngine, run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            slow = asyncio.ensure_future(ask(door.port, "/slow/0.3"))
            await eventually(lambda: _busy(haproxy))
            await haproxy.close()
            monkeypatch.setattr(doors, "take_back", lambda *_: None)
            second = another(place)
            try:
                await second.apply(balancer(door, group(one)))
                assert (await ask(door.port)).status == 200
                assert (await slow).status == 200
                os.kill(pid_of(place), signal.SIGKILL)
                assert (await ask(door.port)).status == 200
            finally:
                await second.close()

    run(story())


def test_adoption_upon_adoption(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            await haproxy.close()
            for servers in ((two,), (one, two), (one,)):
                engine = another(place)
                extra = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
                before = pid_of(place)
                await engine.sweep({"lb-1"})
                await engine.apply(balancer(door, group(*servers)))
                assert pid_of(place) == before
                heard = {(await ask(door.port)).asked["server"] for _ in range(4)}
                assert heard == {each.name for each in servers}
                await engine.close()
                extra.close()

    run(story())


async def _busy(engine: HaproxyEngine) -> bool:
    return any(each.active for each in (await seen(engine)).servers)


def test_when_both_are_killed_the_next_sweep_starts_it(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            known = Folder(place, "lb-1").load()
            assert known is not None
            await haproxy.close()
            os.kill(pid_of(place), signal.SIGKILL)
            await eventually(lambda: _ended(known.process))
            second = another(place)
            try:
                await second.sweep({"lb-1"})
                assert (await ask(door.port)).asked["server"] == "one"
            finally:
                await second.close()

    run(story())


def test_a_process_that_nobody_knows_is_ended(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        await haproxy.apply(balancer(listener(free_port()), group()))
        folder = Folder(place, "lb-1")
        known = folder.load()
        assert known is not None
        await haproxy.close()
        # As if the object had been killed before it could note the process down.
        (folder.path / "run.json").unlink()
        second = another(place)
        await second.sweep({"lb-1"})
        await eventually(lambda: _ended(known.process))
        assert list(place.iterdir()) == []
        await second.close()

    run(story())


async def _ended(process: object) -> bool:
    return not alive(process)  # type: ignore[arg-type]


def test_nothing_is_left_of_what_is_removed(haproxy: HaproxyEngine, run: Run, place: Path) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            slow = asyncio.ensure_future(ask(door.port, "/slow/0.3"))
            await eventually(lambda: _busy(haproxy))
            await haproxy.remove("lb-1")
            assert await haproxy.observe("lb-1") is None
            await eventually(lambda: _refused(door.port))
            assert (await slow).status == 200
            await eventually(lambda: _empty(place))
            assert await asyncio.to_thread(marked, MARK, f"{place}/") == []
            # What is gone may be removed once more.
            await haproxy.remove("lb-1")
            assert await _empty(place)
            # The same name and port may come again at once.
            for _ in range(3):
                await haproxy.apply(balancer(door, group(one)))
                assert (await ask(door.port)).status == 200
                await haproxy.remove("lb-1")

    run(story())


async def _refused(port: int) -> bool:
    try:
        await ask(port)
    except OSError:
        return True
    return False


async def _empty(place: Path) -> bool:
    return not any(place.iterdir())


def test_what_haproxy_refuses_changes_nothing(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            broken = Rule(
                id="r", conditions=(Condition(kind="path", values=("~(",)),), actions=(Respond(status=200),)
            )
            for each in (
                balancer(listener(door.port, rules=(broken,)), group(one)),
                balancer(listener(free_port(), rules=(broken,)), group(one), name="lb-2"),
            ):
                with pytest.raises(BalancerError, match=r"regular|regex"):
                    await haproxy.apply(each)
            assert await haproxy.balancers() == ["lb-1"]
            assert (await ask(door.port)).status == 200
            await haproxy.apply(balancer(door, group(one)))
            assert (await ask(door.port)).status == 200

    run(story())


def test_states_outlive_a_reload(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "down") as (one, down):
            await down.close()
            port = free_port()
            check = Check(interval=30.0, rise=1)
            await haproxy.apply(balancer(listener(port), group(one, down, check=check)))
            await in_state(haproxy, one="up", down="down")
            await haproxy.apply(balancer(listener(port, gzip=True), group(one, down, check=check)))
            states = {each.id: each.state for each in (await seen(haproxy)).servers}
            assert states == {"one": "up", "down": "down"}
            await down.open()

    run(story())


def test_a_port_that_is_taken_is_named(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        other = listener(free_port())
        async with taken, origins("one") as (one,):
            reached = await haproxy.apply(balancer((listener(port), other), group(one)))
            assert [number for number, _ in reached[0].closed] == [port]
            assert "in use" in reached[0].closed[0][1]
            assert (await ask(other.port)).status == 200
        await taken.wait_closed()
        reached = await haproxy.apply(balancer((listener(port), other), group(one)))
        assert reached[0].closed == ()

    run(story())
