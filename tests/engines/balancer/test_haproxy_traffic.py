"""What HAProxy does with traffic while servers come, go and fail."""

from __future__ import annotations

import asyncio
import time

import msgspec
from balancing import (
    Answer,
    Run,
    ask,
    balancer,
    eventually,
    free_port,
    group,
    in_state,
    listener,
    origins,
    seen,
    server_seen,
)

from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.interface import Check, Queue, Sticky

EAGER = Check(interval=0.1, rise=1, fall=2)


def test_requests_are_shared_by_weight(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            light = msgspec.structs.replace(two.server, weight=50)
            await haproxy.apply(balancer(door, group(one, light)))
            heard = [(await ask(door.port)).asked["server"] for _ in range(9)]
            assert (heard.count("one"), heard.count("two")) == (6, 3)
            found = await seen(haproxy)
            assert found.requests == 9
            assert [each.requests for each in found.servers] == [6, 3]
            assert found.answers == (0, 9, 0, 0, 0)
            await haproxy.apply(balancer(door, group(one, msgspec.structs.replace(light, weight=0))))
            assert {(await ask(door.port)).asked["server"] for _ in range(4)} == {"one"}

    run(story())


def test_a_server_is_asked_before_it_gets_traffic(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "late") as (one, late):
            door = listener(free_port())
            await late.close()
            check = Check(kind="http", path="/ready", interval=60.0, codes=("2xx",))
            await haproxy.apply(balancer(door, group(one, late, check=check)))
            await in_state(haproxy, one="up", late="down")
            assert {(await ask(door.port)).asked["server"] for _ in range(6)} == {"one"}
            await late.open()
            # Asked often until it answers, whatever the interval is.
            await in_state(haproxy, one="up", late="up")
            assert {(await ask(door.port)).asked["server"] for _ in range(2)} == {"one", "late"}
            await late.close()
            # Requests come to a neighbour, and their failing has the server asked at once.
            assert {(await ask(door.port)).asked["server"] for _ in range(20)} == {"one"}
            await in_state(haproxy, one="up", late="down")
            await late.open()

    run(story())


def test_a_server_drains(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            slow = asyncio.ensure_future(ask(door.port, "/slow/0.4"))
            await eventually(lambda: _active(haproxy, "one"))
            await haproxy.apply(balancer(door, group(two)))
            found = await server_seen(haproxy, "one")
            assert found is not None
            assert (found.state, found.active) == ("draining", 1)
            assert {(await ask(door.port)).asked["server"] for _ in range(4)} == {"two"}
            assert (await slow).asked["server"] == "one"
            await in_state(haproxy, two="unchecked")
            # It comes back under its own name.
            await haproxy.apply(balancer(door, group(one, two)))
            await in_state(haproxy, one="unchecked", two="unchecked")
            assert {(await ask(door.port)).asked["server"] for _ in range(2)} == {"one", "two"}

    run(story())


async def _active(haproxy: HaproxyEngine, server: str) -> int:
    found = await server_seen(haproxy, server)
    return found.active if found else 0


def test_draining_ends_with_its_time(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one, two, queue=Queue())))
            slow = [asyncio.ensure_future(ask(door.port, "/slow/20")) for _ in range(2)]
            await eventually(lambda: _active(haproxy, "one"))
            began = time.monotonic()
            await haproxy.apply(balancer(door, group(two, drain=0.3, queue=Queue())))
            await in_state(haproxy, two="unchecked")
            assert 0.2 < time.monotonic() - began < 3.0
            # What is idempotent is tried elsewhere, even then.
            await eventually(lambda: _active_are(haproxy, 2))
            for each in slow:
                each.cancel()

    run(story())


def test_a_drained_server_may_come_back_at_once(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one)))
            slow = asyncio.ensure_future(ask(door.port, "/slow/0.5"))
            await eventually(lambda: _active(haproxy, "one"))
            await haproxy.apply(balancer(door, group()))
            await in_state(haproxy, one="draining")
            # Another server of that name at another place, while the first drains.
            await haproxy.apply(balancer(door, group(msgspec.structs.replace(two.server, id="one"))))
            states = sorted(each.state for each in (await seen(haproxy)).servers)
            assert states == ["draining", "unchecked"]
            assert (await ask(door.port)).asked["server"] == "two"
            assert (await slow).asked["server"] == "one"
            await in_state(haproxy, one="unchecked")

    run(story())


def test_what_is_idempotent_is_tried_again(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            await haproxy.apply(balancer(door, group(one, two, check=EAGER, queue=Queue())))
            await in_state(haproxy, one="up", two="up")
            slow = [asyncio.ensure_future(ask(door.port, "/slow/0.8")) for _ in range(8)]
            slow += [
                asyncio.ensure_future(
                    ask(door.port, "/slow/0.8", method="POST", headers={"Idempotency-Key": "k"})
                )
                for _ in range(4)
            ]
            await eventually(lambda: _active(haproxy, "one"))
            await one.close()
            heard = [(await each).asked["server"] for each in slow]
            assert set(heard) == {"two"}
            assert {(await ask(door.port, method="POST")).asked["server"] for _ in range(4)} == {"two"}
            await one.open()
            await in_state(haproxy, one="up", two="up")
            # What may have been executed is not.
            before = one.deaths + two.deaths
            assert (await ask(door.port, "/die", method="POST")).status == 502
            assert one.deaths + two.deaths == before + 1

    run(story())


def test_requests_are_held_while_there_is_no_server(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            queue = Queue(seconds=5.0, length=40, per_server=2, retry_after=3)
            await haproxy.apply(balancer(door, group(queue=queue)))
            held = [asyncio.ensure_future(ask(door.port)) for _ in range(40)]
            await eventually(lambda: _queued(haproxy, 40))
            refused = await ask(door.port)
            assert (refused.status, refused.headers["retry-after"]) == (503, "3")
            began = time.monotonic()
            await haproxy.apply(balancer(door, group(one, queue=queue)))
            assert {(await each).status for each in held} == {200}
            assert time.monotonic() - began < 1.0
            found = await seen(haproxy)
            assert (found.queued, found.shed, found.active) == (0, 1, 0)

    run(story())


async def _queued(haproxy: HaproxyEngine, count: int) -> bool:
    return (await seen(haproxy)).queued >= count


def test_a_held_request_is_refused_at_its_deadline(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        door = listener(free_port())
        await haproxy.apply(balancer(door, group(queue=Queue(seconds=0.5, retry_after=2))))
        held = [asyncio.ensure_future(_timed(door.port)) for _ in range(3)]
        await asyncio.sleep(0.25)
        # Those that came first leave while these wait on.
        held += [asyncio.ensure_future(_timed(door.port)) for _ in range(3)]
        for each in held:
            answer, took = await each
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            assert 0.4 < took < 0.72
        found = await seen(haproxy)
        assert (found.queued, found.shed) == (0, 6)

    run(story())


async def _timed(port: int) -> tuple[Answer, float]:
    began = time.monotonic()
    return await ask(port), time.monotonic() - began


def test_limits_change_at_run_time(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            wanted = balancer(door, group(one, queue=Queue(per_server=1)))
            await haproxy.apply(wanted)
            slow = [asyncio.ensure_future(ask(door.port, "/slow/0.3")) for _ in range(6)]
            await eventually(lambda: _queued(haproxy, 5))
            await haproxy.limit("lb-1", "g", 3)
            # What is asked for has not changed, so neither does the limit.
            await haproxy.apply(wanted)
            await eventually(lambda: _queued(haproxy, 3))
            assert (await seen(haproxy)).active == 3
            await haproxy.limit("lb-1", "g", 0)
            await eventually(lambda: _active_are(haproxy, 6))
            assert {(await each).status for each in slow} == {200}

    run(story())


async def _active_are(haproxy: HaproxyEngine, count: int) -> bool:
    return (await seen(haproxy)).active == count


def test_a_client_stays_with_its_server(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            for sticky, path in (
                (Sticky(kind="insert", cookie="SERVERID", seconds=60), "/"),
                (Sticky(kind="rewrite", cookie="session"), "/login"),
                (Sticky(kind="source"), "/"),
            ):
                await haproxy.apply(balancer(door, group(one, two, sticky=sticky)))
                first = await ask(door.port, path)
                cookie = first.headers.get("set-cookie", "").partition(";")[0]
                assert bool(cookie) == (sticky.kind != "source")
                headers = {"Cookie": cookie} if cookie else {}
                again = [(await ask(door.port, "/", headers=headers)).asked for _ in range(5)]
                assert {each["server"] for each in again} == {first.asked["server"]}
                if sticky.kind == "rewrite":
                    assert ["cookie", "session=abc"] in again[0]["headers"]

    run(story())


def test_requests_with_the_same_parameter_go_to_the_same_server(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two", "three") as servers:
            door = listener(free_port())
            hashed = group(*servers, algorithm="query", hash_key="user")
            await haproxy.apply(balancer(door, hashed))
            went = {}
            for user in "abcdefgh":
                asked = [(await ask(door.port, f"/?user={user}&n={n}")).asked for n in range(3)]
                (went[user],) = {each["server"] for each in asked}
            assert len(set(went.values())) > 1

    run(story())
