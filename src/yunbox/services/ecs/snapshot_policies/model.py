"""The automatic snapshot policy as it is stored, and when it is due. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from yunbox.api.resource import CloudResource

FOREVER = -1
_CHINA = timezone(timedelta(hours=8))


class SnapshotPolicy(CloudResource, kind="ecs.snapshot_policy", kw_only=True):
    """A policy. `name` is its AutoSnapshotPolicyName.

    `weekdays` are 1 (Monday) to 7, `hours` 0 to 23 in the time of China (UTC+8), as the vendor counts them;
    `retention` is in days, or FOREVER. `ran` is the moment that snapshots were taken for last (seconds since the
    epoch), at first that of its creation: what was due before is not made up for.
    """

    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    retention: int
    ran: float = 0.0


def last_due(weekdays: tuple[int, ...], hours: tuple[int, ...], now: float) -> float:
    """Return the last moment, up to `now`, at which snapshots were due; 0 when there is none in a week."""
    local = datetime.fromtimestamp(now, UTC).astimezone(_CHINA)
    hour = local.replace(minute=0, second=0, microsecond=0)
    for back in range(7 * 24 + 1):
        moment = hour - timedelta(hours=back)
        if moment.isoweekday() in weekdays and moment.hour in hours:
            return moment.timestamp()
    return 0.0
