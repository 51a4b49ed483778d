"""The text of a command: parameters in it, and how a run's end is told."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.engines.compute.interface import Execution
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.content import (
    MAX_ONCE,
    check_length,
    decode_content,
    placeholders,
    rendered,
)
from yunbox.services.ecs.cloud_assistant.model import (
    execution_id,
    invocation_of,
    overall_record_status,
    overall_status,
)
from yunbox.services.ecs.cloud_assistant.script import order_of, outcome_of


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    content = b"{{ a }}{{\nB\n}}{{c}}"
    assert placeholders(content) == ("a", "B", "c")
    assert rendered(content, {"a": "{{b}}", "b": "2"}, {}) == b"{{b}}2"


def test_the_built_in_parameters_are_known_in_any_case() -> None:
    content = b"{{ACS::InstanceId}} {{acs::regionid}} {{ACS::InvokeId}}"
    assert placeholders(content) == ()
    filled = rendered(content, {}, {"InstanceId": "i-1", "RegionId": "cn-hangzhou", "InvokeId": "t-1"})
    assert filled == b"i-1 cn-hangzhou t-1"


@pytest.mark.parametrize("content", [b"{{" + b" " * 18_000, b"{{ " * 6_000, b"{{" + b" \n" * 9_000 + b"}"])
def test_what_is_never_closed_costs_no_more_than_its_length(content: bytes) -> None:
    """A pattern that goes back and forth would not come to an end here."""
    assert placeholders(content) == ()
    assert rendered(content, {}, {}) == content


@given(st.binary(max_size=400))
def test_any_bytes_keep_their_rest(content: bytes) -> None:
    try:
        names = placeholders(content)
    except CloudError:
        return
    if not names and b"{{" not in content:
        assert rendered(content, {}, {}) == content


@given(st.binary(max_size=200))
def test_base64_is_read_as_it_was_written(content: bytes) -> None:
    text = base64.b64encode(content).decode()
    assert decode_content(text, "Base64", otherwise="PlainText") == content
    assert decode_content(text, "bAsE64", otherwise="PlainText") == content
    assert decode_content(text, "nonsense", otherwise="Base64") == content
    assert decode_content(text, "nonsense", otherwise="PlainText") == text.encode()


def test_the_bound_is_that_of_the_base64() -> None:
    check_length(b"x" * (MAX_ONCE // 4 * 3), MAX_ONCE)
    with pytest.raises(CloudError):
        check_length(b"x" * (MAX_ONCE // 4 * 3 + 1), MAX_ONCE)


def test_the_script_is_no_part_of_the_command_line() -> None:
    order = order_of("t-1", b"secret\r\n", user="", working_dir="", timeout=60)
    assert order.stdin == b"secret\n"
    assert not any("secret" in each for each in order.argv)
    assert (order.user, order.cwd, order.timeout) == ("root", "/root", 60.0)


@pytest.mark.parametrize(
    ("execution", "status", "code"),
    [
        ({"end": "exited", "exit_code": 0}, "Success", ""),
        ({"end": "exited", "exit_code": 3}, "Failed", "ExitCodeNonzero"),
        ({"end": "timeout"}, "Timeout", "ExecutionTimeout"),
        ({"end": "cancelled"}, "Terminated", ""),
        ({"end": "lost"}, "Error", "ExecutionInterrupted"),
        ({"end": "failed", "error": "there is no user who"}, "Invalid", "AccountNotExists"),
        ({"end": "failed", "error": "No such file or directory: /srv"}, "Invalid", "DirectoryNotExists"),
        ({"end": "failed", "error": "No such file or directory: /bin/sh"}, "Error", "ExecutionException"),
    ],
)
def test_ends_are_told_in_the_vendors_words(execution: dict[str, object], status: str, code: str) -> None:
    found = outcome_of(Execution(id="t-1", started_at=0.0, **execution), "/srv")  # type: ignore[arg-type]
    assert (found.status, found.error_code) == (status, code)


@pytest.mark.parametrize(
    ("statuses", "overall", "record"),
    [
        (["Success"], "Success", "Finished"),
        (["Success", "Terminated"], "Success", "Finished"),
        (["Cancelled", "Terminated"], "Stopped", "Stopped"),
        (["Failed"], "Failed", "Finished"),
        (["Timeout", "Invalid", "Cancelled"], "Failed", "PartialFailed"),
        (["Timeout", "Error"], "Failed", "Failed"),
        (["Success", "Failed"], "PartialFailed", "Finished"),
        (["Success", "Aborted"], "PartialFailed", "PartialFailed"),
        (["Success", "Running"], "Running", "Running"),
        (["Success", "Stopping"], "Stopping", "Stopping"),
        (["Pending", "Failed"], "Pending", "Running"),
        (["Scheduled"], "Scheduled", "Running"),
    ],
)
def test_an_invocation_sums_up_its_targets(statuses: list[str], overall: str, record: str) -> None:
    assert (overall_status(statuses), overall_record_status(statuses)) == (overall, record)


@pytest.mark.parametrize("run", [1, 2, 17])
def test_an_execution_tells_its_invocation(run: int) -> None:
    assert invocation_of(execution_id("t-0mwthwl4zb8cnv4v21ra", run)) == ("t-0mwthwl4zb8cnv4v21ra", run)
