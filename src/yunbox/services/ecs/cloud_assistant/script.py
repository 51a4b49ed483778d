"""From a command to what the engine runs, and from how that ended to what the vendor says. Pure."""

from __future__ import annotations

import re
import shlex

import msgspec

from yunbox.engines.compute.interface import DEFAULT_OUTPUT_LIMIT, Execution
from yunbox.engines.compute.interface import Command as Order
from yunbox.services.ecs.cloud_assistant.model import TargetStatus

_SCRIPT = re.compile(
    r'\{\{\s*ACS::ScriptFileName\s*(?:\|\s*Ext\(\s*"(?P<ext>\.[A-Za-z0-9]{1,16})"\s*\)\s*)?\}\}'
)

_RUN = """\
d=$(mktemp -d "${{TMPDIR:-/tmp}}/{id}.XXXXXX") || exit 126
trap 'rm -rf -- "$d"' EXIT
trap 'exit 143' TERM INT HUP
f=$d/{name}
cat >"$f" && chmod 700 "$f" || exit 126
{run} </dev/null
"""
# The script runs from a file: so what it is does not stand in its own command line, where `pkill -f` would find
# it, and it has an input of its own. The copy goes when it ends by itself.


def check_launcher(launcher: str) -> bool:
    """Return whether a launcher is one that a command can have: at most 1 KB."""
    return len(launcher.encode("utf-8", "surrogateescape")) <= 1024


def order_of(
    execution: str, content: bytes, *, user: str, working_dir: str, timeout: int, launcher: str = ""
) -> Order:
    """Return what the engine is to run for a command's text.

    A script that begins with `#!` is run by the program it names, another by `/bin/sh`, and one with a launcher by
    that, in which `{{ACS::ScriptFileName}}` stands for the script's file.
    """
    content = content.replace(b"\r\n", b"\n")
    name, run = "script.sh", '"$f"' if content.startswith(b"#!") else '/bin/sh "$f"'
    if launcher:
        found = _SCRIPT.search(launcher)
        if found is not None and found["ext"]:
            name = f"script{found['ext']}"
        run = _SCRIPT.sub('"$f"', launcher) if found else f'{launcher} "$f"'
    return Order(
        argv=("/bin/sh", "-c", _RUN.format(id=shlex.quote(execution), name=name, run=run)),
        stdin=content,
        cwd=working_dir or "/root",
        user=user or "root",
        timeout=float(timeout),
        output_limit=DEFAULT_OUTPUT_LIMIT,
    )


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended, in the vendor's words."""

    status: TargetStatus
    error_code: str = ""
    error_info: str = ""


SUCCESS = Outcome(status="Success")
CANCELLED = Outcome(status="Cancelled")
INTERRUPTED = Outcome(
    status="Error",
    error_code="ExecutionInterrupted",
    error_info="the command execution has been interrupted",
)
NOT_RUNNING = Outcome(
    status="Aborted",
    error_code="InstanceNotRunning",
    error_info="the instance is not running when create task",
)
UNDELIVERED = Outcome(
    status="Aborted", error_code="DeliveryTimeout", error_info="the command delivery has been timeout"
)
RELEASED = Outcome(
    status="Aborted",
    error_code="InstanceReleased",
    error_info="the instance has released when create task",
)
RELEASED_RUNNING = msgspec.structs.replace(RELEASED, status="Error")
_TIMEOUT = Outcome(
    status="Timeout", error_code="ExecutionTimeout", error_info="the command execution has been timeout"
)
_TERMINATED = Outcome(status="Terminated")
_NON_ZERO = Outcome(
    status="Failed",
    error_code="ExitCodeNonzero",
    error_info="the command execution exit code is not zero",
)
_NO_ACCOUNT = Outcome(
    status="Invalid", error_code="AccountNotExists", error_info="the specified account does not exists"
)
_NO_DIRECTORY = Outcome(
    status="Invalid", error_code="DirectoryNotExists", error_info="the specified directory does not exists"
)
_EXCEPTION = Outcome(
    status="Error", error_code="ExecutionException", error_info="the command execution got an exception"
)


def outcome_of(execution: Execution, working_dir: str) -> Outcome:
    """Return how a finished execution ended."""
    if execution.end == "exited":
        return SUCCESS if execution.exit_code == 0 else _NON_ZERO
    if execution.end == "failed":
        if "no user" in execution.error:
            return _NO_ACCOUNT
        if execution.error.endswith(f": {working_dir or '/root'}"):
            return _NO_DIRECTORY
        return msgspec.structs.replace(_EXCEPTION, error_info=f"{_EXCEPTION.error_info}: {execution.error}")
    return {"timeout": _TIMEOUT, "cancelled": _TERMINATED}.get(execution.end or "", INTERRUPTED)
