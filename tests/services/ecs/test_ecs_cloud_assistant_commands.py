"""Cloud Assistant's commands, kept and listed, and what is refused, through the vendor's SDK."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import Network, launch, release, wait_for
from services.sdk import REGION
from Tea.exceptions import TeaException


def in_base64(text: str) -> str:
    """Return a text in base64."""
    return base64.b64encode(text.encode()).decode()


def create(ecs: EcsClient, **parameters: Any) -> str:
    """Call CreateCommand and return the command's id."""
    given = {"name": "kept", "type": "RunShellScript", "command_content": in_base64("echo kept")}
    request = models.CreateCommandRequest(region_id=REGION, **(given | parameters))
    return str(ecs.create_command(request).body.command_id)


def commands(ecs: EcsClient, **filters: Any) -> list[Any]:
    """Return what DescribeCommands lists."""
    request = models.DescribeCommandsRequest(region_id=REGION, **filters)
    return list(ecs.describe_commands(request).body.commands.command)


def delete(ecs: EcsClient, command: str) -> None:
    """Delete a command."""
    ecs.delete_command(models.DeleteCommandRequest(region_id=REGION, command_id=command))


def refused(code: str, call: Callable[..., object], *arguments: Any, **parameters: Any) -> None:
    """Make a call that the cloud must refuse."""
    with pytest.raises(TeaException) as caught:
        call(*arguments, **parameters)
    assert caught.value.code == code, caught.value


@pytest.fixture(scope="module")
def idle(ecs: EcsClient, network: Network) -> Iterator[str]:
    """An instance, for all tests of this module."""
    (id_,) = launch(ecs, network)
    yield id_
    release(ecs, [id_])


def run(ecs: EcsClient, instance: str, **parameters: Any) -> Any:
    """Call RunCommand."""
    given = {"type": "RunShellScript", "command_content": "true", "instance_id": [instance]}
    return ecs.run_command(models.RunCommandRequest(region_id=REGION, **(given | parameters))).body


def test_a_command_is_kept_changed_and_deleted(ecs: EcsClient) -> None:
    id_ = create(ecs, description="a command", timeout=30, working_dir="/srv", launcher="sh -x")
    (command,) = commands(ecs, command_id=id_)
    assert (command.name, command.type, command.description) == ("kept", "RunShellScript", "a command")
    assert (command.timeout, command.working_dir, command.launcher) == (30, "/srv", "sh -x")
    assert (command.command_content, command.invoke_times) == (in_base64("echo kept"), 0)
    assert (command.enable_parameter, command.provider) == (False, "User")
    (plain,) = commands(ecs, command_id=id_, content_encoding="PlainText")
    assert plain.command_content == "echo kept"
    ecs.modify_command(
        models.ModifyCommandRequest(region_id=REGION, command_id=id_, name="changed", timeout=45)
    )
    (command,) = commands(ecs, command_id=id_)
    assert (command.name, command.timeout, command.description) == ("changed", 45, "a command")
    delete(ecs, id_)
    assert commands(ecs, command_id=id_) == []
    refused("InvalidCmdId.NotFound", delete, ecs, id_)


def test_commands_are_found_by_name_type_and_tag(ecs: EcsClient) -> None:
    tag = [models.CreateCommandRequestTag(key="found", value="yes")]
    first = create(ecs, name="find-one", tag=tag)
    second = create(ecs, name="find-two", type="RunPowerShellScript")
    assert [each.command_id for each in commands(ecs, name="find-*")] == [second, first]
    assert [each.command_id for each in commands(ecs, name="find")] == []
    assert [each.command_id for each in commands(ecs, name="find-*", type="RunShellScript")] == [first]
    wanted = [models.DescribeCommandsRequestTag(key="found")]
    assert [each.command_id for each in commands(ecs, tag=wanted)] == [first]
    assert commands(ecs, provider="AlibabaCloud") == []
    delete(ecs, first)
    delete(ecs, second)


def test_run_command_keeps_the_command_only_when_asked(ecs: EcsClient, idle: str) -> None:
    assert commands(ecs, command_id=run(ecs, idle).command_id) == []
    kept = run(ecs, idle, keep_command=True, name="run-and-kept").command_id
    assert [each.name for each in commands(ecs, command_id=kept)] == ["run-and-kept"]
    delete(ecs, kept)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"type": "RunCobol"}, "InvalidCmdType.NotFound"),
        ({"name": "x" * 129}, "CmdName.ExceedLimit"),
        ({"description": "x" * 513}, "CmdDesc.ExceedLimit"),
        ({"working_dir": "relative"}, "InvalidParameter.WorkingDir"),
        ({"working_dir": "/" + "x" * 200}, "InvalidParameter.WorkingDir"),
        ({"command_content": "?"}, "InvalidParameter.CmdContent"),
        ({"command_content": in_base64("x" * 14_000)}, "CmdContent.ExceedLimit"),
        ({"timeout": 9}, "InvalidParameter"),
        ({"launcher": "x" * 1025}, "InvalidLauncher.LengthLimitExceeded"),
        ({"enable_parameter": True, "command_content": in_base64("{{}}")}, "CmdParam.EmptyKey"),
        ({"enable_parameter": True, "command_content": in_base64("{{a b}}")}, "CmdParam.InvalidParamName"),
        ({"enable_parameter": True, "command_content": in_base64("{{ACS::X}}")}, "CmdParam.InvalidParamName"),
        (
            {"enable_parameter": True, "command_content": in_base64("{{" + "x" * 65 + "}}")},
            "CmdParamName.ExceedLimit",
        ),
        (
            {
                "enable_parameter": True,
                "command_content": in_base64("".join(f"{{{{n{each}}}}}" for each in range(21))),
            },
            "ParameterCount.ExceedLimit",
        ),
    ],
)
def test_what_is_refused_of_a_command(ecs: EcsClient, parameters: dict[str, Any], code: str) -> None:
    refused(code, create, ecs, **parameters)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"instance_id": ["i-none"]}, "InvalidInstance.NotFound"),
        ({"instance_id": []}, "MissingParam.InstanceId"),
        ({"instance_id": [f"i-{each}" for each in range(101)]}, "InstanceIds.ExceedLimit"),
        ({"type": "RunBatScript"}, "InvalidInstance.NotMatch"),
        ({"command_content": "x" * 18_433}, "CmdContent.ExceedLimit"),
        ({"username": "x" * 256}, "Username.ExceedLimit"),
        ({"parameters": {"a": "b"}}, "Parameter.Disabled"),
        ({"enable_parameter": True, "parameters": {"a": "b"}}, "Parameter.NotMatched"),
        (
            {"enable_parameter": True, "command_content": "{{a}}", "parameters": {"a": "1", "A": "2"}},
            "ParameterKey.Duplicate",
        ),
        (
            {"enable_parameter": True, "command_content": "{{a}}", "parameters": {"a": ["1"]}},
            "ParameterType.NotSupported",
        ),
        (
            {"enable_parameter": True, "command_content": "{{a}}", "parameters": {"a": "x" * 18_433}},
            "CmdContent.ExceedLimit",
        ),
        ({"repeat_mode": "Period"}, "MissingParam.Frequency"),
        ({"frequency": "now and then"}, "InvalidParam.Frequency"),
        ({"frequency": "at(2001-01-01 00:00:00)"}, "InvalidParam.Frequency"),
        ({"repeat_mode": "DryRun"}, "InvalidParameter"),
        ({"container_name": "box"}, "InvalidParameter.NotImplemented"),
        (
            {"resource_tag": [models.RunCommandRequestResourceTag(key="k")]},
            "InvalidResourceTag.ConflictWithInstanceIds",
        ),
        (
            {"instance_id": None, "resource_tag": [models.RunCommandRequestResourceTag(key="nobody has it")]},
            "InvalidResourceTag.InstanceNotFound",
        ),
    ],
)
def test_what_is_refused_of_an_invocation(
    ecs: EcsClient, idle: str, parameters: dict[str, Any], code: str
) -> None:
    refused(code, run, ecs, idle, **parameters)


def test_what_does_not_exist_is_not_found(ecs: EcsClient, idle: str) -> None:
    invoke = models.InvokeCommandRequest(region_id=REGION, command_id="c-none", instance_id=[idle])
    refused("InvalidCmdId.NotFound", ecs.invoke_command, invoke)
    stop = models.StopInvocationRequest(region_id=REGION, invoke_id="t-none")
    refused("InvalidInvokeId.NotFound", ecs.stop_invocation, stop)
    listed = models.DescribeInvocationResultsRequest(region_id=REGION, invoke_id="t-none")
    assert ecs.describe_invocation_results(listed).body.invocation.total_count == 0


def test_invocations_are_paged_and_filtered(ecs: EcsClient, idle: str) -> None:
    made = [run(ecs, idle, name=f"paged-{each}").invoke_id for each in range(3)]

    def listed(**filters: Any) -> Any:
        request = models.DescribeInvocationsRequest(region_id=REGION, command_name="paged-*", **filters)
        return ecs.describe_invocations(request).body

    wait_for(lambda: listed(invoke_status="Success").total_count == 3)
    page = listed(page_size=2, page_number=1)
    assert [each.invoke_id for each in page.invocations.invocation] == made[:0:-1]
    assert (page.total_count, page.page_size) == (3, 2)
    assert [each.invoke_id for each in listed(page_size=2, page_number=2).invocations.invocation] == made[:1]
    first = listed(max_results=2)
    rest = listed(max_results=2, next_token=first.next_token)
    assert [each.invoke_id for each in rest.invocations.invocation] == made[:1]
    assert listed(invoke_status="Failed").total_count == 0
    assert listed(timed=True).total_count == 0
    mine = models.DescribeInvocationResultsRequest(region_id=REGION, instance_id=idle, max_results=2)
    found = ecs.describe_invocation_results(mine).body.invocation
    assert [each.invoke_id for each in found.invocation_results.invocation_result] == made[:0:-1]
    assert found.next_token
