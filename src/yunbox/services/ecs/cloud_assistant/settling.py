"""What is written when a run begins and when it ends, in one transaction each."""

from __future__ import annotations

import msgspec

from yunbox.control.store import Change
from yunbox.engines.compute.interface import Execution
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    Invocation,
    Output,
    PastRun,
    Target,
    keep_output,
    output_of,
    overall_record_status,
    overall_status,
)
from yunbox.services.ecs.cloud_assistant.schedule import next_after, read_schedule
from yunbox.services.ecs.cloud_assistant.script import NOT_RUNNING, Outcome
from yunbox.services.ecs.instances.model import Instance

PAST_RUNS = 100
"""So many finished runs of a repeated command are kept for each instance."""


def sum_up(change: Change, target: Target) -> None:
    """Let the invocation of a target that changed say how it stands as a whole."""
    invocation = change.get(Invocation, target.parent)
    if invocation is None:
        return
    statuses = [each.status for each in change.find(Target, parent=invocation.id)]
    status, record = overall_status(statuses), overall_record_status(statuses)
    if (status, record) != (invocation.status, invocation.record_status):
        change.replace(msgspec.structs.replace(invocation, status=status, record_status=record))


def begin_run(change: Change, id_: str, instance: Instance, now: float) -> None:
    """Have a scheduled target run now. When its instance does not run, a periodic one waits for the next time."""
    target = change.get(Target, id_)
    invocation = change.get(Invocation, target.parent) if target is not None else None
    if target is None or invocation is None or target.status != "Scheduled":
        return
    if instance.status != "Running":
        _wait_or_end(change, target, invocation, NOT_RUNNING, now)
        return
    changed = msgspec.structs.replace(
        target,
        status="Pending",
        run=target.run + 1,
        boot=instance.started,
        pending_since=now,
        began=0.0,
        ended=0.0,
        exit_code=None,
        dropped=0,
        error_code="",
        error_info="",
        updated=now,
    )
    keep_output(change, changed, b"")
    sum_up(change, change.replace(changed))


def finish_run(
    change: Change, id_: str, outcome: Outcome, execution: Execution | None, now: float, *, last: bool
) -> None:
    """Store how a run ended; with `last` nothing follows, else a repeated one waits for its next run."""
    target = change.get(Target, id_)
    invocation = change.get(Invocation, target.parent) if target is not None else None
    if target is None or invocation is None or target.status not in ACTIVE:
        return
    stopping = target.status == "Stopping"
    target = msgspec.structs.replace(
        target,
        status=outcome.status,
        error_code=outcome.error_code,
        error_info=outcome.error_info,
        updated=now,
    )
    if execution is not None:
        if not target.began:
            target = msgspec.structs.replace(target, repeats=target.repeats + 1)
        target = msgspec.structs.replace(
            target,
            began=execution.started_at,
            ended=execution.finished_at or now,
            exit_code=execution.exit_code,
            dropped=execution.dropped,
        )
        keep_output(change, target, execution.output)
    elif target.began and not target.ended:
        target = msgspec.structs.replace(target, ended=now)
    if invocation.repeat_mode == "Once" or last or stopping:
        sum_up(change, change.replace(target))
        return
    _remember(change, target)
    _wait_or_end(change, target, invocation, outcome, now)


def _wait_or_end(
    change: Change, target: Target, invocation: Invocation, outcome: Outcome, now: float
) -> None:
    """Let a repeated target wait for its next run, or end as its last run did."""
    due: float | None = None
    if invocation.repeat_mode == "Period":
        schedule = read_schedule(invocation.frequency, timeout=invocation.timeout)
        due = next_after(schedule, now, invocation.created)
    elif invocation.repeat_mode == "EveryReboot":
        due = 0.0
    if due is None:
        ended = msgspec.structs.replace(
            target,
            status=outcome.status,
            due=0.0,
            error_code=outcome.error_code,
            error_info=outcome.error_info,
            updated=now,
        )
        sum_up(change, change.replace(ended))
        return
    waiting = msgspec.structs.replace(target, status="Scheduled", due=due, updated=now)
    sum_up(change, change.replace(waiting))


def _remember(change: Change, target: Target) -> None:
    """Keep a finished run of a repeated target, and drop its oldest."""
    fields = {each: getattr(target, each) for each in target.__struct_fields__ if each != "revision"}
    past = PastRun(**{**fields, "id": _past_id(target.id, target.run)})
    if change.get(PastRun, past.id) is None:
        change.create(past)
        keep_output(change, past, output_of(change, target.id))
    oldest = _past_id(target.id, target.run - PAST_RUNS)
    for type_ in (PastRun, Output):
        if change.get(type_, oldest) is not None:
            change.delete(type_, oldest)


def _past_id(target: str, run: int) -> str:
    return f"{target}:{run:08d}"
