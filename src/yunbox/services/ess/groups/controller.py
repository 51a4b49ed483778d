"""The controller of scaling groups: carries out their activities and keeps what they promise by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from yunbox.api.call import Cloud
from yunbox.control.keeper import Keeper
from yunbox.control.store import View
from yunbox.control.store_resource import Ref, Resource
from yunbox.services.balancing.model import Health
from yunbox.services.balancing.model import Member as Server
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ess.activities.capacity import open_activities
from yunbox.services.ess.activities.carry import Carrier
from yunbox.services.ess.activities.model import ScalingActivity
from yunbox.services.ess.groups import check
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.hooks.model import LifecycleAction
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.refreshes.controller import refresh
from yunbox.services.ess.refreshes.model import InstanceRefresh
from yunbox.services.ess.turn import Turn


class _UnchangedError(Exception):
    """Nothing was written: the transaction is given up."""


class GroupController(Keeper):
    """Looks at one group at a time, in one transaction: so whatever is killed, a turn has happened or has not.

    It calls no engine. Instances are made by Ecs's own functions in that transaction and started by Ecs's own
    controller; servers of balancers are stored rows that the balancing controller applies and drains.
    """

    name: ClassVar[str] = "ess-groups"
    watched = (
        ScalingGroup,
        ScalingActivity,
        Member,
        LifecycleAction,
        InstanceRefresh,
        Instance,
        Server,
        Health,
    )
    at_once = 4
    drift_seconds = 30.0

    def __init__(self, cloud: Cloud, log: Callable[[str], None]) -> None:
        super().__init__(cloud.store, cloud.clock, log)
        self._cloud = cloud

    def all_ids(self, view: View) -> Iterable[str]:
        """Return all groups."""
        return [each.id for each in view.find(ScalingGroup)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the group that a change concerns."""
        if ref.kind == ScalingGroup.kind:
            return () if ref.deleted else (ref.id,)
        parts: dict[str, type[Resource]] = {
            each.kind: each for each in (ScalingActivity, Member, InstanceRefresh)
        }
        if ref.kind in parts:
            found = view.get(parts[ref.kind], ref.id)
            return (found.parent,) if found is not None else ()
        if ref.kind == LifecycleAction.kind:
            action = view.get(LifecycleAction, ref.id)
            return (action.group,) if action is not None else ()
        member = view.get(Member, _instance_of(view, ref))
        return (member.parent,) if member is not None else ()

    async def find_drift(self) -> Iterable[str]:
        """Return all groups: each is looked at now and then."""
        with self.store.read() as view:
            return self.all_ids(view)

    async def reconcile(self, id_: str) -> float | None:
        """Do for one group what there is to do now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._turn_of, id_)

    def _turn_of(self, id_: str) -> float | None:
        turn: Turn | None = None
        try:
            with self.store.write() as change:
                group = change.get(ScalingGroup, id_)
                if group is None:
                    return None
                before = change.revision
                now = self.clock.now()
                turn = Turn(change, self._cloud, group, self._cloud.time.at(now), now)
                look(turn)
                if change.revision == before:
                    raise _UnchangedError
        except _UnchangedError:
            pass
        return turn.again if turn is not None else None


def _instance_of(view: View, ref: Ref) -> str:
    """Return the id of the instance that a change of an instance, a server or its health concerns."""
    if ref.kind == Instance.kind:
        return ref.id
    if ref.kind == Server.kind:
        # The id of a server that is gone still says whose it was.
        return ref.id.split("/")[1] if ref.id.count("/") == 2 else ref.id
    health = view.get(Health, ref.id)
    return health.name if health is not None else ref.id


def look(turn: Turn) -> None:
    """Do for a group what there is to do now: its activities first, then what it checks by itself."""
    carry_all(turn)
    if turn.group.lifecycle == "Deleting":
        check.empty(turn)
    else:
        check.check_health(turn)
        check.check_vanished(turn)
        check.check_lifetime(turn)
        check.check_balancers(turn)
        check.check_capacity(turn)
        check.check_zones(turn)
        check.prune(turn)
        refresh(turn)
    # What was begun just now need not wait for the next turn.
    if any(each.status == "Init" for each in open_activities(turn.change, turn.group.id)):
        carry_all(turn)


def carry_all(turn: Turn) -> None:
    """Take every activity of the group that is not over as far as it goes now."""
    for each in open_activities(turn.change, turn.group.id):
        Carrier(turn, each).carry()
