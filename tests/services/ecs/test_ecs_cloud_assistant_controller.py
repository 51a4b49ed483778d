"""The Cloud Assistant controller in memory: killed before and after each of its steps, it runs nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import pytest
from ecs_in_memory import MemoryCloud

from yunbox.control.store import Change, View
from yunbox.engines.compute.interface import Command, Execution, File, SandboxSpec
from yunbox.services.ecs.cloud_assistant import retention
from yunbox.services.ecs.cloud_assistant.controller import CloudAssistantController
from yunbox.services.ecs.cloud_assistant.files import SendFile, send_file
from yunbox.services.ecs.cloud_assistant.invoke import (
    RunCommand,
    StopInvocation,
    run_command,
    stop_invocation,
)
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    FileTarget,
    Invocation,
    Output,
    PastRun,
    Target,
    output_of,
    target_id,
)
from yunbox.services.ecs.instances.lifecycle import (
    DeleteInstance,
    RebootInstance,
    StopInstance,
    delete_instance,
    reboot_instance,
    stop_instance,
)


class KilledError(Exception):
    """The process would have ended here."""


class Fate:
    """Counts the steps of a controller, and ends it before or after one of them, or before a call named `fatal`."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at = at
        self.after = after
        self.fatal = ""
        self.steps = 0
        self.dead = False

    def begin(self, name: str = "") -> None:
        """Begin a step, unless it is the last one or the process is dead."""
        self.steps += 1
        self.dead = self.dead or (self.steps == self.at and not self.after)
        self.dead = self.dead or (self.fatal != "" and name == self.fatal)
        if self.dead:
            raise KilledError

    def end(self) -> None:
        """End a step."""
        if self.steps == self.at and self.after:
            self.dead = True
        if self.dead:
            raise KilledError


class MortalStore:
    """A store whose user may be killed when it writes."""

    def __init__(self, store: Any, fate: Fate) -> None:
        self._store = store
        self._fate = fate
        self.generation = store.generation

    def read(self) -> Any:
        """Read."""
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[Change]:
        """Write, if it lives to."""
        self._fate.begin()
        with self._store.write() as change:
            yield change
        self._fate.end()


class MortalCompute:
    """An engine whose user may be killed when it asks for something."""

    def __init__(self, compute: Any, fate: Fate) -> None:
        self._compute = compute
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._compute, name)

        async def step(*arguments: Any, **named: Any) -> Any:
            self._fate.begin(name)
            result = await method(*arguments, **named)
            self._fate.end()
            return result

        return step


class AssistedCloud(MemoryCloud):
    """A cloud in memory with the Cloud Assistant; `begun` are the executions that were really begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.fate = Fate(0, after=False)
        self.ends = True
        super().__init__()
        self.compute.script = self._script
        execute = self.compute.execute

        async def counted(sandbox: str, execution: str, command: Command) -> None:
            if await self.compute.find_execution(sandbox, execution) is None:
                self.begun.append(execution)
            await execute(sandbox, execution, command)

        self.compute.execute = counted  # type: ignore[method-assign]

    def _script(self, spec: SandboxSpec, command: Command) -> Execution | None:
        del spec
        if not self.ends and not command.argv[-1].startswith(" sha"):
            return None
        return Execution(id="", started_at=0.0, end="exited", exit_code=0, output=command.stdin)

    def begin(self) -> None:
        """Have new controllers."""
        super().begin()
        store, compute = MortalStore(self.store, self.fate), MortalCompute(self.compute, self.fate)
        assistant = CloudAssistantController(
            cast(Any, store), cast(Any, compute), self.clock, self.log.append
        )
        self.controllers.append(cast(Any, assistant))

    async def die_at(self, at: int, *, after: bool) -> None:
        """Have a Cloud Assistant controller that is killed at a step."""
        await self.kill()
        self.fate = Fate(at, after=after)
        self.begin()

    async def turn(self) -> None:
        """Let each controller have a turn; what a kill breaks off in the midst of one is not told to anyone."""
        self.clock.advance(0.01)
        with suppress(KilledError):
            await super().turn()
        await asyncio.sleep(0)

    async def work(self, holds: Callable[[], bool]) -> None:
        """Let the controllers work until something holds or the Cloud Assistant is killed."""
        await self.until(lambda: self.fate.dead or holds())

    async def rise(self) -> None:
        """Start the controllers again, immortal."""
        await self.die_at(0, after=False)

    def get(self, type_: type[Any], id_: str) -> Any:
        """Return something stored."""
        with self.store.read() as view:
            return view.get(type_, id_)

    def look(self, work: Callable[[View], Any]) -> Any:
        """Return what a look into the store tells."""
        with self.store.read() as view:
            return work(view)

    def command(self, instance: str, content: str = "hello", **parameters: Any) -> str:
        """Call RunCommand; return the invocation's id."""
        request = RunCommand(
            type="RunShellScript", command_content=content, instance_id=[instance], **parameters
        )
        return str(self.do(run_command, request).invoke_id)

    async def server(self) -> str:
        """Return an instance that runs."""
        (id_,) = self.run(*self.network())
        await self.until(lambda: self.status(id_) == "Running")
        return id_


def in_memory(test: Callable[[AssistedCloud], Awaitable[None]]) -> None:
    """Run a test on a cloud in memory, and end its controllers."""

    async def body() -> None:
        cloud = AssistedCloud()
        try:
            await test(cloud)
        finally:
            await cloud.kill()

    asyncio.run(body())


STEPS = range(1, 9)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", STEPS)
def test_a_command_runs_once_wherever_a_kill_falls(at: int, after: bool) -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        await cloud.die_at(at, after=after)
        invoke_id = cloud.command(id_)
        target = target_id(invoke_id, id_)

        def ended() -> bool:
            return cloud.get(Target, target).status not in ACTIVE

        await cloud.work(ended)
        await cloud.idle()
        await cloud.rise()
        await cloud.until(ended)
        found = cloud.get(Target, target)
        assert (found.status, found.exit_code, found.repeats) == ("Success", 0, 1)
        assert cloud.look(lambda view: output_of(view, target)) == b"hello"
        assert cloud.get(Invocation, invoke_id).status == "Success"
        assert cloud.begun == [invoke_id]
        await cloud.idle()
        assert await cloud.compute.executions(id_) == []

    in_memory(test)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", STEPS)
def test_a_stop_is_done_wherever_a_kill_falls(at: int, after: bool) -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        cloud.ends = False
        invoke_id = cloud.command(id_)
        target = target_id(invoke_id, id_)
        await cloud.until(lambda: cloud.get(Target, target).status == "Running")
        await cloud.die_at(at, after=after)
        cloud.do(stop_invocation, StopInvocation(invoke_id=invoke_id))
        assert cloud.get(Invocation, invoke_id).status == "Stopping"
        await cloud.work(lambda: cloud.get(Target, target).status not in ACTIVE)
        await cloud.idle()
        await cloud.rise()
        await cloud.until(lambda: cloud.get(Target, target).status not in ACTIVE)
        assert cloud.get(Target, target).status == "Terminated"
        assert cloud.get(Invocation, invoke_id).status == "Stopped"
        assert cloud.begun == [invoke_id]
        await cloud.idle()
        assert await cloud.compute.executions(id_) == []

    in_memory(test)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", STEPS)
def test_a_file_arrives_wherever_a_kill_falls(at: int, after: bool) -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        await cloud.die_at(at, after=after)
        request = SendFile(name="note", target_dir="/srv", content="text", instance_id=[id_])
        target = target_id(cloud.do(send_file, request).invoke_id, id_)
        await cloud.work(lambda: cloud.get(FileTarget, target).status not in ACTIVE)
        await cloud.idle()
        await cloud.rise()
        await cloud.until(lambda: cloud.get(FileTarget, target).status not in ACTIVE)
        assert cloud.get(FileTarget, target).status == "Success"
        await cloud.idle()
        assert await cloud.compute.executions(id_) == []

    in_memory(test)


def test_another_ones_file_is_not_taken_for_ours_after_a_kill() -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        cloud.compute.script = lambda spec, command: Execution(
            id="", started_at=0.0, end="exited", exit_code=1
        )
        await cloud.compute.write_file(id_, File(path="/srv/note", data=b"another"))
        await cloud.die_at(0, after=False)
        cloud.fate.fatal = "write_file"
        request = SendFile(name="note", target_dir="/srv", content="text", instance_id=[id_])
        target = target_id(cloud.do(send_file, request).invoke_id, id_)
        await cloud.work(lambda: False)
        assert cloud.get(FileTarget, target).status == "Running"
        await cloud.rise()
        await cloud.until(lambda: cloud.get(FileTarget, target).status not in ACTIVE)
        assert cloud.get(FileTarget, target).error_code == "FileAlreadyExists"

    in_memory(test)


def test_a_command_that_vanished_was_interrupted_and_does_not_run_again() -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        cloud.ends = False
        invoke_id = cloud.command(id_)
        target = target_id(invoke_id, id_)
        await cloud.until(lambda: cloud.get(Target, target).status == "Running")
        await cloud.compute.forget_execution(id_, invoke_id)
        await cloud.rise()
        await cloud.until(lambda: cloud.get(Target, target).status not in ACTIVE)
        found = cloud.get(Target, target)
        assert (found.status, found.error_code) == ("Error", "ExecutionInterrupted")
        assert cloud.begun == [invoke_id]

    in_memory(test)


def test_it_waits_a_minute_for_an_instance_that_does_not_come_up() -> None:
    async def test(cloud: AssistedCloud) -> None:
        (id_,) = cloud.run(*cloud.network())
        assistant = cloud.controllers[-1:]
        cloud.controllers[-1:] = []
        hidden, cloud.controllers = cloud.controllers, assistant
        invoke_id = cloud.command(id_)
        target = target_id(invoke_id, id_)
        await cloud.idle()
        assert cloud.get(Target, target).status == "Pending"
        cloud.clock.advance(61.0)
        await cloud.until(lambda: cloud.get(Target, target).status not in ACTIVE)
        found = cloud.get(Target, target)
        assert (found.status, found.error_code) == ("Aborted", "DeliveryTimeout")
        assert cloud.begun == []
        cloud.controllers = [*hidden, *assistant]

    in_memory(test)


def test_a_rate_is_kept_and_a_stopped_instance_passed_over() -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        invoke_id = cloud.command(id_, frequency="rate(5m)")
        target = target_id(invoke_id, id_)
        start = cloud.get(Target, target).created

        async def after(seconds: float) -> Any:
            cloud.clock.advance(start + seconds - cloud.clock.now())
            await cloud.idle()
            return cloud.get(Target, target)

        assert (await after(299.0)).repeats == 0
        found = await after(300.5)
        assert (found.status, found.repeats, found.due) == ("Scheduled", 1, start + 600)
        cloud.do(stop_instance, StopInstance(instance_id=id_, force_stop=True))
        await cloud.until(lambda: cloud.status(id_) == "Stopped")
        found = await after(600.5)
        assert (found.status, found.repeats, found.due) == ("Scheduled", 1, start + 900)
        assert cloud.look(lambda view: view.count(PastRun, parent=invoke_id)) == 1
        assert cloud.begun == [invoke_id]

    in_memory(test)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 12))
def test_a_repeated_command_runs_once_a_boot_wherever_a_kill_falls(at: int, after: bool) -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        invoke_id = cloud.command(id_, repeat_mode="EveryReboot")
        target = target_id(invoke_id, id_)
        await cloud.idle()
        await cloud.die_at(at, after=after)
        for times in (1, 2):
            cloud.clock.advance(5.0)
            cloud.do(reboot_instance, RebootInstance(instance_id=id_, force_stop=True))
            boot = cloud.instance(id_).boot  # type: ignore[union-attr]
            await cloud.until(lambda boot=boot: cloud.instance(id_).booted == boot)  # type: ignore[misc, union-attr]

            def done(times: int = times) -> bool:
                found = cloud.get(Target, target)
                return found.status == "Scheduled" and found.repeats == times

            await cloud.work(done)
            await cloud.idle()
            await cloud.rise()
            await cloud.until(done)
        assert cloud.begun == [invoke_id, f"{invoke_id}-2"]
        assert cloud.look(lambda view: view.count(PastRun, parent=invoke_id)) == 2

    in_memory(test)


def test_what_waits_for_a_released_instance_ends() -> None:
    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()
        invoke_id = cloud.command(id_, repeat_mode="NextRebootOnly")
        target = target_id(invoke_id, id_)
        await cloud.idle()
        cloud.do(delete_instance, DeleteInstance(instance_id=id_, force=True))
        await cloud.until(lambda: cloud.get(Target, target).status not in ACTIVE)
        found = cloud.get(Target, target)
        assert (found.status, found.error_code, found.repeats) == ("Aborted", "InstanceReleased", 0)

    in_memory(test)


def test_old_results_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "KEPT_RESULTS", 3)

    async def test(cloud: AssistedCloud) -> None:
        id_ = await cloud.server()

        async def ran() -> str:
            invoke_id = cloud.command(id_)
            await cloud.until(lambda: cloud.get(Invocation, invoke_id).status == "Success")
            return invoke_id

        waiting = cloud.command(id_, repeat_mode="NextRebootOnly")
        made = [await ran() for _ in range(4)]
        kept = [each.id for each in cloud.look(lambda view: view.find(Invocation))]
        assert kept == [waiting, *made[-2:]]
        assert cloud.look(lambda view: (view.count(Target), view.count(Output))) == (3, 2)
        cloud.clock.advance(retention.KEPT_SECONDS + 1)
        newest = await ran()
        assert [each.id for each in cloud.look(lambda view: view.find(Invocation))] == [waiting, newest]

    in_memory(test)
