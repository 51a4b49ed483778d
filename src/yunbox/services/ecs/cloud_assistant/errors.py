"""Refusals of Cloud Assistant. Codes, statuses and sentences: the ECS API documentation of its actions."""

from __future__ import annotations

from yunbox.errors import CloudError


def command_not_found(id_: str) -> CloudError:
    """Return the refusal for a command that does not exist."""
    return CloudError("InvalidCmdId.NotFound", 404, f"The specified command ID {id_[:64]!a} does not exist.")


def invocation_not_found(id_: str) -> CloudError:
    """Return the refusal for an invocation that does not exist."""
    return CloudError(
        "InvalidInvokeId.NotFound", 404, f"The specified invoke ID {id_[:64]!a} does not exist."
    )


def target_not_found(id_: str) -> CloudError:
    """Return the refusal for an instance that does not exist, as Cloud Assistant spells it."""
    return CloudError("InvalidInstance.NotFound", 404, f"The specified instance {id_[:64]!a} does not exist.")


def not_applicable(id_: str) -> CloudError:
    """Return the refusal of a command for Windows on an instance with Linux."""
    return CloudError(
        "InvalidInstance.NotMatch", 403, f"The specified instance type does not match the command: {id_}."
    )


def too_many_instances(most: int) -> CloudError:
    """Return the refusal of more instances than one request may name."""
    return CloudError(
        "InstanceIds.ExceedLimit", 403, f"The number of instance IDs exceeds the upper limit, {most}."
    )


def beyond(code: str, what: str, most: str) -> CloudError:
    """Return the refusal of something longer than allowed, such as `CmdName.ExceedLimit`."""
    return CloudError(f"{code}.ExceedLimit", 403, f"The {what} exceeds the upper limit, {most}.")
