"""An instance's membership of a scaling group, as it is stored. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource

MemberLifecycle = Literal[
    "Pending",
    "Pending:Wait",
    "InService",
    "Protected",
    "Standby",
    "Removing",
    "Removing:Wait",
    "Stopped",
]
Health = Literal["Healthy", "Unhealthy"]
CreationType = Literal["AutoCreated", "Attached", "Managed"]
Leaving = Literal["", "Release", "Detach", "Stop"]

COUNTED: tuple[MemberLifecycle, ...] = (
    "Pending",
    "Pending:Wait",
    "InService",
    "Protected",
    "Standby",
    "Removing",
    "Removing:Wait",
)
"""The states whose instances a group's TotalCapacity counts: all but "Stopped"."""


class Member(CloudResource, kind="ess.member", kw_only=True):
    """An instance in a group; the id is the instance's, `parent` the group. An instance is in one group at most.

    `lifecycle` is in the vendor's words. Actions write it in three cases: AttachInstances makes the row in "Pending"
    with the activity, RemoveInstances and DetachInstances set "Removing" with the activity and `leaving`, and
    SetInstancesProtection turns "InService" into "Protected" and back. EnterStandby and ExitStandby set "Standby" and
    "Pending" with the activity. Everything else is the controllers'. A member is a backend of all that is attached to
    the group while it is "InService" or "Protected", and of nothing otherwise.

    `activity_id` is the activity that made it, or that acts on it now: while an activity that is not over claims a
    member no other may. `leaving` says what becomes of the instance: "Release" deletes it ("Detach" for one that was
    attached and is not `entrusted`), "Stop" is economical mode. `health` is what the health check or
    SetInstanceHealth said last, since `health_since`; `health_asked` says that it was the user. A "Standby" or
    protected member is not replaced. `lost_at` is since when its instance, in service, does not run (0: it does).
    `warm_at` is when the warm-up ends (0: none). `weight` is its own as a backend, None: the group's. `created` is
    when it was made or attached, `in_service_at` when it last became "InService", `since` when `lifecycle` last
    changed. The fields from `configuration` on say how it was made.
    """

    lifecycle: MemberLifecycle = "Pending"
    health: Health = "Healthy"
    health_since: float = 0.0
    health_asked: bool = False
    protected: bool = False
    creation_type: CreationType = "AutoCreated"
    entrusted: bool = False
    leaving: Leaving = ""
    activity_id: str = ""
    configuration: str = ""
    launch_template: str = ""
    launch_template_version: str = ""
    instance_type: str = ""
    vswitch: str = ""
    zone_id: str = ""
    spot_strategy: str = "NoSpot"
    weighted_capacity: int = 1
    weight: int | None = None
    lost_at: float = 0.0
    warm_at: float = 0.0
    in_service_at: float = 0.0
    since: float = 0.0
