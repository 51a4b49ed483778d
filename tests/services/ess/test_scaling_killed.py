"""Controllers that are killed between any two writes: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ess_in_memory import ScalingCloud

from yunbox.control.store import Change, Store


class Killed(BaseException):
    """The end of the process."""


class Deadly:
    """Kills whoever writes for the `after`-th time: before the write is on disk, or right after it was."""

    def __init__(self, store: Store, after: int, *, written: bool) -> None:
        self._write = store.write
        self._left = after
        self._written = written
        self.struck = False

    @contextmanager
    def write(self) -> Iterator[Change]:
        self._left -= 1
        strike = self._left < 0 and not self.struck
        with self._write() as change:
            before = change.revision
            yield change
            # A transaction that changes nothing tells nothing.
            strike = strike and change.revision != before
            if strike and not self._written:
                self.struck = True
                raise Killed
        if strike:
            self.struck = True
            raise Killed


async def killed_once(after: int, *, written: bool) -> bool:
    """Grow and shrink a group, with the controllers killed once on the way; return whether they were."""
    cloud = ScalingCloud()
    cloud.group()
    cloud.ask(3)
    deadly = Deadly(cloud.store, after, written=written)
    groups = cloud.keepers[0]
    original = cloud.store.write
    most = 0

    def step_in() -> None:
        cloud.store.write = deadly.write  # type: ignore[method-assign]

    def step_out() -> None:
        cloud.store.write = original  # type: ignore[method-assign]

    asked = False
    for _ in range(400):
        step_out()
        await super(ScalingCloud, cloud).turn()
        cloud.balancers.turn()
        cloud.clock.advance(0.3)
        step_in()
        # The group's controller alone is the one that dies.
        try:
            await groups.turn()
            await asyncio.gather(*groups._tasks.values())
        except Killed:
            step_out()
            await cloud.kill()
            cloud.begin()
            cloud.open()
            groups = cloud.keepers[0]
        most = max(most, len(cloud.instances()))
        step_out()
        over = not any(each.is_open for each in cloud.activities())
        if over and cloud.in_service() == 3 and not asked:
            asked = True
            cloud.ask(1)
        elif over and asked and cloud.in_service() == 1 and len(cloud.instances()) == 1:
            break
    else:
        raise AssertionError(f"it does not come true: {cloud.members()} {cloud.log}")
    assert most == 3 and len(cloud.members()) == 1 and len(cloud.balancers.servers()) == 1
    created = [each for activity in cloud.activities() for each in activity.created_instances]
    destroyed = [each for activity in cloud.activities() for each in activity.destroyed_instances]
    assert len(created) == len(set(created)) == 3 and len(destroyed) == len(set(destroyed)) == 2
    await cloud.kill()
    return deadly.struck


@pytest.mark.parametrize("written", [False, True])
def test_controllers_are_killed_at_every_write(written: bool) -> None:
    after = 0
    while asyncio.run(killed_once(after, written=written)):
        after += 1
        assert after < 60
    assert after > 4
