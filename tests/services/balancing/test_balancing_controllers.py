"""The controllers of balancers and of their servers, on the engine's twin in memory."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import wraps

import msgspec
import pytest
from services.balancing.balancing_in_memory import BalancedCloud

from yunbox.api.shapes import Tag
from yunbox.api.tagging import TagResources
from yunbox.engines.balancer.interface import Backend, Queue, Seen
from yunbox.services.balancing.sources import settings_of
from yunbox.services.ecs.instances.lifecycle import DeleteInstance, delete_instance
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.slb.groups.default import RemoveBackendServers, remove_backend_servers
from yunbox.services.slb.listeners.life import (
    DeleteLoadBalancerListener,
    StopLoadBalancerListener,
    delete_listener,
    stop_listener,
)
from yunbox.services.slb.load_balancers.create import (
    CreateLoadBalancer,
    DeleteLoadBalancer,
    create_load_balancer,
    delete_load_balancer,
)
from yunbox.services.slb.product import slb


def lived(test: Callable[[BalancedCloud], Awaitable[None]]) -> Callable[[], None]:
    """Run a test on a cloud of its own."""

    @wraps(test)
    def run() -> None:
        async def live() -> None:
            cloud = BalancedCloud()
            try:
                await test(cloud)
            finally:
                await cloud.kill()

        asyncio.run(live())

    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def remove(cloud: BalancedCloud, balancer: str, server: str) -> None:
    cloud.slb(
        remove_backend_servers,
        RemoveBackendServers(load_balancer_id=balancer, backend_servers=f'["{server}"]'),
    )


@lived
async def test_what_came_and_went_before_anybody_looked_is_done(cloud: BalancedCloud) -> None:
    balancer, _, _ = await cloud.balanced(count=1)
    await cloud.until(lambda: cloud.balancing.has_done(balancer, revision(cloud)))
    cloud.listen(balancer, 81)
    cloud.slb(delete_listener, DeleteLoadBalancerListener(load_balancer_id=balancer, listener_port=81))
    await cloud.until(lambda: cloud.balancing.has_done(balancer, revision(cloud)))


def revision(cloud: BalancedCloud) -> int:
    with cloud.store.read() as view:
        return view.revision


@lived
async def test_a_balancer_runs_as_it_is_stored(cloud: BalancedCloud) -> None:
    balancer, listener, ids = await cloud.balanced()
    spec = cloud.engine.spec(balancer)
    assert [(each.port, each.protocol) for each in spec.listeners] == [(80, "http")]
    assert {each.id for each in spec.backends[0].servers} == {f"{each}:8080" for each in ids}
    await cloud.until(lambda: cloud.members(balancer) == dict.fromkeys(ids, "Available"))
    assert cloud.health(balancer) == dict.fromkeys(ids, "up")
    assert (reached := cloud.reached(balancer)) is not None
    assert reached.listening == (80,)
    assert any(f"balancer {balancer} listens at {spec.places[0].address}:80" in each for each in cloud.log)
    cloud.engine.set_state(balancer, listener, f"{ids[0]}:8080", "down")
    await cloud.until(lambda: cloud.health(balancer)[ids[0]] == "down")


@lived
async def test_a_server_that_is_taken_out_goes_when_its_last_request_ends(cloud: BalancedCloud) -> None:
    balancer, listener, ids = await cloud.balanced()
    leaving = f"{ids[0]}:8080"
    cloud.engine.set_active(balancer, listener, leaving, 3)
    remove(cloud, balancer, ids[0])
    await cloud.until(lambda: len(cloud.engine.spec(balancer).backends[0].servers) == 1)
    await cloud.idle()
    assert cloud.members(balancer)[ids[0]] == "Removing"
    cloud.engine.set_active(balancer, listener, leaving, 0)
    await cloud.until(lambda: set(cloud.members(balancer)) == {ids[1]})
    await cloud.until(lambda: set(cloud.health(balancer)) == {ids[1]})


@lived
async def test_killed_controllers_finish_a_removal_when_they_are_back(cloud: BalancedCloud) -> None:
    balancer, listener, ids = await cloud.balanced()
    cloud.engine.set_active(balancer, listener, f"{ids[0]}:8080", 1)
    remove(cloud, balancer, ids[0])
    await cloud.kill()
    cloud.begin()
    await cloud.until(lambda: len(cloud.engine.spec(balancer).backends[0].servers) == 1)
    await cloud.idle()
    assert cloud.members(balancer)[ids[0]] == "Removing"
    cloud.engine.set_active(balancer, listener, f"{ids[0]}:8080", 0)
    await cloud.until(lambda: ids[0] not in cloud.members(balancer))


@lived
async def test_a_server_that_comes_back_while_it_is_drained_stays(cloud: BalancedCloud) -> None:
    balancer, listener, ids = await cloud.balanced()
    cloud.engine.set_active(balancer, listener, f"{ids[0]}:8080", 1)
    remove(cloud, balancer, ids[0])
    await cloud.until(lambda: len(cloud.engine.spec(balancer).backends[0].servers) == 1)
    cloud.add(balancer, ids[0])
    await cloud.until(lambda: cloud.members(balancer)[ids[0]] == "Available")
    assert len(cloud.engine.spec(balancer).backends[0].servers) == 2


@lived
async def test_a_deleted_instance_leaves_all_groups(cloud: BalancedCloud) -> None:
    balancer, _, ids = await cloud.balanced()
    cloud.do(delete_instance, DeleteInstance(instance_id=ids[0], force=True))
    await cloud.until(lambda: set(cloud.members(balancer)) == {ids[1]})
    assert [each.id for each in cloud.engine.spec(balancer).backends[0].servers] == [f"{ids[1]}:8080"]


@lived
async def test_a_balancer_whose_process_ends_is_applied_again(cloud: BalancedCloud) -> None:
    balancer, _, _ = await cloud.balanced()
    applied = len(cloud.engine.applied)
    cloud.engine.crash(balancer)
    await cloud.until(lambda: len(cloud.engine.applied) > applied)
    assert any("ended by itself" in each for each in cloud.log)


@lived
async def test_a_balancer_that_cannot_run_says_why_and_is_tried_again(cloud: BalancedCloud) -> None:
    balancer, _, _ = await cloud.balanced()
    cloud.engine.refuse("no ports left")
    cloud.engine.crash(balancer)

    def reason() -> str:
        found = cloud.reached(balancer)
        return found.reason if found else ""

    await cloud.until(lambda: reason() == "no ports left")
    cloud.engine.refuse("")
    await cloud.until(lambda: reason() == "")


@lived
async def test_what_is_stopped_or_deleted_listens_no_more(cloud: BalancedCloud) -> None:
    balancer, _, _ = await cloud.balanced()
    cloud.slb(stop_listener, StopLoadBalancerListener(load_balancer_id=balancer, listener_port=80))

    def listening() -> tuple[int, ...] | None:
        found = cloud.reached(balancer)
        return found.listening if found else None

    await cloud.until(lambda: listening() == ())
    assert await cloud.engine.balancers() == []
    assert cloud.health(balancer) == {}
    cloud.slb(delete_load_balancer, DeleteLoadBalancer(load_balancer_id=balancer))
    await cloud.until(lambda: listening() is None)
    assert cloud.members(balancer) == {}


@lived
async def test_tags_put_a_queue_in_front_of_the_servers(cloud: BalancedCloud) -> None:
    balancer, listener, _ = await cloud.balanced()
    tags = {
        "yunbox:surge-protection": "on",
        "yunbox:queue-seconds": "4",
        "yunbox:per-server": "12",
        "yunbox:slow-start-seconds": "2",
        "yunbox:drain-seconds": "9",
    }
    tagging = TagResources(
        resource_type="instance",
        resource_id=[balancer],
        tag=[Tag(key=key, value=value) for key, value in tags.items()],
    )
    cloud.slb(slb.actions["TagResources"].function, tagging)

    def backend() -> Backend:
        return cloud.engine.spec(balancer).backends[0]

    await cloud.until(lambda: backend().queue == Queue(seconds=4.0, per_server=12))
    assert (backend().slow_start, backend().drain) == (2.0, 9.0)
    assert cloud.engine.per_server(balancer, listener) == 12
    with cloud.store.read() as view:
        settings = settings_of(view, balancer)
    assert settings is not None
    assert (settings.protected, settings.per_server, settings.queue_length) == (True, 12, 10_000)


@lived
async def test_what_hangs_at_one_balancer_holds_up_no_other(cloud: BalancedCloud) -> None:
    balancer, listener, ids = await cloud.balanced()
    observed = cloud.engine.observe

    async def observe(id_: str) -> Seen | None:
        if id_ == hanging:
            await asyncio.Event().wait()
        return await observed(id_)

    hanging = cloud.slb(create_load_balancer, CreateLoadBalancer()).load_balancer_id
    cloud.listen(hanging)
    await cloud.until(lambda: bool((found := cloud.reached(hanging)) and found.listening))
    cloud.engine.observe = observe  # type: ignore[method-assign]
    cloud.engine.set_state(balancer, listener, f"{ids[0]}:8080", "down")
    await cloud.until(lambda: cloud.health(balancer)[ids[0]] == "down")


@lived
async def test_nothing_is_sent_to_another_networks_instance_of_the_same_address(cloud: BalancedCloud) -> None:
    balancer, _, ids = await cloud.balanced()
    with cloud.store.write() as change:
        instance = change.get(Instance, ids[0])
        assert instance is not None
        change.replace(msgspec.structs.replace(instance, unreached="another network was first"))
    await cloud.until(lambda: len(cloud.engine.spec(balancer).backends[0].servers) == 1)
    assert any(
        f"{balancer} sends nothing to {ids[0]}: another network was first" in each for each in cloud.log
    )


@pytest.mark.parametrize("every", [1, 2, 3, 5, 8, 13])
def test_controllers_that_are_killed_again_and_again_arrive_all_the_same(every: int) -> None:
    async def live() -> None:
        cloud = BalancedCloud()
        balancer, listener, ids = await cloud.balanced(3)
        turns = itertools.count(1)
        calm = cloud.turn

        async def turn() -> None:
            await calm()
            if next(turns) % every == 0:
                await cloud.kill()
                cloud.begin()

        cloud.turn = turn  # type: ignore[method-assign]
        cloud.engine.set_active(balancer, listener, f"{ids[0]}:8080", 1)
        remove(cloud, balancer, ids[0])
        cloud.do(delete_instance, DeleteInstance(instance_id=ids[1], force=True))
        await cloud.until(lambda: cloud.members(balancer).get(ids[1], "Removing") == "Removing")
        for _ in range(40):
            await cloud.turn()
        assert cloud.members(balancer)[ids[0]] == "Removing"
        cloud.engine.set_active(balancer, listener, f"{ids[0]}:8080", 0)
        cloud.turn = calm  # type: ignore[method-assign]
        await cloud.until(lambda: cloud.members(balancer) == {ids[2]: "Available"})
        await cloud.kill()

    asyncio.run(live())
