"""Automatic snapshot policies: through the vendor's SDK, and the controller by a clock of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_disks import create_disk, disk_of, refused, wait_disk
from hypothesis import given
from hypothesis import strategies as st
from services.sdk import REGION

from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.snapshot_policies.controller import SnapshotPolicyController
from yunbox.services.ecs.snapshot_policies.model import SnapshotPolicy, last_due
from yunbox.services.ecs.snapshots.model import Snapshot

HOUR = 3600.0


class SetClock:
    """A clock that shows what it was set to."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.moment


def policy_of(ecs: EcsClient, id_: str) -> Any:
    request = models.DescribeAutoSnapshotPolicyExRequest(region_id=REGION, auto_snapshot_policy_id=id_)
    found = ecs.describe_auto_snapshot_policy_ex(request).body.auto_snapshot_policies.auto_snapshot_policy
    return found[0] if found else None


def test_a_policy_is_made_applied_changed_and_deleted(ecs: EcsClient) -> None:
    policy = ecs.create_auto_snapshot_policy(
        models.CreateAutoSnapshotPolicyRequest(
            region_id=REGION,
            auto_snapshot_policy_name="nightly",
            repeat_weekdays='["1","7"]',
            time_points='["0","23"]',
            retention_days=-1,
        )
    ).body.auto_snapshot_policy_id
    found = policy_of(ecs, policy)
    assert (found.auto_snapshot_policy_name, found.retention_days, found.status) == ("nightly", -1, "Normal")
    assert (found.repeat_weekdays, found.time_points, found.disk_nums) == ('["1","7"]', '["0","23"]', 0)
    disk = create_disk(ecs)
    wait_disk(ecs, disk, "Available")
    ecs.apply_auto_snapshot_policy(
        models.ApplyAutoSnapshotPolicyRequest(
            region_id=REGION, auto_snapshot_policy_id=policy, disk_ids=f'["{disk}"]'
        )
    )
    assert policy_of(ecs, policy).disk_nums == 1
    assert disk_of(ecs, disk).auto_snapshot_policy_id == policy
    request = models.DescribeAutoSnapshotPolicyAssociationsRequest(region_id=REGION, disk_id=disk)
    (one,) = ecs.describe_auto_snapshot_policy_associations(
        request
    ).body.auto_snapshot_policy_associations.auto_snapshot_policy_association
    assert (one.disk_id, one.auto_snapshot_policy_id) == (disk, policy)
    change = models.ModifyAutoSnapshotPolicyExRequest(
        region_id=REGION, auto_snapshot_policy_id=policy, time_points='["5"]', retention_days=7
    )
    ecs.modify_auto_snapshot_policy_ex(change)
    found = policy_of(ecs, policy)
    assert (found.repeat_weekdays, found.time_points, found.retention_days) == ('["1","7"]', '["5"]', 7)
    cancel = models.CancelAutoSnapshotPolicyRequest(region_id=REGION, disk_ids=f'["{disk}"]')
    ecs.cancel_auto_snapshot_policy(cancel)
    assert disk_of(ecs, disk).auto_snapshot_policy_id == ""
    delete = models.DeleteAutoSnapshotPolicyRequest(region_id=REGION, auto_snapshot_policy_id=policy)
    ecs.delete_auto_snapshot_policy(delete)
    assert policy_of(ecs, policy) is None
    refused("InvalidAutoSnapshotPolicyId.NotFound", ecs.delete_auto_snapshot_policy, delete)
    ecs.delete_disk(models.DeleteDiskRequest(disk_id=disk))


@pytest.mark.parametrize(
    "parameters",
    [
        {"repeat_weekdays": '["0"]'},
        {"repeat_weekdays": '["8"]'},
        {"time_points": '["24"]'},
        {"time_points": '["1","1"]'},
        {"time_points": '["x"]'},
        {"retention_days": 0},
        {"retention_days": 65537},
    ],
)
def test_what_no_policy_can_be_is_refused(ecs: EcsClient, parameters: dict[str, Any]) -> None:
    request = models.CreateAutoSnapshotPolicyRequest(
        **{
            "region_id": REGION,
            "repeat_weekdays": '["1"]',
            "time_points": '["1"]',
            "retention_days": 1,
            **parameters,
        }
    )
    refused("InvalidParameter", ecs.create_auto_snapshot_policy, request)


def test_snapshots_are_asked_for_when_they_are_due_and_once() -> None:
    monday = datetime(2026, 11, 23, 1, 30, tzinfo=UTC).timestamp()
    clock, store = SetClock(monday), Store(":memory:")
    controller = SnapshotPolicyController(store, clock, Ids())
    with store.write() as change:
        change.create(
            SnapshotPolicy(
                id="sp-1", account="1", region=REGION, weekdays=(1,), hours=(10,), retention=3, ran=monday
            )
        )
        for name, fields in {
            "d-used": {"auto_snapshot_policy": "sp-1", "enable_auto_snapshot": True, "detached_at": 1.0},
            "d-new": {"auto_snapshot_policy": "sp-1", "enable_auto_snapshot": True},
            "d-off": {"auto_snapshot_policy": "sp-1", "detached_at": 1.0},
            "d-other": {"enable_auto_snapshot": True, "detached_at": 1.0},
        }.items():
            change.create(
                Disk(
                    id=name,
                    account="1",
                    region=REGION,
                    zone_id="z",
                    size=20,
                    real_size=20,
                    status="Available",
                    **fields,
                )
            )

    def taken() -> list[Snapshot]:
        asyncio.run(controller.turn())
        with store.read() as view:
            return view.find(Snapshot)

    assert taken() == []
    # Ten o'clock in China is two o'clock in UTC.
    clock.moment = monday + HOUR
    (one,) = taken()
    assert (one.parent, one.snapshot_type, one.retention) == ("d-used", "timer", 3)
    assert one.name == "auto2.0_20261123_sp-1"
    assert taken() == [one]
    clock.moment = monday + 3 * 24 * HOUR
    assert taken() == [one]
    store.close()


@given(
    st.sets(st.integers(1, 7), min_size=1),
    st.sets(st.integers(0, 23), min_size=1),
    st.floats(1e9, 4e9, allow_nan=False),
)
def test_what_is_due_last_is_neither_later_nor_a_week_ago(
    days: set[int], hours: set[int], now: float
) -> None:
    due = last_due(tuple(days), tuple(hours), now)
    assert now - 7 * 24 * HOUR - HOUR < due <= now
    china = datetime.fromtimestamp(due + 8 * HOUR, UTC)
    assert (china.isoweekday() in days, china.hour in hours, china.minute) == (True, True, 0)
    assert last_due(tuple(days), tuple(hours), due) == due
