"""Files on their way into instances. Every step may be the last one before a kill."""

from __future__ import annotations

import hashlib

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Change, Store
from yunbox.engines.compute.errors import ComputeError, NoSandboxError, NotRunningError, PathTakenError
from yunbox.engines.compute.interface import Command, Compute, File
from yunbox.services.ecs.cloud_assistant.files import path_of
from yunbox.services.ecs.cloud_assistant.model import ACTIVE, Delivery, FileTarget, overall_status
from yunbox.services.ecs.cloud_assistant.runs import RETRY_SECONDS, Write
from yunbox.services.ecs.cloud_assistant.script import NOT_RUNNING, RELEASED, SUCCESS, UNDELIVERED, Outcome
from yunbox.services.ecs.instances.model import Instance

_TAKEN = Outcome(status="Failed", error_code="FileAlreadyExists", error_info="File already exists")
_NO_OWNER = Outcome(status="Failed", error_code="AccountNotExists", error_info="Owner not exists")
_NO_GROUP = Outcome(status="Failed", error_code="UserGroupNotExists", error_info="Group not exists")
_FAILED = Outcome(status="Failed", error_code="FileCreateFail", error_info="Unexpected error during creating")
_SAME = '[ "$(sha256sum < "$1" | cut -c 1-64)" = "$2" ]'


class Deliveries:
    """Writes files into instances, each once."""

    def __init__(self, store: Store, compute: Compute, clock: Clock, write: Write[None]) -> None:
        self._store = store
        self._compute = compute
        self._clock = clock
        self._write = write

    async def reconcile(self, id_: str) -> float | None:
        """Bring one target on; return in how many seconds to be called again, if at all."""
        with self._store.read() as view:
            target = view.get(FileTarget, id_)
            delivery = view.get(Delivery, target.parent) if target is not None else None
            instance = view.get(Instance, target.name) if target is not None else None
        if target is None or delivery is None or target.status not in ACTIVE:
            return None
        if instance is None or instance.desired == "Deleted":
            await self._finish(target, RELEASED)
        elif instance.status in ("Stopped", "Stopping"):
            await self._finish(target, NOT_RUNNING)
        elif self._clock.now() - target.created > delivery.timeout:
            await self._finish(target, UNDELIVERED)
        elif instance.status != "Running":
            return RETRY_SECONDS
        else:
            return await self._send(target, delivery)
        return None

    async def _send(self, target: FileTarget, delivery: Delivery) -> float | None:
        again = target.status == "Running"
        if not again:
            await self._write(lambda change: _say_running(change, target.id, self._clock.now()))
        path = path_of(delivery.target_dir, delivery.name)
        file = File(
            path=path,
            data=delivery.content,
            mode=int(delivery.mode, 8),
            owner=f"{delivery.owner}:{delivery.group}",
        )
        try:
            await self._compute.write_file(target.name, file, overwrite=delivery.overwrite)
            outcome: Outcome | None = SUCCESS
        except (NotRunningError, NoSandboxError):
            return RETRY_SECONDS
        except PathTakenError:
            outcome = await self._is_ours(target, path, delivery.content) if again else _TAKEN
        except (ComputeError, ValueError) as error:
            outcome = _outcome_of(str(error))
        if outcome is None:
            return RETRY_SECONDS
        await self._finish(target, outcome)
        await self._compute.forget_execution(target.name, target.parent)
        return None

    async def _is_ours(self, target: FileTarget, path: str, content: bytes) -> Outcome | None:
        """Tell, after a kill, whether the file that stands there is the one that was sent; None: ask again.

        A delivery that was begun before may have written it and not lived to say so.
        """
        digest = hashlib.sha256(content).hexdigest()
        order = Command(argv=("/bin/sh", "-c", _SAME, "sh", path, digest), cwd="/", timeout=10.0)
        await self._compute.execute(target.name, target.parent, order)
        found = await self._compute.find_execution(target.name, target.parent)
        if found is None or not found.finished:
            return None
        return SUCCESS if found.end == "exited" and found.exit_code == 0 else _TAKEN

    async def _finish(self, target: FileTarget, outcome: Outcome) -> None:
        now = self._clock.now()
        await self._write(lambda change: _finish(change, target.id, outcome, now))


def _outcome_of(error: str) -> Outcome:
    if "no user" in error:
        return _NO_OWNER
    if "no group" in error:
        return _NO_GROUP
    return msgspec.structs.replace(_FAILED, error_info=f"{_FAILED.error_info}: {error[:500]}")


def _say_running(change: Change, id_: str, now: float) -> None:
    target = change.get(FileTarget, id_)
    if target is not None and target.status == "Pending":
        running = msgspec.structs.replace(target, status="Running", began=now, updated=now)
        _sum_up(change, change.replace(running))


def _finish(change: Change, id_: str, outcome: Outcome, now: float) -> None:
    target = change.get(FileTarget, id_)
    if target is None or target.status not in ACTIVE:
        return
    ended = msgspec.structs.replace(
        target,
        status=outcome.status,
        error_code=outcome.error_code,
        error_info=outcome.error_info,
        ended=now,
        updated=now,
    )
    _sum_up(change, change.replace(ended))


def _sum_up(change: Change, target: FileTarget) -> None:
    delivery = change.get(Delivery, target.parent)
    if delivery is None:
        return
    status = overall_status([each.status for each in change.find(FileTarget, parent=delivery.id)])
    if status != delivery.status:
        change.replace(msgspec.structs.replace(delivery, status=status))
