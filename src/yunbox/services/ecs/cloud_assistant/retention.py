"""How long results are kept: 30 days, and 10,000 of them in a region. Source: DescribeInvocationResults."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.control.store import Change
from yunbox.control.store_resource import Resource
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    Delivery,
    FileTarget,
    Invocation,
    Output,
    PastRun,
    Target,
)

KEPT_SECONDS = 30 * 86400.0
KEPT_RESULTS = 10_000
_AT_ONCE = 50


def make_room(call: Call) -> None:
    """Drop the oldest invocations and deliveries that ended and are too old, or too many, in the call's region.

    It drops some at a time: who calls it for each new one keeps to the bounds.
    """
    excess = call.count(Target) - KEPT_RESULTS
    for each in call.find(Invocation, limit=_AT_ONCE):
        if each.status not in ACTIVE and (excess >= 0 or each.created + KEPT_SECONDS < call.now):
            excess -= drop_invocation(call.change, each)
    excess = call.count(FileTarget) - KEPT_RESULTS
    for delivery in call.find(Delivery, limit=_AT_ONCE):
        if delivery.status not in ACTIVE and (excess >= 0 or delivery.created + KEPT_SECONDS < call.now):
            excess -= _drop_parts(call.change, delivery.id, FileTarget)
            call.change.delete(Delivery, delivery.id)


def drop_invocation(change: Change, invocation: Invocation) -> int:
    """Delete an invocation with all that belongs to it; return how many targets it had."""
    for type_ in (PastRun, Output):
        _drop_parts(change, invocation.id, type_)
    change.delete(Invocation, invocation.id)
    return _drop_parts(change, invocation.id, Target)


def _drop_parts(change: Change, parent: str, type_: type[Resource]) -> int:
    found = change.find(type_, parent=parent)
    for each in found:
        change.delete(type_, each.id)
    return len(found)
