"""Commands, their invocations and what became of them on each instance, as they are stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from yunbox.api.resource import CloudResource
from yunbox.control.store import Change, View
from yunbox.control.store_resource import Resource

RepeatMode = Literal["Once", "Period", "NextRebootOnly", "EveryReboot"]
TargetStatus = Literal[
    "Pending",
    "Scheduled",
    "Running",
    "Stopping",
    "Success",
    "Failed",
    "Error",
    "Timeout",
    "Aborted",
    "Invalid",
    "Cancelled",
    "Terminated",
]

ACTIVE: frozenset[str] = frozenset({"Pending", "Scheduled", "Running", "Stopping"})
STOPPED: frozenset[str] = frozenset({"Cancelled", "Terminated"})


class Command(CloudResource, kind="ecs.command", kw_only=True):
    """A command that was kept. `content` is decoded, `timeout` in seconds; `invoked` counts its invocations."""

    type: str
    content: bytes
    description: str = ""
    working_dir: str = ""
    timeout: int = 60
    enable_parameter: bool = False
    parameter_names: tuple[str, ...] = ()
    launcher: str = ""
    invoked: int = 0


class Invocation(CloudResource, kind="ecs.invocation", kw_only=True):
    """A command invoked on instances; `name` is the command's name, `parent` its id, which need not exist.

    `content` still has its placeholders; `parameters` go into them. `status` sums up its targets and is written
    with them.
    """

    type: str
    content: bytes
    description: str = ""
    working_dir: str = ""
    timeout: int = 60
    launcher: str = ""
    enable_parameter: bool = False
    parameters: dict[str, str] = {}
    username: str = ""
    termination_mode: str = ""
    repeat_mode: RepeatMode = "Once"
    frequency: str = ""
    status: str = "Pending"
    record_status: str = "Running"


class Target(CloudResource, kind="ecs.invocation_target", kw_only=True):
    """An invocation on one instance: `parent` is the invocation's id, `name` the instance's.

    `run` numbers the execution that is under way or was last (0 before the first of a scheduled one), `repeats`
    counts those that began. `due` is when a scheduled one runs next; `boot` is the start of the instance after
    which one that waits for the next start does not yet run. Times are in seconds since the epoch, 0 for never:
    `pending_since` is when it began to wait, `began` and `ended` are those of the run, `stop_asked` is when
    StopInvocation was called, `updated` the last change.
    """

    command_id: str
    status: TargetStatus = "Pending"
    run: int = 0
    repeats: int = 0
    due: float = 0.0
    boot: float = 0.0
    pending_since: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    stop_asked: float = 0.0
    updated: float = 0.0
    exit_code: int | None = None
    dropped: int = 0
    error_code: str = ""
    error_info: str = ""


class PastRun(Target, kind="ecs.invocation_run", kw_only=True):
    """A finished run of a repeated invocation on one instance."""


class Output(Resource, kind="ecs.invocation_output", kw_only=True):
    """What a target or a past run of the same id printed; `parent` is the invocation's id."""

    data: bytes


class Delivery(CloudResource, kind="ecs.file_delivery", kw_only=True):
    """A file sent to instances; `name` is the file's name. `mode` is as it was given, such as `0644`."""

    description: str = ""
    target_dir: str
    content: bytes
    content_type: str = "PlainText"
    owner: str = "root"
    group: str = "root"
    mode: str = "0644"
    overwrite: bool = False
    timeout: int = 60
    status: str = "Pending"


class FileTarget(CloudResource, kind="ecs.file_target", kw_only=True):
    """A file sent to one instance: `parent` is the delivery's id, `name` the instance's. Times are as a target's."""

    status: TargetStatus = "Pending"
    began: float = 0.0
    ended: float = 0.0
    updated: float = 0.0
    error_code: str = ""
    error_info: str = ""


def target_id(invocation: str, instance: str) -> str:
    """Return the id of a target, of an invocation or a delivery."""
    return f"{invocation}:{instance}"


def execution_id(invocation: str, run: int) -> str:
    """Return the engine's id of a run: the invocation's own, with a number from the second run on."""
    return invocation if run <= 1 else f"{invocation}-{run}"


def invocation_of(execution: str) -> tuple[str, int]:
    """Return the invocation and the run that an engine's id stands for."""
    prefix, _, rest = execution.partition("-")
    name, _, number = rest.partition("-")
    return f"{prefix}-{name}", int(number) if number.isdigit() else 1


def record_status(status: str) -> str:
    """Return a target's status in the older words of InvokeRecordStatus and InstanceInvokeStatus."""
    if status in ("Pending", "Scheduled", "Running"):
        return "Running"
    if status in ("Success", "Failed"):
        return "Finished"
    if status in STOPPED:
        return "Stopped"
    return "Stopping" if status == "Stopping" else "Failed"


def overall_status(statuses: Collection[str]) -> str:
    """Return InvocationStatus of an invocation with targets of such statuses. Source: DescribeInvocations."""
    for active in ("Running", "Stopping", "Pending", "Scheduled"):
        if active in statuses:
            return active
    if all(each in STOPPED for each in statuses):
        return "Stopped"
    if all(each in STOPPED or each == "Success" for each in statuses):
        return "Success"
    return "PartialFailed" if "Success" in statuses else "Failed"


def overall_record_status(statuses: Collection[str]) -> str:
    """Return InvokeStatus, the older form of `overall_status`. Source: DescribeInvocations."""
    records = {record_status(each) for each in statuses}
    for active in ("Running", "Stopping"):
        if active in records:
            return active
    if records == {"Stopped"}:
        return "Stopped"
    if "Failed" not in records:
        return "Finished"
    return "Failed" if records == {"Failed"} else "PartialFailed"


def output_of(view: View, id_: str) -> bytes:
    """Return what a target or a past run printed."""
    found = view.get(Output, id_)
    return b"" if found is None else found.data


def keep_output(change: Change, owner: Target, data: bytes) -> None:
    """Store what a target or a past run printed, in place of what it printed before."""
    known = change.get(Output, owner.id)
    if known is None:
        if data:
            change.create(Output(id=owner.id, parent=owner.parent, data=data))
    elif known.data != data:
        change.replace(Output(id=owner.id, parent=owner.parent, data=data))
