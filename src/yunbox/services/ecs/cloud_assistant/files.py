"""SendFile and DescribeSendFileResults. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape, Tag, TagFilter
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.commands import AssistantListing, encoded
from yunbox.services.ecs.cloud_assistant.errors import beyond
from yunbox.services.ecs.cloud_assistant.instances import chosen
from yunbox.services.ecs.cloud_assistant.invoke import Instances
from yunbox.services.ecs.cloud_assistant.model import Delivery, FileTarget, target_id
from yunbox.services.ecs.cloud_assistant.retention import make_room
from yunbox.services.ecs.pages import Page, page_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list

MAX_INSTANCES = 50
MAX_CONTENT = 32 * 1024
MAX_NAME = 255
MAX_DIRECTORY = 255
MAX_DESCRIPTION = 512
MAX_OWNER = 64
MIN_SECONDS = 10

_MODE = re.compile(r"0?[0-7]{3,4}", re.ASCII)
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\$?", re.ASCII)


class SendFile(Request):
    """Put a file into instances. The content is plain unless ContentType says that it is in base64."""

    name: str
    target_dir: str
    content: str
    instance_id: Instances
    content_type: str = "PlainText"
    description: str = ""
    file_owner: str = "root"
    file_group: str = "root"
    file_mode: str = "0644"
    overwrite: bool = False
    timeout: Annotated[int, Meta(ge=0, le=86400)] = 60
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class FileSent(Answer):
    """Which delivery was made."""

    invoke_id: str


class DescribeSendFileResults(AssistantListing):
    """List deliveries."""

    invoke_id: str = ""
    instance_id: str = ""
    name: str = ""
    invocation_status: str = ""
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class FileInstance(Shape):
    """A delivery to one instance."""

    instance_id: str
    invocation_status: str
    creation_time: str
    start_time: str
    finish_time: str
    update_time: str
    error_code: str
    error_info: str


class FileInstanceList(Shape):
    """The wrapping of a list of instances."""

    invoke_instance: list[FileInstance]


class ShownDelivery(Shape):
    """A delivery."""

    invoke_id: str
    invocation_status: str
    name: str
    description: str
    target_dir: str
    content: str
    content_type: str
    creation_time: str
    file_owner: str
    file_group: str
    file_mode: str
    overwrite: str
    vm_count: int
    invoke_instances: FileInstanceList
    tags: TagList


class DeliveryList(Shape):
    """The wrapping of a list of deliveries."""

    invocation: list[ShownDelivery]


class SendFileResultsDescribed(Answer):
    """A page of deliveries."""

    invocations: DeliveryList
    total_count: int
    page_number: int
    page_size: int
    next_token: str


def path_of(target_dir: str, name: str) -> str:
    """Return where a file goes."""
    return f"{target_dir.rstrip('/')}/{name}"


@ecs.action(SendFile, on="instance/{instance_id}")
def send_file(request: SendFile, call: Call) -> FileSent:
    """Write what is to be sent where; the Cloud Assistant controller sends it.

    Raises CloudError: FileName.ExceedLimit, FileDesc.ExceedLimit, FileTargetDir.Invalid, FileMode.Invalid,
    FileSize.ExceedLimit, FileContent.DecodeError, FileContentType.Invalid, InstanceIds.ExceedLimit,
    InvalidInstance.NotFound.
    """
    _check_place(request)
    content = _content(request)
    instances = chosen(call, request.instance_id, (), MAX_INSTANCES)
    make_room(call)
    delivery = Delivery(
        id=call.new_id("f"),
        account=call.account,
        region=call.region,
        name=request.name,
        description=request.description,
        target_dir=request.target_dir,
        content=content,
        content_type=request.content_type,
        owner=request.file_owner or "root",
        group=request.file_group or "root",
        mode=request.file_mode or "0644",
        overwrite=request.overwrite,
        timeout=max(request.timeout, MIN_SECONDS),
        resource_group=request.resource_group_id,
        tags=check_tags(request.tag),
        created=call.now,
    )
    call.change.create(delivery)
    for each in instances:
        call.change.create(
            FileTarget(
                id=target_id(delivery.id, each.id),
                account=call.account,
                region=call.region,
                name=each.id,
                parent=delivery.id,
                updated=call.now,
                created=call.now,
            )
        )
    return FileSent(invoke_id=delivery.id)


def _check_place(request: SendFile) -> None:
    name, folder = request.name, request.target_dir
    if len(name) > MAX_NAME or len(name.encode("utf-8", "surrogateescape")) > MAX_NAME:
        raise beyond("FileName", "length of file name", f"{MAX_NAME} bytes")
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise CloudError("FileName.Invalid", 403, "The name of file is invalid.")
    if len(request.description) > MAX_DESCRIPTION:
        raise beyond("FileDesc", "length of file description", str(MAX_DESCRIPTION))
    if not folder.startswith("/") or len(folder) > MAX_DIRECTORY or "\0" in folder:
        raise CloudError("FileTargetDir.Invalid", 403, "The target directory of file is invalid.")
    if request.file_mode and not _MODE.fullmatch(request.file_mode):
        raise CloudError("FileMode.Invalid", 403, "The mode of file is invalid.")
    for code, owner in (("FileOwner", request.file_owner), ("FileGroup", request.file_group)):
        if owner and (len(owner) > MAX_OWNER or not _OWNER.fullmatch(owner)):
            raise CloudError(f"{code}.Invalid", 403, f"The specified {code} is invalid.")


def _content(request: SendFile) -> bytes:
    if request.content_type == "PlainText":
        content = request.content.encode("utf-8", "surrogateescape")
    elif request.content_type == "Base64":
        try:
            content = base64.b64decode("".join(request.content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise CloudError(
                "FileContent.DecodeError", 403, "The Content can not be base64 decoded."
            ) from None
    else:
        raise CloudError("FileContentType.Invalid", 403, "The ContentType of file is invalid.")
    if (len(content) + 2) // 3 * 4 > MAX_CONTENT:
        raise beyond("FileSize", "length of file content in base64", f"{MAX_CONTENT // 1024} KB")
    return content


@ecs.action(DescribeSendFileResults, on="instance/{instance_id}")
def describe_send_file_results(request: DescribeSendFileResults, call: Call) -> SendFileResultsDescribed:
    """Answer one page, newest first."""
    page = _page(call, request)
    return SendFileResultsDescribed(
        invocations=DeliveryList(invocation=[_shown(call, each, request.instance_id) for each in page.found]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.size,
        next_token=page.next_token,
    )


def _page(call: Call, request: DescribeSendFileResults) -> Page[Delivery]:
    ids = [request.invoke_id] if request.invoke_id else []
    if request.instance_id:
        targets = call.find(FileTarget, name=request.instance_id[:512], descending=True)
        ids = [each.parent for each in targets if request.invoke_id in ("", each.parent)]
        if not ids:
            return Page([], 0)
    return page_of(call, Delivery, request, _wanted(request), ids=ids, name=request.name[:512])


def _wanted(request: DescribeSendFileResults) -> Callable[[Delivery], bool] | None:
    if not request.invocation_status and not request.resource_group_id and not request.tag:
        return None

    def keep(one: Delivery) -> bool:
        return (
            request.invocation_status in ("", one.status)
            and request.resource_group_id in ("", one.resource_group)
            and one.has_tags(request.tag)
        )

    return keep


def _shown(call: Call, one: Delivery, instance_id: str) -> ShownDelivery:
    targets = call.find(FileTarget, parent=one.id)
    return ShownDelivery(
        invoke_id=one.id,
        invocation_status=one.status,
        name=one.name,
        description=one.description,
        target_dir=one.target_dir,
        content=encoded(one.content, one.content_type),
        content_type=one.content_type,
        creation_time=seconds(one.created),
        file_owner=one.owner,
        file_group=one.group,
        file_mode=one.mode,
        overwrite=str(one.overwrite).lower(),
        vm_count=len(targets),
        invoke_instances=FileInstanceList(
            invoke_instance=[_instance(each) for each in targets if instance_id in ("", each.name)]
        ),
        tags=tag_list(one.tags),
    )


def _instance(target: FileTarget) -> FileInstance:
    return FileInstance(
        instance_id=target.name,
        invocation_status=target.status,
        creation_time=seconds(target.created),
        start_time=seconds(target.began),
        finish_time=seconds(target.ended),
        update_time=seconds(target.updated),
        error_code=target.error_code,
        error_info=target.error_info,
    )
