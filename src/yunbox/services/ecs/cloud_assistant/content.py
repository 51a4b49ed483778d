"""The text of a command: its encodings, its bounds, and the parameters in it. Pure.

Source: ECS API documentation, CreateCommand, RunCommand and InvokeCommand.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

import msgspec

from yunbox.api.errors import invalid_parameter
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.errors import beyond

MAX_KEPT = 18 * 1024
MAX_ONCE = 24 * 1024
"""The longest content in base64: of a command that is kept, and of one that is not."""

MAX_NAMES = 20
MAX_PARAMETERS = 10
MAX_NAME = 64

BUILT_IN = ("RegionId", "AccountId", "InstanceId", "InstanceName", "InvokeId", "CommandId")

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_PREFIX = "acs::"


def decode_content(text: str, encoding: str, *, otherwise: str) -> bytes:
    """Return the bytes of a content; an encoding that is not known stands for `otherwise`, as the vendor has it.

    Raises CloudError: InvalidParameter.CmdContent for what is not base64, or not UTF-8 text.
    """
    known = {"plaintext": "PlainText", "base64": "Base64"}
    if known.get(encoding.lower(), otherwise) == "PlainText":
        return text.encode("utf-8", "surrogateescape")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CloudError(
            "InvalidParameter.CmdContent", 400, "The specified CommandContent is not valid base64."
        ) from None


def check_length(content: bytes, most: int) -> None:
    """Return when the content is short enough in base64. Raises CloudError: CmdContent.ExceedLimit."""
    if (len(content) + 2) // 3 * 4 > most:
        raise beyond("CmdContent", "length of the command in base64", f"{most // 1024} KB")


def placeholders(content: bytes) -> tuple[str, ...]:
    """Return the names of a content's own parameters, each once, in order, as they are spelt first.

    Raises CloudError: CmdParam.EmptyKey, CmdParam.InvalidParamName, CmdParamName.ExceedLimit,
    ParameterCount.ExceedLimit.
    """
    found: dict[str, str] = {}
    for match in _PLACEHOLDER.finditer(content.decode("utf-8", "surrogateescape")):
        name = match[1].strip()
        if not name:
            raise CloudError("CmdParam.EmptyKey", 403, "You must specify the parameter names.")
        if name.lower().startswith(_PREFIX):
            if name[len(_PREFIX) :].lower() not in (each.lower() for each in BUILT_IN):
                raise _bad_name(name)
            continue
        if not _NAME.fullmatch(name):
            raise _bad_name(name)
        if len(name) > MAX_NAME:
            raise beyond("CmdParamName", "length of a parameter name", f"{MAX_NAME} bytes")
        found.setdefault(name.lower(), name)
    if len(found) > MAX_NAMES:
        raise beyond("ParameterCount", "number of parameters in the command", str(MAX_NAMES))
    return tuple(found.values())


def _bad_name(name: str) -> CloudError:
    return CloudError(
        "CmdParam.InvalidParamName",
        403,
        f"Invalid parameter name {name[:64]!a}. It consists of letters, digits, hyphens and underscores, or is "
        f"ACS:: and one of {', '.join(BUILT_IN)}.",
    )


def read_parameters(text: str, names: tuple[str, ...], *, enabled: bool) -> dict[str, str]:
    """Return the values of parameters, given as a JSON object, by their names in lower case.

    Raises CloudError: Parameter.Disabled, InvalidParameter, ParameterCount.ExceedLimit, ParameterKey.ExceedLimit,
    ParameterKey.Duplicate, ParameterType.NotSupported, Parameter.NotMatched.
    """
    if not text:
        return {}
    try:
        given = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        raise invalid_parameter("Parameters", "a JSON object is expected") from None
    if not given:
        return {}
    if not enabled:
        raise CloudError(
            "Parameter.Disabled",
            400,
            "Parameters cannot be passed in when the command customization function is disabled.",
        )
    if len(given) > MAX_PARAMETERS:
        raise beyond("ParameterCount", "number of parameters", str(MAX_PARAMETERS))
    known = {each.lower() for each in names}
    found: dict[str, str] = {}
    for name, value in given.items():
        if len(name) > MAX_NAME:
            raise beyond("ParameterKey", "length of a parameter name", str(MAX_NAME))
        if name.lower() in found:
            raise CloudError("ParameterKey.Duplicate", 403, "Parameter names cannot be duplicated.")
        if name.lower() not in known:
            raise CloudError(
                "Parameter.NotMatched",
                403,
                "The passed-in parameters do not match the parameters defined when you created the command.",
            )
        found[name.lower()] = _text(value)
    return found


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise CloudError("ParameterType.NotSupported", 403, "The type of parameter value is not supported.")


def rendered(content: bytes, parameters: Mapping[str, str], built_in: Mapping[str, str]) -> bytes:
    """Return a content with its placeholders filled in; parameters that were not given are empty.

    `parameters` go by names in lower case, `built_in` by those of `BUILT_IN`. What is filled in is not looked at
    again.
    """
    values = {f"{_PREFIX}{name.lower()}": value for name, value in built_in.items()} | dict(parameters)
    text = content.decode("utf-8", "surrogateescape")
    filled = _PLACEHOLDER.sub(lambda match: values.get(match[1].strip().lower(), ""), text)
    return filled.encode("utf-8", "surrogateescape")
