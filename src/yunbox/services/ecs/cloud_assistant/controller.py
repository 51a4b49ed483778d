"""The Cloud Assistant controller: runs commands in instances and puts files there, as was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from yunbox.control.clock import Clock
from yunbox.control.store import Store, View
from yunbox.control.store_resource import Ref
from yunbox.engines.compute.interface import Compute
from yunbox.services.ecs.cloud_assistant.deliveries import Deliveries
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    FileTarget,
    Target,
    invocation_of,
    target_id,
)
from yunbox.services.ecs.cloud_assistant.runs import Runs
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.keeper import Keeper

_COMMAND, _FILE = "t-", "f-"


class CloudAssistantController(Keeper):
    """Brings every target of an invocation or a delivery to its end.

    The engine keeps an execution under the invocation's id until its outcome is stored, so that none is run twice
    and none is forgotten, whenever this is killed.
    """

    name = "ecs-cloud-assistant"
    watched = (Target, FileTarget, Instance)
    at_once = 8
    drift_seconds = 60.0

    def __init__(self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None]) -> None:
        super().__init__(store, compute, clock, log)
        self._runs = Runs(store, compute, clock, self.write)
        self._deliveries = Deliveries(store, compute, clock, self.write)
        self._active: dict[str, set[str]] = {}

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all targets that have not ended."""
        self._active = {}
        targets: list[Target | FileTarget] = [*view.find(Target), *view.find(FileTarget)]
        for each in targets:
            if each.status in ACTIVE:
                self._active.setdefault(each.name, set()).add(each.id)
        return [id_ for ids in self._active.values() for id_ in sorted(ids)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the target, or those of the instance."""
        if ref.kind == Instance.kind:
            return sorted(self._active.get(ref.id, ()))
        target = _target(view, ref.id)
        instance = ref.id.partition(":")[2]
        if target is None or target.status not in ACTIVE:
            self._active.get(instance, set()).discard(ref.id)
            if not self._active.get(instance, True):
                del self._active[instance]
            return ()
        self._active.setdefault(instance, set()).add(ref.id)
        return (ref.id,)

    async def reconcile(self, id_: str) -> float | None:
        """Bring one target on."""
        if id_.startswith(_FILE):
            return await self._deliveries.reconcile(id_)
        return await self._runs.reconcile(id_)

    async def find_drift(self) -> Iterable[str]:
        """Drop what the engine keeps of executions whose outcome is stored: a kill may have come in between."""
        for sandbox in await self.compute.sandboxes():
            for execution in await self.compute.executions(sandbox.id):
                if execution.id.startswith((_COMMAND, _FILE)) and self._is_stored(sandbox.id, execution.id):
                    await self.compute.forget_execution(sandbox.id, execution.id)
        return ()

    def _is_stored(self, sandbox: str, execution: str) -> bool:
        invocation, run = invocation_of(execution)
        with self.store.read() as view:
            target = _target(view, target_id(invocation, sandbox))
        if target is None or target.status not in ACTIVE:
            return True
        return isinstance(target, Target) and target.run > run


def _target(view: View, id_: str) -> Target | FileTarget | None:
    return view.get(FileTarget, id_) if id_.startswith(_FILE) else view.get(Target, id_)
