"""DescribeInvocations and DescribeInvocationResults. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Count, Shape, TagFilter, Text
from yunbox.services.ecs.cloud_assistant.commands import (
    AssistantListing,
    ContentEncoding,
    encoded,
    matches,
)
from yunbox.services.ecs.cloud_assistant.model import (
    ACTIVE,
    Invocation,
    PastRun,
    Target,
    output_of,
    record_status,
)
from yunbox.services.ecs.pages import Page, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list


class DescribeInvocations(AssistantListing):
    """List invocations."""

    accepted: ClassVar[dict[str, str]] = {}

    invoke_id: str = ""
    command_id: str = ""
    command_name: str = ""
    command_type: str = ""
    instance_id: str = ""
    invoke_status: str = ""
    repeat_mode: Literal["", "Once", "Period", "NextRebootOnly", "EveryReboot"] = ""
    timed: bool | None = None
    include_output: bool = False
    content_encoding: ContentEncoding = "Base64"
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class InvokeInstance(Shape):
    """An invocation on one instance."""

    instance_id: str
    invocation_status: str
    instance_invoke_status: str
    creation_time: str
    start_time: str
    finish_time: str
    stop_time: str
    update_time: str
    error_code: str
    error_info: str
    dropped: int
    repeats: int
    timed: bool
    exit_code: Count = msgspec.UNSET
    output: Text = msgspec.UNSET


class InvokeInstanceList(Shape):
    """The wrapping of a list of instances."""

    invoke_instance: list[InvokeInstance]


class ShownInvocation(Shape):
    """An invocation."""

    invoke_id: str
    invocation_status: str
    invoke_status: str
    command_id: str
    command_name: str
    command_type: str
    command_description: str
    command_content: str
    creation_time: str
    frequency: str
    parameters: str
    repeat_mode: str
    timed: bool
    timeout: int
    username: str
    working_dir: str
    invoke_instances: InvokeInstanceList
    tags: TagList
    launcher: Text = msgspec.UNSET
    termination_mode: Text = msgspec.UNSET


class InvocationList(Shape):
    """The wrapping of a list of invocations."""

    invocation: list[ShownInvocation]


class InvocationsDescribed(Answer):
    """A page of invocations."""

    invocations: InvocationList
    total_count: int
    page_number: int
    page_size: int
    next_token: str


class DescribeInvocationResults(AssistantListing):
    """List what invocations did on each instance."""

    invoke_id: str = ""
    instance_id: str = ""
    command_id: str = ""
    invoke_record_status: str = ""
    include_history: bool = False
    content_encoding: ContentEncoding = "Base64"
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class InvocationResult(Shape):
    """What an invocation did on one instance."""

    invoke_id: str
    command_id: str
    instance_id: str
    invocation_status: str
    invoke_record_status: str
    start_time: str
    finished_time: str
    stop_time: str
    output: str
    dropped: int
    repeats: int
    error_code: str
    error_info: str
    username: str
    tags: TagList
    exit_code: Count = msgspec.UNSET
    launcher: Text = msgspec.UNSET
    termination_mode: Text = msgspec.UNSET


class InvocationResultList(Shape):
    """The wrapping of a list of results."""

    invocation_result: list[InvocationResult]


class Results(Shape):
    """A page of results."""

    invocation_results: InvocationResultList
    total_count: int
    page_number: int
    page_size: int
    next_token: str


class InvocationResultsDescribed(Answer):
    """The wrapping of a page of results."""

    invocation: Results


@ecs.action(DescribeInvocations, on="instance/{instance_id}")
def describe_invocations(request: DescribeInvocations, call: Call) -> InvocationsDescribed:
    """Answer one page, newest first. Raises CloudError: MissingParameter."""
    if request.include_output and not request.invoke_id and not request.instance_id:
        raise missing_parameter("InvokeId")
    page = _page(call, request)
    return InvocationsDescribed(
        invocations=InvocationList(invocation=[_shown(call, each, request) for each in page.found]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


def _page(call: Call, request: DescribeInvocations) -> Page[Invocation]:
    ids = [request.invoke_id] if request.invoke_id else []
    if request.instance_id:
        targets = call.find(Target, name=request.instance_id[:512], descending=True)
        ids = [each.parent for each in targets if request.invoke_id in ("", each.parent)]
        if not ids:
            return Page([], 0)
    return page_of(call, Invocation, request, _wanted(request), ids=ids, parent=request.command_id[:512])


def _wanted(request: DescribeInvocations) -> Callable[[Invocation], bool] | None:
    """Return what the request asks for beyond ids, or None for nothing.

    Of an instance's invocations, the vendor takes no heed of the command's name and of how often it runs.
    """
    name = "" if request.instance_id else request.command_name
    mode = "" if request.instance_id else request.repeat_mode
    filters = (name, mode, request.command_type, request.invoke_status, request.resource_group_id)
    if not any(filters) and request.timed is None and not request.tag:
        return None

    def keep(one: Invocation) -> bool:
        return (
            (not name or matches(name, one.name))
            and mode in ("", one.repeat_mode)
            and request.command_type in ("", one.type)
            and request.invoke_status in ("", one.status, one.record_status)
            and request.resource_group_id in ("", one.resource_group)
            and (request.timed is None or request.timed == _timed(one, one.status))
            and one.has_tags(request.tag)
        )

    return keep


def _timed(invocation: Invocation, status: str) -> bool:
    """Whether it is going to run again."""
    return invocation.repeat_mode != "Once" and status in ACTIVE


def _shown(call: Call, one: Invocation, request: DescribeInvocations) -> ShownInvocation:
    targets = call.find(Target, parent=one.id)
    if request.instance_id:
        targets = [each for each in targets if each.name == request.instance_id]
    return ShownInvocation(
        invoke_id=one.id,
        invocation_status=one.status,
        invoke_status=one.record_status,
        command_id=one.parent,
        command_name=one.name,
        command_type=one.type,
        command_description=one.description,
        command_content=encoded(one.content, request.content_encoding),
        creation_time=seconds(one.created),
        frequency=one.frequency,
        parameters=msgspec.json.encode(one.parameters).decode(),
        repeat_mode=one.repeat_mode,
        timed=_timed(one, one.status),
        timeout=one.timeout,
        username=one.username,
        working_dir=one.working_dir,
        invoke_instances=InvokeInstanceList(
            invoke_instance=[_shown_target(call, one, each, request) for each in targets]
        ),
        tags=tag_list(one.tags),
        launcher=one.launcher or msgspec.UNSET,
        termination_mode=one.termination_mode or msgspec.UNSET,
    )


def _shown_target(
    call: Call, invocation: Invocation, target: Target, request: DescribeInvocations
) -> InvokeInstance:
    output: Text = msgspec.UNSET
    if request.include_output:
        output = encoded(output_of(call.view, target.id), request.content_encoding)
    return InvokeInstance(
        instance_id=target.name,
        invocation_status=target.status,
        instance_invoke_status=record_status(target.status),
        creation_time=seconds(target.created),
        start_time=seconds(target.began),
        finish_time=seconds(target.ended),
        stop_time=seconds(target.stop_asked),
        update_time=seconds(target.updated),
        error_code=target.error_code,
        error_info=target.error_info,
        dropped=target.dropped,
        repeats=target.repeats,
        timed=_timed(invocation, target.status),
        exit_code=msgspec.UNSET if target.exit_code is None else target.exit_code,
        output=output,
    )


@ecs.action(DescribeInvocationResults, on="instance/{instance_id}")
def describe_invocation_results(request: DescribeInvocationResults, call: Call) -> InvocationResultsDescribed:
    """Answer one page, newest first. Raises CloudError: MissingParameter."""
    if request.include_history and not request.invoke_id:
        raise missing_parameter("InvokeId")
    known: dict[str, Invocation | None] = {}

    def invocation_of(target: Target) -> Invocation | None:
        if target.parent not in known:
            known[target.parent] = call.get(Invocation, target.parent)
        return known[target.parent]

    type_ = PastRun if request.include_history else Target
    page: Page[Target] = page_of(
        call,
        type_,
        request,
        _wanted_results(request, invocation_of),
        parent=request.invoke_id[:512],
        name=request.instance_id[:512],
    )
    found = []
    for target in page.found:
        invocation = invocation_of(target)
        output = encoded(output_of(call.view, target.id), request.content_encoding)
        if invocation is not None:
            found.append(_result(target, invocation, output))
    return InvocationResultsDescribed(
        invocation=Results(
            invocation_results=InvocationResultList(invocation_result=found),
            total_count=page.total,
            page_number=request.page_number,
            page_size=request.size,
            next_token=page.next_token,
        )
    )


def _wanted_results(
    request: DescribeInvocationResults, invocation_of: Callable[[Target], Invocation | None]
) -> Callable[[Target], bool] | None:
    of_invocation = bool(request.resource_group_id or request.tag)
    if not request.command_id and not request.invoke_record_status and not of_invocation:
        return None

    def keep(target: Target) -> bool:
        if request.command_id not in ("", target.command_id):
            return False
        if request.invoke_record_status not in ("", target.status, record_status(target.status)):
            return False
        if not of_invocation:
            return True
        one = invocation_of(target)
        return (
            one is not None
            and request.resource_group_id in ("", one.resource_group)
            and one.has_tags(request.tag)
        )

    return keep


def _result(target: Target, invocation: Invocation, output: str) -> InvocationResult:
    return InvocationResult(
        invoke_id=invocation.id,
        command_id=target.command_id,
        instance_id=target.name,
        invocation_status=target.status,
        invoke_record_status=record_status(target.status),
        start_time=seconds(target.began),
        finished_time=seconds(target.ended),
        stop_time=seconds(target.stop_asked),
        output=output,
        dropped=target.dropped,
        repeats=target.repeats,
        error_code=target.error_code,
        error_info=target.error_info,
        username=invocation.username,
        tags=tag_list(invocation.tags),
        exit_code=msgspec.UNSET if target.exit_code is None else target.exit_code,
        launcher=invocation.launcher or msgspec.UNSET,
        termination_mode=invocation.termination_mode or msgspec.UNSET,
    )
