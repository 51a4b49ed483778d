"""Cloud Assistant through the vendor's SDK: commands that really run in instances."""

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

ACTIVE = ("Pending", "Scheduled", "Running", "Stopping")


def run(ecs: EcsClient, instances: list[str], content: str, **parameters: Any) -> str:
    """Call RunCommand and return the invocation's id."""
    given = {"type": "RunShellScript", "command_content": content, "instance_id": instances}
    request = models.RunCommandRequest(region_id=REGION, **(given | parameters))
    return str(ecs.run_command(request).body.invoke_id)


def results(ecs: EcsClient, **filters: Any) -> list[Any]:
    """Return what DescribeInvocationResults lists, with plain output."""
    request = models.DescribeInvocationResultsRequest(
        region_id=REGION, **({"content_encoding": "PlainText"} | filters)
    )
    return list(ecs.describe_invocation_results(request).body.invocation.invocation_results.invocation_result)


def ended(ecs: EcsClient, invoke_id: str, instance_id: str = "") -> Any:
    """Return the one result of an invocation once it has ended."""

    def look() -> Any:
        found = results(ecs, invoke_id=invoke_id, **({"instance_id": instance_id} if instance_id else {}))
        return found[0] if found and found[0].invocation_status not in ACTIVE else None

    return wait_for(look)


def refused(code: str, call: Callable[..., object], *arguments: object) -> TeaException:
    """Return the refusal of a call that the cloud must refuse."""
    with pytest.raises(TeaException) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    return caught.value


@pytest.fixture(scope="module")
def server(ecs: EcsClient, network: Network) -> Iterator[str]:
    """An instance that runs, for all tests of this module."""
    (id_,) = launch(ecs, network, instance_name="assisted")
    wait_status(ecs, id_, "Running")
    yield id_
    release(ecs, [id_])


def test_a_command_runs_and_its_output_is_kept(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], "echo hello from $(hostname); pwd; id -un")
    result = ended(ecs, invoke_id)
    assert (result.invocation_status, result.invoke_record_status) == ("Success", "Finished")
    assert (result.exit_code, result.dropped, result.error_code) == (0, 0, "")
    assert result.output.splitlines()[1:] == ["/root", "root"]
    assert result.output.startswith("hello from ")
    assert result.start_time <= result.finished_time
    assert (result.repeats, result.instance_id, result.invoke_id) == (1, server, invoke_id)


def test_output_is_in_base64_unless_asked_otherwise(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], "printf 'a\\tb'")
    ended(ecs, invoke_id)
    (result,) = results(ecs, invoke_id=invoke_id, content_encoding=None)
    assert base64.b64decode(result.output) == b"a\tb"


def test_a_command_in_base64_runs_under_its_own_interpreter(ecs: EcsClient, server: str) -> None:
    script = "#!/usr/bin/env python3\nimport os, sys\nprint(sys.version_info[0], os.environ['HOME'])\n"
    content = base64.b64encode(script.encode()).decode()
    result = ended(ecs, run(ecs, [server], content, content_encoding="Base64"))
    assert (result.invocation_status, result.output) == ("Success", "3 /root\n")


def test_a_launcher_runs_the_script(ecs: EcsClient, server: str) -> None:
    launcher = 'python3 -u {{ACS::ScriptFileName|Ext(".py")}} more'
    content = "import sys\nprint(sys.argv[0].endswith('.py'), sys.argv[1:])"
    result = ended(ecs, run(ecs, [server], content, launcher=launcher))
    assert (result.invocation_status, result.output) == ("Success", "True ['more']\n")
    assert result.launcher == launcher


def test_the_exit_code_of_a_failure_is_kept(ecs: EcsClient, server: str) -> None:
    result = ended(ecs, run(ecs, [server], "echo why >&2; exit 7"))
    assert (result.invocation_status, result.invoke_record_status) == ("Failed", "Finished")
    assert (result.exit_code, result.error_code, result.output) == (7, "ExitCodeNonzero", "why\n")


def test_directory_and_user_are_taken(ecs: EcsClient, server: str) -> None:
    content = "pwd; id -un; touch /root/not-mine 2>/dev/null && echo mine; umask"
    result = ended(ecs, run(ecs, [server], content, working_dir="/tmp", username="nobody"))
    assert result.output == "/tmp\nnobody\n0022\n"
    assert result.username == "nobody"


def test_nothing_is_left_of_a_script(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], 'echo "$0"')
    path = ended(ecs, invoke_id).output.strip()
    assert invoke_id in path
    assert ended(ecs, run(ecs, [server], f"ls -d $(dirname {path})")).invocation_status == "Failed"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({"username": "who"}, "AccountNotExists"), ({"working_dir": "/nowhere"}, "DirectoryNotExists")],
)
def test_what_does_not_exist_inside_is_said(
    ecs: EcsClient, server: str, parameters: dict[str, str], code: str
) -> None:
    result = ended(ecs, run(ecs, [server], "true", **parameters))
    assert (result.invocation_status, result.error_code, result.exit_code) == ("Invalid", code, None)


def test_the_last_24_kilobytes_are_kept(ecs: EcsClient, server: str) -> None:
    result = ended(ecs, run(ecs, [server], "head -c 30000 /dev/zero | tr '\\0' x; echo end"))
    assert len(result.output) == 24 * 1024
    assert result.output.endswith("xend\n")
    assert result.dropped == 30004 - 24 * 1024


def test_a_command_that_takes_too_long_is_ended(ecs: EcsClient, server: str) -> None:
    result = ended(ecs, run(ecs, [server], "echo begun; sleep 300", timeout=10))
    assert (result.invocation_status, result.invoke_record_status) == ("Timeout", "Failed")
    assert (result.error_code, result.output) == ("ExecutionTimeout", "begun\n")


def test_a_running_command_shows_its_output_and_can_be_stopped(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], "echo $$; exec sleep 300")
    result = wait_for(lambda: (found := results(ecs, invoke_id=invoke_id)[0]).output and found)
    assert (result.invocation_status, result.finished_time) == ("Running", "")
    ecs.stop_invocation(models.StopInvocationRequest(region_id=REGION, invoke_id=invoke_id))
    stopped = ended(ecs, invoke_id)
    assert (stopped.invocation_status, stopped.invoke_record_status) == ("Terminated", "Stopped")
    assert stopped.stop_time
    assert ended(ecs, run(ecs, [server], "pgrep -x sleep")).exit_code == 1
    ecs.stop_invocation(models.StopInvocationRequest(region_id=REGION, invoke_id=invoke_id))
    assert ended(ecs, invoke_id).invocation_status == "Terminated"


def test_one_command_runs_on_many_instances_with_its_parameters(
    ecs: EcsClient, server: str, run_instances: Callable[..., list[str]]
) -> None:
    (other,) = run_instances(instance_name="other")
    wait_status(ecs, other, "Running")
    made = ecs.create_command(
        models.CreateCommandRequest(
            region_id=REGION,
            name="greet",
            type="RunShellScript",
            command_content=base64.b64encode(
                b"echo {{ Greeting }} {{ACS::InstanceName}} {{missing}}."
            ).decode(),
            enable_parameter=True,
            timeout=120,
            working_dir="/",
        )
    ).body.command_id
    invoke_id = ecs.invoke_command(
        models.InvokeCommandRequest(
            region_id=REGION, command_id=made, instance_id=[server, other], parameters={"greeting": "hi"}
        )
    ).body.invoke_id
    assert ended(ecs, invoke_id, server).output == "hi assisted .\n"
    assert ended(ecs, invoke_id, other).output == "hi other .\n"
    request = models.DescribeInvocationsRequest(
        region_id=REGION, invoke_id=invoke_id, include_output=True, content_encoding="PlainText"
    )
    (invocation,) = ecs.describe_invocations(request).body.invocations.invocation
    assert (invocation.invocation_status, invocation.invoke_status) == ("Success", "Finished")
    assert (invocation.command_id, invocation.command_name, invocation.timeout) == (made, "greet", 120)
    assert invocation.command_content.startswith("echo {{ Greeting }}")
    assert invocation.parameters == '{"greeting":"hi"}'
    shown = invocation.invoke_instances.invoke_instance
    assert {each.instance_id: each.output for each in shown} == {
        server: "hi assisted .\n",
        other: "hi other .\n",
    }
    assert {each.instance_id for each in results(ecs, command_id=made)} == {server, other}
    (command,) = ecs.describe_commands(
        models.DescribeCommandsRequest(region_id=REGION, command_id=made)
    ).body.commands.command
    assert (command.invoke_times, command.parameter_names.parameter_name) == (1, ["Greeting", "missing"])
    ecs.delete_command(models.DeleteCommandRequest(region_id=REGION, command_id=made))


def test_one_instance_of_two_failing_is_a_partial_failure(
    ecs: EcsClient, server: str, run_instances: Callable[..., list[str]]
) -> None:
    (other,) = run_instances(instance_name="wanting")
    wait_status(ecs, other, "Running")
    content = "test {{ACS::InstanceName}} = assisted"
    invoke_id = run(ecs, [server, other], content, enable_parameter=True)
    ended(ecs, invoke_id, server)
    ended(ecs, invoke_id, other)
    request = models.DescribeInvocationsRequest(region_id=REGION, instance_id=other)
    (invocation,) = ecs.describe_invocations(request).body.invocations.invocation
    assert (invocation.invoke_id, invocation.invocation_status) == (invoke_id, "PartialFailed")


def test_a_stopped_instance_runs_nothing(ecs: EcsClient, run_instances: Callable[..., list[str]]) -> None:
    (id_,) = run_instances()
    wait_status(ecs, id_, "Running")
    ecs.stop_instance(models.StopInstanceRequest(instance_id=id_, force_stop=True))
    wait_status(ecs, id_, "Stopped")
    result = ended(ecs, run(ecs, [id_], "true"))
    assert (result.invocation_status, result.error_code) == ("Aborted", "InstanceNotRunning")
    assert (result.repeats, result.start_time) == (0, "")
    request = models.DescribeCloudAssistantStatusRequest(region_id=REGION, instance_id=[id_])
    found = ecs.describe_cloud_assistant_status(request).body.instance_cloud_assistant_status_set
    assert found.instance_cloud_assistant_status[0].cloud_assistant_status == "false"


def test_a_command_waits_for_an_instance_that_starts(
    ecs: EcsClient, run_instances: Callable[..., list[str]]
) -> None:
    (id_,) = run_instances()
    assert ended(ecs, run(ecs, [id_], "echo up")).output == "up\n"


def test_a_restart_interrupts_and_repeats(ecs: EcsClient, run_instances: Callable[..., list[str]]) -> None:
    (id_,) = run_instances()
    wait_status(ecs, id_, "Running")
    long = run(ecs, [id_], "sleep 300")
    each = run(ecs, [id_], "echo booted", repeat_mode="EveryReboot")
    once = run(ecs, [id_], "echo once", repeat_mode="NextRebootOnly")
    wait_for(lambda: results(ecs, invoke_id=long)[0].invocation_status == "Running")
    for times in (1, 2):
        ecs.reboot_instance(models.RebootInstanceRequest(instance_id=id_, force_stop=True))
        wait_for(lambda times=times: len(history(ecs, each)) == times)
    interrupted = ended(ecs, long)
    assert (interrupted.invocation_status, interrupted.error_code) == ("Error", "ExecutionInterrupted")
    assert [one.output for one in history(ecs, each)] == ["booted\n", "booted\n"]
    waiting = results(ecs, invoke_id=each)[0]
    assert (waiting.invocation_status, waiting.repeats, waiting.exit_code) == ("Scheduled", 2, 0)
    done = ended(ecs, once)
    assert (done.invocation_status, done.output, done.repeats) == ("Success", "once\n", 1)
    ecs.stop_invocation(models.StopInvocationRequest(region_id=REGION, invoke_id=each))
    assert ended(ecs, each).invocation_status == "Cancelled"


def history(ecs: EcsClient, invoke_id: str) -> list[Any]:
    """Return the finished runs of a repeated invocation."""
    return results(ecs, invoke_id=invoke_id, include_history=True)


def test_a_scheduled_command_waits_and_is_cancelled(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], "true", frequency="rate(5m)")
    (invocation,) = ecs.describe_invocations(
        models.DescribeInvocationsRequest(region_id=REGION, invoke_id=invoke_id, timed=True)
    ).body.invocations.invocation
    assert (invocation.invocation_status, invocation.repeat_mode) == ("Scheduled", "Period")
    assert (invocation.frequency, invocation.timed) == ("rate(5m)", True)
    ecs.stop_invocation(models.StopInvocationRequest(region_id=REGION, invoke_id=invoke_id))
    assert ended(ecs, invoke_id).invocation_status == "Cancelled"


def test_a_cron_expression_runs_a_command_again_and_again(ecs: EcsClient, server: str) -> None:
    invoke_id = run(ecs, [server], "echo tick", frequency="0/10 * * * * ? UTC", timeout=10)
    wait_for(lambda: len(history(ecs, invoke_id)) >= 1)
    assert history(ecs, invoke_id)[-1].output == "tick\n"
    ecs.stop_invocation(models.StopInvocationRequest(region_id=REGION, invoke_id=invoke_id))
    ended(ecs, invoke_id)


def test_releasing_an_instance_ends_what_ran_there(ecs: EcsClient, network: Network) -> None:
    (id_,) = launch(ecs, network)
    wait_status(ecs, id_, "Running")
    invoke_id = run(ecs, [id_], "sleep 300")
    wait_for(lambda: results(ecs, invoke_id=invoke_id)[0].invocation_status == "Running")
    release(ecs, [id_])
    result = ended(ecs, invoke_id)
    assert (result.invocation_status, result.error_code) == ("Error", "InstanceReleased")


def test_instances_are_chosen_by_their_tags(ecs: EcsClient, server: str) -> None:
    ecs.tag_resources(
        models.TagResourcesRequest(
            region_id=REGION,
            resource_type="instance",
            resource_id=[server],
            tag=[models.TagResourcesRequestTag(key="role", value="assisted")],
        )
    )
    tag = [models.RunCommandRequestResourceTag(key="role", value="assisted")]
    invoke_id = run(ecs, [], "echo tagged", resource_tag=tag)
    assert ended(ecs, invoke_id).instance_id == server


def test_the_assistant_is_there_where_an_instance_runs(ecs: EcsClient, server: str) -> None:
    ended(ecs, run(ecs, [server], "true"))
    request = models.DescribeCloudAssistantStatusRequest(region_id=REGION, instance_id=[server])
    (status,) = ecs.describe_cloud_assistant_status(
        request
    ).body.instance_cloud_assistant_status_set.instance_cloud_assistant_status
    assert (status.instance_id, status.cloud_assistant_status, status.ostype) == (server, "true", "Linux")
    assert status.invocation_count >= 1
    assert status.last_invoked_time
    ecs.install_cloud_assistant(models.InstallCloudAssistantRequest(region_id=REGION, instance_id=[server]))
