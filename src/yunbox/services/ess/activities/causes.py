"""Sentences of scaling activities, as the vendor words them.

Source: ESS API, DescribeScalingActivities (examples of Cause, Description, Detail and StatusMessage).
"""

from __future__ import annotations

from collections.abc import Sequence


def capacity_change(before: int, after: int) -> str:
    """Return the end of every cause that changes the capacity."""
    return f'changing the Total Capacity from "{before}" to "{after}".'


def user_cause(what: str, before: int, after: int) -> str:
    """Return that a user asked `to execute scaling rule "asr-1"`, say, and what changes."""
    return f"A user requests {what}, {capacity_change(before, after)}"


def alarm_cause(alarm: str, rule: str) -> str:
    """Return who asked, when an alarm did."""
    return f'An event-triggered task "{alarm}" requests to execute scaling rule "{rule}"'


def tracking_cause(rule: str) -> str:
    """Return who asked, when a target tracking rule did."""
    return f'A target tracking scaling rule "{rule}" requests to change the capacity of the scaling group'


def schedule_cause(task: str, rule: str = "") -> str:
    """Return who asked, when a scheduled task did."""
    what = f'execute scaling rule "{rule}"' if rule else "change the capacity of the scaling group"
    return f'A scheduled task "{task}" requests to {what}'


def bound_cause(kind: str) -> str:
    """Return who asked, when the check of a bound did: `kind` is MinSize, MaxSize or DesiredCapacity."""
    return f"The system executes a scaling activity because the Total Capacity does not match the {kind}"


def health_cause(instances: Sequence[str]) -> str:
    """Return who asked, when the health check did."""
    listed = ", ".join(f'"{each}"' for each in instances)
    return f"The system executes a health check and replaces the unhealthy instances {listed}"


def lifetime_cause(instances: Sequence[str]) -> str:
    """Return who asked, when instances lived longer than MaxInstanceLifetime."""
    listed = ", ".join(f'"{each}"' for each in instances)
    return f"The system replaces the instances {listed} whose lifetime has ended"


def rebalance_cause() -> str:
    """Return who asked, when the check of zones did."""
    return "The system executes a rebalance check because the zones of the scaling group are not balanced"


def description(work: str, count: int) -> str:
    """Return what an activity is to do."""
    match work:
        case "Create":
            return f'Add "{count}" ECS instance'
        case "Remove":
            return f'Remove "{count}" ECS instance'
        case "Attach":
            return f'Attach "{count}" ECS instance'
        case "Detach":
            return f'Detach "{count}" ECS instance'
        case "EnterStandby":
            return f'Put "{count}" ECS instance into the Standby state'
        case "ExitStandby":
            return f'Put "{count}" ECS instance into service'
    return f'Replace "{count}" ECS instance'


def detail(
    created: Sequence[str], destroyed: Sequence[str], started: Sequence[str], stopped: Sequence[str]
) -> str:
    """Return what an activity did to which instances."""
    parts = (
        ("new ECS instances", created, "are created"),
        ("ECS instances", started, "are started"),
        ("ECS instances", destroyed, "are removed"),
        ("ECS instances", stopped, "are stopped"),
    )
    return "; ".join(
        f"{what} {', '.join(chr(34) + each + chr(34) for each in ids)} {done}"
        for what, ids, done in parts
        if ids
    )


def status_message(came: int, went: int, failed: int) -> str:
    """Return what became of an activity."""
    parts = []
    if came or not (went or failed):
        parts.append(f'"{came}" ECS instances are added')
    if went:
        parts.append(f'"{went}" ECS instances are removed')
    if failed:
        parts.append(f'"{failed}" ECS instances failed')
    return ", ".join(parts)
