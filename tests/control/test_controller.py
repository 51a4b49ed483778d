from __future__ import annotations

import asyncio

import pytest

from yunbox.control import controller
from yunbox.control.controller import Every, run_until


async def _until(stop: asyncio.Event, *controllers: controller.Controller) -> list[str]:
    said: list[str] = []
    async with asyncio.timeout(20):
        await run_until(stop, controllers, said.append)
    return said


def test_a_failing_controller_is_tried_again_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "FIRST_RETRY_SECONDS", 0.001)
    stop = asyncio.Event()
    calls = {"failing": 0, "other": 0}

    async def failing() -> None:
        calls["failing"] += 1
        if calls["failing"] < 4:
            raise OSError("disk on fire")

    async def other() -> None:
        calls["other"] += 1
        if calls["failing"] >= 4 and calls["other"] >= 3:
            stop.set()

    said = asyncio.run(_until(stop, Every("failing", 0.001, failing), Every("other", 0.001, other)))
    assert len(said) == 3
    assert "controller failing failed (OSError: disk on fire)" in said[0]
    assert [each.split("; ")[1] for each in said] == [
        "again in 0.001 s",
        "again in 0.002 s",
        "again in 0.004 s",
    ]


def test_the_first_turn_may_wait() -> None:
    async def body() -> list[float]:
        async def run() -> None:
            calls.append(1)

        calls: list[int] = []
        every = Every("x", 7.0, run, first=3.0)
        waits = [await every.turn(), await every.turn()]
        assert calls == [1]
        return waits

    assert asyncio.run(body()) == [3.0, 7.0]


def test_a_turn_under_way_is_finished() -> None:
    finished = []

    async def body() -> None:
        stop = asyncio.Event()

        async def slow() -> None:
            stop.set()
            await asyncio.sleep(0.05)
            finished.append(True)

        await _until(stop, Every("slow", 1.0, slow))

    asyncio.run(body())
    assert finished == [True]


def test_a_turn_that_does_not_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "STOP_SECONDS", 0.01)

    async def body() -> None:
        stop = asyncio.Event()

        async def endless() -> None:
            stop.set()
            await asyncio.Event().wait()

        await _until(stop, Every("endless", 1.0, endless))

    asyncio.run(body())
