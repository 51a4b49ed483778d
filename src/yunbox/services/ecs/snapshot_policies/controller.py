"""Taking the snapshots that policies ask for, at their hours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.control.store import Change, Store
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.snapshot_policies.model import FOREVER, SnapshotPolicy, last_due
from yunbox.services.ecs.snapshots.create import MAX_OF_A_DISK, was_used
from yunbox.services.ecs.snapshots.model import Snapshot

_TURN_SECONDS = 20.0


class SnapshotPolicyController:
    """Asks for snapshots when they are due, once each; the snapshot controller takes them.

    What fell due while the cloud was down is made up for once, whatever was missed.
    """

    name = "ecs-snapshot-policies"

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def turn(self) -> float:
        """Run the policies that are due; return when to look again."""
        now = self._clock.now()
        with self._store.read() as view:
            due = [each.id for each in view.find(SnapshotPolicy) if _is_due(each, now)]
        for id_ in due:
            await asyncio.to_thread(self._run, id_, now)
        return _TURN_SECONDS

    async def close(self) -> None:
        """Nothing is held."""

    def _run(self, policy_id: str, now: float) -> None:
        """Ask for the snapshots of one policy and note that it was done, in one transaction."""
        with self._store.write() as change:
            policy = change.get(SnapshotPolicy, policy_id)
            if policy is None or not _is_due(policy, now):
                return
            for disk in change.find(Disk, account=policy.account, region=policy.region):
                if disk.auto_snapshot_policy == policy.id and disk.enable_auto_snapshot:
                    self._ask(change, policy, disk, now)
            change.replace(msgspec.structs.replace(policy, ran=now))

    def _ask(self, change: Change, policy: SnapshotPolicy, disk: Disk, now: float) -> None:
        instance = change.get(Instance, disk.parent) if disk.parent else None
        taken = change.find(Snapshot, account=disk.account, parent=disk.id)
        if disk.status not in ("In_use", "Available") or not was_used(disk, instance):
            return
        if any(each.status == "progressing" for each in taken):
            return
        if len(taken) >= MAX_OF_A_DISK and not _make_room(change, taken):
            return
        day = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d")
        change.create(
            Snapshot(
                id=self._ids.resource("s", now),
                account=disk.account,
                region=disk.region,
                name=f"auto2.0_{day}_{policy.id}",
                parent=disk.id,
                created=now,
                modified=now,
                resource_group=disk.resource_group,
                disk_type=disk.type,
                size=disk.size,
                encrypted=disk.encrypted,
                kms_key_id=disk.kms_key_id,
                retention=0 if policy.retention == FOREVER else policy.retention,
                instance_id=disk.parent,
                image_id=disk.image_id,
                snapshot_type="timer",
            )
        )


def _is_due(policy: SnapshotPolicy, now: float) -> bool:
    return last_due(policy.weekdays, policy.hours, now) > policy.ran


def _make_room(change: Change, taken: list[Snapshot]) -> bool:
    """Ask for the deletion of the oldest snapshot that a policy took; return whether there is one to spare."""
    for each in taken:
        if each.snapshot_type == "timer" and not each.made_images and not each.made_disks:
            change.replace(msgspec.structs.replace(each, desired="Deleted", account=""))
            return True
    return False
