"""SendFile through the vendor's SDK."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import Network, launch, release, wait_for, wait_status
from services.sdk import REGION
from Tea.exceptions import TeaException


@pytest.fixture(scope="module")
def holder(ecs: EcsClient, network: Network) -> Iterator[str]:
    """An instance that runs, for all tests of this module."""
    (id_,) = launch(ecs, network)
    wait_status(ecs, id_, "Running")
    yield id_
    release(ecs, [id_])


def send(ecs: EcsClient, instance: str, **parameters: Any) -> str:
    """Call SendFile and return the delivery's id."""
    given = {"name": "note.txt", "target_dir": "/srv/notes", "content": "a note\n", "instance_id": [instance]}
    return str(ecs.send_file(models.SendFileRequest(region_id=REGION, **(given | parameters))).body.invoke_id)


def deliveries(ecs: EcsClient, **filters: Any) -> list[Any]:
    """Return what DescribeSendFileResults lists."""
    request = models.DescribeSendFileResultsRequest(region_id=REGION, **filters)
    return list(ecs.describe_send_file_results(request).body.invocations.invocation)


def ended(ecs: EcsClient, invoke_id: str) -> Any:
    """Return a delivery once it has ended."""

    def look() -> Any:
        (found,) = deliveries(ecs, invoke_id=invoke_id)
        return found if found.invocation_status not in ("Pending", "Running") else None

    return wait_for(look)


def inside(ecs: EcsClient, instance: str, script: str) -> str:
    """Return what a command prints in the instance."""
    invoke_id = ecs.run_command(
        models.RunCommandRequest(
            region_id=REGION, type="RunShellScript", command_content=script, instance_id=[instance]
        )
    ).body.invoke_id
    request = models.DescribeInvocationResultsRequest(
        region_id=REGION, invoke_id=invoke_id, content_encoding="PlainText"
    )

    def look() -> Any:
        answer = ecs.describe_invocation_results(request).body.invocation.invocation_results
        return answer.invocation_result[0].finished_time and answer.invocation_result[0]

    return str(wait_for(look).output)


def test_a_file_arrives_with_its_owner_and_mode(ecs: EcsClient, holder: str) -> None:
    content = bytes(range(256))
    invoke_id = send(
        ecs,
        holder,
        name="all bytes",
        content=base64.b64encode(content).decode(),
        content_type="Base64",
        file_owner="nobody",
        file_mode="0640",
        description="every byte once",
    )
    delivery = ended(ecs, invoke_id)
    assert (delivery.invocation_status, delivery.vm_count, delivery.overwrite) == ("Success", 1, "false")
    assert base64.b64decode(delivery.content) == content
    assert (delivery.name, delivery.target_dir, delivery.description) == (
        "all bytes",
        "/srv/notes",
        "every byte once",
    )
    (target,) = delivery.invoke_instances.invoke_instance
    assert (target.instance_id, target.invocation_status, target.error_code) == (holder, "Success", "")
    seen = inside(ecs, holder, "cd /srv/notes; stat -c '%U %G %a' 'all bytes'; base64 -w0 'all bytes'")
    facts, _, data = seen.partition("\n")
    assert facts == "nobody root 640"
    assert base64.b64decode(data) == content


def test_a_file_that_stands_there_is_kept_unless_said_otherwise(ecs: EcsClient, holder: str) -> None:
    assert ended(ecs, send(ecs, holder)).invocation_status == "Success"
    refusal = ended(ecs, send(ecs, holder, content="another\n"))
    (target,) = refusal.invoke_instances.invoke_instance
    assert (refusal.invocation_status, target.error_code) == ("Failed", "FileAlreadyExists")
    assert inside(ecs, holder, "cat /srv/notes/note.txt") == "a note\n"
    assert ended(ecs, send(ecs, holder, content="another\n", overwrite=True)).invocation_status == "Success"
    assert inside(ecs, holder, "cat /srv/notes/note.txt") == "another\n"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"file_owner": "who"}, "AccountNotExists"),
        ({"file_group": "whose"}, "UserGroupNotExists"),
        ({"target_dir": "/etc/passwd/x"}, "FileCreateFail"),
    ],
)
def test_what_cannot_be_written_is_said(
    ecs: EcsClient, holder: str, parameters: dict[str, str], code: str
) -> None:
    delivery = ended(ecs, send(ecs, holder, name="unwritten", **parameters))
    (target,) = delivery.invoke_instances.invoke_instance
    assert (delivery.invocation_status, target.error_code) == ("Failed", code)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"content": "x" * (24 * 1024 + 1)}, "FileSize.ExceedLimit"),
        ({"content": "?", "content_type": "Base64"}, "FileContent.DecodeError"),
        ({"content_type": "Morse"}, "FileContentType.Invalid"),
        ({"file_mode": "rwx"}, "FileMode.Invalid"),
        ({"target_dir": "relative"}, "FileTargetDir.Invalid"),
        ({"name": "../up"}, "FileName.Invalid"),
        ({"name": "x" * 256}, "FileName.ExceedLimit"),
        ({"description": "x" * 513}, "FileDesc.ExceedLimit"),
        ({"instance_id": ["i-none"]}, "InvalidInstance.NotFound"),
        ({"instance_id": [f"i-{each}" for each in range(51)]}, "InstanceIds.ExceedLimit"),
    ],
)
def test_what_is_refused(ecs: EcsClient, holder: str, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(TeaException) as caught:
        send(ecs, holder, **({"name": "refused"} | parameters))
    assert caught.value.code == code, caught.value
    assert deliveries(ecs, name="refused") == []


def test_deliveries_are_listed_newest_first(ecs: EcsClient, run_instances: Callable[..., list[str]]) -> None:
    (id_,) = run_instances()
    sent = [send(ecs, id_, name=f"file-{each}") for each in range(3)]
    for each in sent:
        assert ended(ecs, each).invocation_status == "Success"
    assert [each.invoke_id for each in deliveries(ecs, instance_id=id_)] == sent[::-1]
    assert [each.invoke_id for each in deliveries(ecs, instance_id=id_, name="file-1")] == [sent[1]]
    first = models.DescribeSendFileResultsRequest(region_id=REGION, instance_id=id_, max_results=2)
    page = ecs.describe_send_file_results(first).body
    assert [each.invoke_id for each in page.invocations.invocation] == sent[:0:-1]
    first.next_token = page.next_token
    rest = ecs.describe_send_file_results(first).body
    assert [each.invoke_id for each in rest.invocations.invocation] == sent[:1]
    assert not rest.next_token
