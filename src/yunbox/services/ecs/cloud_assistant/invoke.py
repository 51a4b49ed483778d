"""RunCommand, InvokeCommand, StopInvocation. Wire shapes: ECS API 2014-05-26.

They write what is to run where; the Cloud Assistant controller runs it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.commands import Seconds, check_quota, check_texts, check_type
from yunbox.services.ecs.cloud_assistant.content import (
    MAX_KEPT,
    MAX_ONCE,
    check_length,
    decode_content,
    placeholders,
    read_parameters,
    rendered,
)
from yunbox.services.ecs.cloud_assistant.errors import beyond, command_not_found, invocation_not_found
from yunbox.services.ecs.cloud_assistant.instances import ResourceTag, check_applicable, chosen
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    Command,
    Invocation,
    RepeatMode,
    Target,
    overall_record_status,
    overall_status,
    target_id,
)
from yunbox.services.ecs.cloud_assistant.retention import make_room
from yunbox.services.ecs.cloud_assistant.schedule import next_after, read_schedule
from yunbox.services.ecs.errors import instance_not_found
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.product import ecs

MAX_INSTANCES = 100
MAX_STOPPED = 50
_MAX_USERNAME = 255

Instances = Annotated[list[str], Meta(max_length=1000)]
_CRON = "a cron expression without a time zone is read in UTC, and L, W and # are refused"
TerminationMode = Literal["", "ProcessTree"]
"""What runs in the sandbox is always ended with all of its process group."""


class HowToRun(Request):
    """What RunCommand and InvokeCommand share."""

    accepted: ClassVar[dict[str, str]] = {"Timed": "the vendor no longer takes it: RepeatMode says it"}

    instance_id: Instances = []
    resource_tag: Annotated[list[ResourceTag], Meta(max_length=20)] = []
    parameters: str = ""
    repeat_mode: Literal["", "Once", "Period", "NextRebootOnly", "EveryReboot"] = ""
    frequency: str = ""
    username: str = ""
    termination_mode: TerminationMode = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class RunCommand(HowToRun, kw_only=True):
    """Run a new command. The content is plain unless ContentEncoding says that it is in base64."""

    type: str
    command_content: str
    content_encoding: str = "PlainText"
    name: str = ""
    description: str = ""
    working_dir: str = ""
    timeout: Seconds = 60
    enable_parameter: bool = False
    launcher: str = ""
    keep_command: bool = False


class CommandRun(Answer):
    """Which command was made, and its invocation."""

    command_id: str
    invoke_id: str


class InvokeCommand(HowToRun, kw_only=True):
    """Run a command that was kept."""

    command_id: str
    working_dir: str = ""
    timeout: Seconds | None = None
    launcher: str = ""


class CommandInvoked(Answer):
    """Which invocation was made."""

    invoke_id: str


class StopInvocation(Request):
    """Stop an invocation: on some instances, or on all."""

    invoke_id: str
    instance_id: Instances = []


@ecs.action(RunCommand, on="instance/{instance_id}", partial=_CRON)
def run_command(request: RunCommand, call: Call) -> CommandRun:
    """Write the invocation, and the command where it is to be kept."""
    call.authorise("command/*")
    check_type(request.type)
    check_texts(name=request.name, description=request.description)
    content = decode_content(request.command_content, request.content_encoding, otherwise="PlainText")
    if request.keep_command:
        check_quota(call)
    command = Command(
        id=call.new_id("c"),
        account=call.account,
        region=call.region,
        name=request.name,
        type=request.type,
        content=content,
        description=request.description,
        working_dir=request.working_dir,
        timeout=request.timeout,
        enable_parameter=request.enable_parameter,
        parameter_names=placeholders(content) if request.enable_parameter else (),
        launcher=request.launcher,
        invoked=1,
        resource_group=request.resource_group_id,
        created=call.now,
    )
    invocation = _invoke(call, request, command, most=MAX_KEPT if request.keep_command else MAX_ONCE)
    if request.keep_command:
        call.change.create(command)
    return CommandRun(command_id=command.id, invoke_id=invocation.id)


@ecs.action(InvokeCommand, on="instance/{instance_id}", partial=_CRON)
def invoke_command(request: InvokeCommand, call: Call) -> CommandInvoked:
    """Write the invocation. Raises CloudError: InvalidCmdId.NotFound, and what `run_command` does."""
    command = call.require(Command, request.command_id, command_not_found)
    call.authorise(f"command/{command.id}")
    call.change.replace(msgspec.structs.replace(command, invoked=command.invoked + 1))
    meant = msgspec.structs.replace(
        command,
        working_dir=request.working_dir or command.working_dir,
        timeout=request.timeout or command.timeout,
        launcher=request.launcher or command.launcher,
    )
    return CommandInvoked(invoke_id=_invoke(call, request, meant, most=MAX_KEPT).id)


def _invoke(call: Call, request: HowToRun, command: Command, *, most: int) -> Invocation:
    check_texts(working_dir=command.working_dir, launcher=command.launcher)
    _check_username(request.username)
    parameters = read_parameters(
        request.parameters, command.parameter_names, enabled=command.enable_parameter
    )
    full = rendered(command.content, parameters, {}) if command.enable_parameter else command.content
    check_length(max(full, command.content, key=len), most)
    mode = _repeat_mode(request, command)
    instances = chosen(call, request.instance_id, request.resource_tag, MAX_INSTANCES)
    check_applicable(command.type, instances)
    make_room(call)
    invocation = Invocation(
        id=call.new_id("t"),
        account=call.account,
        region=call.region,
        name=command.name,
        parent=command.id,
        type=command.type,
        content=command.content,
        description=command.description,
        working_dir=command.working_dir,
        timeout=command.timeout,
        launcher=command.launcher,
        enable_parameter=command.enable_parameter,
        parameters=parameters,
        username=request.username,
        termination_mode=request.termination_mode,
        repeat_mode=mode,
        frequency=request.frequency,
        status="Pending" if mode == "Once" else "Scheduled",
        resource_group=request.resource_group_id,
        tags=check_tags(request.tag),
        created=call.now,
    )
    call.change.create(invocation)
    for instance in instances:
        call.change.create(_target(call, invocation, instance))
    return invocation


def _check_username(name: str) -> None:
    if len(name) > _MAX_USERNAME:
        raise beyond("Username", "length of the username", str(_MAX_USERNAME))
    if any(each in name for each in "\0\n:/"):
        raise CloudError("InvalidParameter.Username", 400, "The specified Username is not valid.")


def _repeat_mode(request: HowToRun, command: Command) -> RepeatMode:
    """Return how often to run; a frequency says Period. Raises CloudError."""
    if request.frequency:
        read_schedule(request.frequency, timeout=command.timeout)
        return "Period"
    if request.repeat_mode == "Period":
        raise CloudError(
            "MissingParam.Frequency", 403, "The frequency must be specified when you create a timed task."
        )
    return request.repeat_mode or "Once"


def _target(call: Call, invocation: Invocation, instance: Instance) -> Target:
    target = Target(
        id=target_id(invocation.id, instance.id),
        account=call.account,
        region=call.region,
        name=instance.id,
        parent=invocation.id,
        command_id=invocation.parent,
        run=1,
        pending_since=call.now,
        updated=call.now,
        created=call.now,
    )
    if invocation.repeat_mode == "Once":
        return target
    due = 0.0
    if invocation.repeat_mode == "Period":
        schedule = read_schedule(invocation.frequency, timeout=invocation.timeout)
        due = next_after(schedule, call.now, call.now) or 0.0
        if not due:
            raise CloudError("InvalidParam.Frequency", 403, "The specified frequency lies in the past.")
    return msgspec.structs.replace(target, status="Scheduled", run=0, due=due, boot=instance.started)


@ecs.action(StopInvocation, on="instance/{instance_id}")
def stop_invocation(request: StopInvocation, call: Call) -> Empty:
    """Wish that it ends. What has ended already stays as it is.

    Raises CloudError: InvalidInvokeId.NotFound, InstanceIds.ExceedLimit, InvalidInstanceId.NotFound.
    """
    invocation = call.require(Invocation, request.invoke_id, invocation_not_found)
    if len(set(request.instance_id)) > MAX_STOPPED:
        raise beyond("InstanceIds", "number of instance IDs", str(MAX_STOPPED))
    targets = {each.name: each for each in call.find(Target, parent=invocation.id)}
    for id_ in request.instance_id:
        if id_ not in targets:
            raise instance_not_found(id_[:64])
    for id_ in dict.fromkeys(request.instance_id) or targets:
        target = targets[id_]
        if target.status in ACTIVE and target.status != "Stopping":
            targets[id_] = call.change.replace(
                msgspec.structs.replace(target, status="Stopping", stop_asked=call.now, updated=call.now)
            )
    statuses = [each.status for each in targets.values()]
    call.change.replace(
        msgspec.structs.replace(
            invocation, status=overall_status(statuses), record_status=overall_record_status(statuses)
        )
    )
    return Empty()
