"""CreateCommand, DescribeCommands, ModifyCommand, DeleteCommand. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag, TagFilter, Text
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.content import (
    MAX_KEPT,
    check_length,
    decode_content,
    placeholders,
)
from yunbox.services.ecs.cloud_assistant.errors import beyond, command_not_found
from yunbox.services.ecs.cloud_assistant.model import Command
from yunbox.services.ecs.cloud_assistant.script import check_launcher
from yunbox.services.ecs.pages import Listing, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list

MAX_COMMANDS = 500
MAX_NAME = 128
MAX_DESCRIPTION = 512
MAX_DIRECTORY = 200
TYPES = ("RunShellScript", "RunBatScript", "RunPowerShellScript")

Seconds = Annotated[int, Meta(ge=10, le=86400)]
ContentEncoding = Literal["Base64", "PlainText"]


class AssistantListing(Listing):
    """A listing of Cloud Assistant: at most 50 on a page."""

    @property
    def most(self) -> int:
        """See `Listing`."""
        return 50


class CreateCommand(Request):
    """Keep a command. The content is in base64 unless ContentEncoding says that it is plain."""

    name: str
    type: str
    command_content: str
    description: str = ""
    content_encoding: str = "Base64"
    working_dir: str = ""
    timeout: Seconds = 60
    enable_parameter: bool = False
    launcher: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class CommandCreated(Answer):
    """Which command was made."""

    command_id: str


class DescribeCommands(AssistantListing):
    """List commands. Only one's own are kept here: other providers have none."""

    accepted: ClassVar[dict[str, str]] = {"Latest": "it is about the vendor's common commands alone"}

    command_id: str = ""
    name: str = ""
    description: str = ""
    type: str = ""
    provider: str = ""
    content_encoding: ContentEncoding = "Base64"
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class ParameterNameList(Shape):
    """The wrapping of a list of names."""

    parameter_name: list[str]


class ParameterDefinition(Shape):
    """A parameter of a command."""

    parameter_name: str
    default_value: str = ""
    description: str = ""
    required: bool = False


class ParameterDefinitionList(Shape):
    """The wrapping of a list of parameters."""

    parameter_definition: list[ParameterDefinition]


class ShownCommand(Shape):
    """A command."""

    command_id: str
    name: str
    type: str
    description: str
    command_content: str
    working_dir: str
    timeout: int
    enable_parameter: bool
    parameter_names: ParameterNameList
    parameter_definitions: ParameterDefinitionList
    creation_time: str
    invoke_times: int
    provider: str
    category: str
    version: int
    latest: bool
    resource_group_id: str
    tags: TagList
    launcher: Text = msgspec.UNSET


class CommandList(Shape):
    """The wrapping of a list of commands."""

    command: list[ShownCommand]


class CommandsDescribed(Answer):
    """A page of commands."""

    commands: CommandList
    total_count: int
    page_number: int
    page_size: int
    next_token: str


class ModifyCommand(Request):
    """Change what is given of a command."""

    accepted: ClassVar[dict[str, str]] = {"CommandContent": "the vendor no longer takes it"}

    command_id: str
    name: str | None = None
    description: str | None = None
    working_dir: str | None = None
    timeout: Seconds | None = None
    launcher: str | None = None


class DeleteCommand(Request):
    """Delete a command; what was invoked goes on."""

    command_id: str


def check_type(type_: str) -> None:
    """Return when a type of commands exists. Raises CloudError: InvalidCmdType.NotFound."""
    if type_ not in TYPES:
        raise CloudError(
            "InvalidCmdType.NotFound", 403, f"The specified command type {type_[:64]!a} does not exist."
        )


def check_texts(*, name: str = "", description: str = "", working_dir: str = "", launcher: str = "") -> None:
    """Return when the texts of a command are short enough. Raises CloudError."""
    if len(name) > MAX_NAME:
        raise beyond("CmdName", "length of the command name", str(MAX_NAME))
    if len(description) > MAX_DESCRIPTION:
        raise beyond("CmdDesc", "length of the command description", str(MAX_DESCRIPTION))
    if working_dir and (len(working_dir) > MAX_DIRECTORY or working_dir[0] != "/" or "\0" in working_dir):
        raise CloudError(
            "InvalidParameter.WorkingDir",
            400,
            f"The specified WorkingDir is not an absolute path of at most {MAX_DIRECTORY} characters.",
        )
    if not check_launcher(launcher) or "\0" in launcher:
        raise CloudError(
            "InvalidLauncher.LengthLimitExceeded", 403, "The length of the parameter Launcher exceeds 1 KB."
        )


def check_quota(call: Call) -> None:
    """Return when there is room for one more command. Raises CloudError: CmdCount.ExceedQuota."""
    if call.count(Command) >= MAX_COMMANDS:
        raise CloudError(
            "CmdCount.ExceedQuota",
            403,
            f"The total number of commands in the current region exceeds the quota, {MAX_COMMANDS}.",
        )


@ecs.action(CreateCommand, on="command/*")
def create_command(request: CreateCommand, call: Call) -> CommandCreated:
    """Check and keep it."""
    check_type(request.type)
    check_texts(
        name=request.name,
        description=request.description,
        working_dir=request.working_dir,
        launcher=request.launcher,
    )
    content = decode_content(request.command_content, request.content_encoding, otherwise="Base64")
    check_length(content, MAX_KEPT)
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
        resource_group=request.resource_group_id,
        tags=check_tags(request.tag),
        created=call.now,
    )
    call.change.create(command)
    return CommandCreated(command_id=command.id)


@ecs.action(DescribeCommands, on="command/*")
def describe_commands(request: DescribeCommands, call: Call) -> CommandsDescribed:
    """Answer one page, newest first."""
    ids = (request.command_id,) if request.command_id else ()
    if request.provider and request.provider != "User":
        found, total, token = [], 0, ""
    else:
        page = page_of(call, Command, request, _wanted(request), ids=ids)
        found, total, token = page.found, page.total, page.next_token
    return CommandsDescribed(
        commands=CommandList(command=[_shown(each, request.content_encoding) for each in found]),
        total_count=total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=token,
    )


def _wanted(request: DescribeCommands) -> Callable[[Command], bool] | None:
    if not (request.name or request.description or request.type or request.resource_group_id or request.tag):
        return None

    def keep(command: Command) -> bool:
        return (
            (not request.name or matches(request.name, command.name))
            and (not request.description or matches(request.description, command.description))
            and request.type in ("", command.type)
            and request.resource_group_id in ("", command.resource_group)
            and command.has_tags(request.tag)
        )

    return keep


def matches(pattern: str, text: str) -> bool:
    """Return whether a text is a pattern, or begins with what stands before the pattern's last `*`."""
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def encoded(data: bytes, encoding: str) -> str:
    """Return bytes as answers show them."""
    return base64.b64encode(data).decode() if encoding == "Base64" else data.decode(errors="replace")


def _shown(command: Command, encoding: str) -> ShownCommand:
    names = list(command.parameter_names)
    return ShownCommand(
        command_id=command.id,
        name=command.name,
        type=command.type,
        description=command.description,
        command_content=encoded(command.content, encoding),
        working_dir=command.working_dir,
        timeout=command.timeout,
        enable_parameter=command.enable_parameter,
        parameter_names=ParameterNameList(parameter_name=names),
        parameter_definitions=ParameterDefinitionList(
            parameter_definition=[ParameterDefinition(parameter_name=each) for each in names]
        ),
        creation_time=seconds(command.created),
        invoke_times=command.invoked,
        provider="User",
        category="",
        version=1,
        latest=True,
        resource_group_id=command.resource_group,
        tags=tag_list(command.tags),
        launcher=command.launcher or msgspec.UNSET,
    )


@ecs.action(ModifyCommand, on="command/{command_id}")
def modify_command(request: ModifyCommand, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidCmdId.NotFound."""
    command = call.require(Command, request.command_id, command_not_found)
    fields = {
        "name": request.name,
        "description": request.description,
        "working_dir": request.working_dir,
        "timeout": request.timeout,
        "launcher": request.launcher,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    if given.get("name") == "":
        raise invalid_parameter("Name", "1 to 128 characters are expected")
    changed = msgspec.structs.replace(command, **given)
    check_texts(
        name=changed.name,
        description=changed.description,
        working_dir=changed.working_dir,
        launcher=changed.launcher,
    )
    call.change.replace(changed)
    return Empty()


@ecs.action(DeleteCommand, on="command/{command_id}")
def delete_command(request: DeleteCommand, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidCmdId.NotFound."""
    command = call.require(Command, request.command_id, command_not_found)
    call.change.delete(Command, command.id)
    return Empty()
