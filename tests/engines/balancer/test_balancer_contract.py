"""What every balancer engine promises."""

from __future__ import annotations

import msgspec
import pytest
from balancing import Run, balancer, free_port, group, in_state, listener, origins, seen

from yunbox.engines.balancer.errors import NoBalancerError
from yunbox.engines.balancer.interface import (
    Backend,
    BalancerEngine,
    Certificate,
    Check,
    Forward,
    Place,
    Queue,
    Server,
    SetHeader,
)

ONE = Server(id="one", address="127.0.0.1", port=9)


def test_a_balancer_comes_changes_and_goes(engine: BalancerEngine, run: Run) -> None:
    async def story() -> None:
        assert await engine.observe("lb-1") is None
        assert await engine.balancers() == []
        async with origins("one", "two") as (one, two):
            door = listener(free_port())
            for _ in range(2):
                reached = await engine.apply(balancer(door, group(one)))
                assert [(each.address, each.host, each.reason) for each in reached] == [
                    ("127.0.0.1", "127.0.0.1", "")
                ]
            assert await engine.balancers() == ["lb-1"]
            await in_state(engine, one="unchecked")
            found = await engine.observe("lb-1")
            assert found is not None
            assert [each.id for each in found.listeners] == [door.id]
            assert found.since > 0
            await engine.apply(balancer(door, group(one, two, check=Check())))
            await in_state(engine, one="up", two="up")
            await engine.apply(balancer(door, group(two, check=Check()), group(name="h")))
            await in_state(engine, two="up")
            assert (await seen(engine, "h")).servers == ()
            for _ in range(2):
                await engine.remove("lb-1")
                assert await engine.observe("lb-1") is None
            assert await engine.balancers() == []

    run(story())


def test_weights_are_kept(engine: BalancerEngine, run: Run) -> None:
    async def story() -> None:
        door = listener(free_port())
        for weight in (10, 0, 256):
            await engine.apply(balancer(door, group(msgspec.structs.replace(ONE, weight=weight))))
            assert [each.weight for each in (await seen(engine)).servers] == [weight]

    run(story())


def test_a_server_moves_to_another_address(engine: BalancerEngine, run: Run) -> None:
    async def story() -> None:
        door = listener(free_port())
        await engine.apply(balancer(door, group(ONE)))
        await engine.apply(balancer(door, group(msgspec.structs.replace(ONE, port=10))))
        await in_state(engine, one="unchecked")

    run(story())


def test_limits_are_of_balancers_that_run(engine: BalancerEngine, run: Run) -> None:
    async def story() -> None:
        with pytest.raises(NoBalancerError):
            await engine.limit("lb-1", "g", 3)
        await engine.apply(balancer(listener(free_port()), group(ONE, queue=Queue(per_server=2))))
        await engine.limit("lb-1", "g", 3)
        await engine.limit("lb-1", "g", 0)
        with pytest.raises(NoBalancerError):
            await engine.limit("lb-1", "h", 3)

    run(story())


def test_a_sweep_removes_what_is_not_known(engine: BalancerEngine, run: Run) -> None:
    async def story() -> None:
        for each in ("lb-1", "lb-2"):
            await engine.apply(balancer(listener(free_port()), group(ONE), name=each))
        assert await engine.balancers() == ["lb-1", "lb-2"]
        await engine.sweep({"lb-2", "lb-3"})
        assert await engine.balancers() == ["lb-2"]
        await engine.power_off()
        assert await engine.balancers() == []

    run(story())


def test_a_specification_that_contradicts_itself_is_refused(engine: BalancerEngine, run: Run) -> None:
    door = listener(8080)
    certificate = Certificate(id="c", chain="", key="")
    wrong = (
        balancer(door, group(), name="-lb"),
        balancer(door, group(), name="a/b"),
        balancer(door),
        balancer((door, door), group()),
        balancer(door, group(), group()),
        balancer(door, group(ONE, ONE)),
        balancer(door, group(msgspec.structs.replace(ONE, address="host"))),
        balancer(door, group(msgspec.structs.replace(ONE, port=0))),
        balancer(door, group(msgspec.structs.replace(ONE, weight=257))),
        balancer(listener(70000), group()),
        balancer(listener(8080, protocol="https"), group()),
        balancer(listener(8080, protocol="tcp"), group()),
        balancer(door, group(protocol="tcp")),
        balancer(listener(8080, protocol="tls", certificates=(certificate,)), Backend(id="g")),
        balancer(listener(8080, default=(Forward(backends=(("g", -1),)),)), group()),
        balancer(listener(8080, default=(SetHeader(name="a b", value=""),)), group()),
        balancer(listener(8080, default=(SetHeader(name="a", value="b\nc: d"),)), group()),
        msgspec.structs.replace(balancer(door, group()), places=(Place(address="a"),)),
    )

    async def story() -> None:
        for each in wrong:
            with pytest.raises(ValueError):
                await engine.apply(each)
            with pytest.raises(ValueError):
                await engine.observe("a b")
        assert await engine.balancers() == []

    run(story())
