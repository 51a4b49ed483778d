"""Names of instances and hosts, and of many at once: pure. Rules: ECS API documentation, RunInstances."""

from __future__ import annotations

import re
from collections.abc import Callable

from yunbox.errors import CloudError

_NAME = re.compile(r"(?!https?://)[^\W\d_][\w:.\-]{1,127}")
_HOST = re.compile(r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*", re.ASCII)
_ORDERED = re.compile(
    r"(?P<prefix>[^\[\]]*)\[(?:(?P<begin>\d{1,6})?(?:,(?P<bits>[1-6])?)?)\](?P<suffix>[^\[\]]*)", re.ASCII
)

_DEFAULT_BITS = 6
_SUFFIX_BITS = 3


def _malformed(parameter: str, why: str) -> CloudError:
    return CloudError(
        f"Invalid{parameter}.Malformed", 400, f'The specified parameter "{parameter}" is not valid: {why}.'
    )


def check_name(name: str, parameter: str = "InstanceName") -> str:
    """Return a name. Raises CloudError, such as InvalidInstanceName.Malformed."""
    if not _NAME.fullmatch(name):
        raise _malformed(
            parameter,
            "2 to 128 letters, digits, colons, underscores, periods and hyphens are expected, a letter first",
        )
    return name


def check_host_name(name: str) -> str:
    """Return a host name. Raises CloudError: InvalidHostName.Malformed."""
    if not 2 <= len(name) <= 64 or not _HOST.fullmatch(name):
        raise _malformed(
            "HostName",
            "2 to 64 letters, digits, and single periods and hyphens between them are expected",
        )
    return name


def check_description(text: str, parameter: str = "Description") -> str:
    """Return a description; empty says nothing. Raises CloudError: InvalidDescription.Malformed."""
    if text and (not 2 <= len(text) <= 256 or text.startswith(("http://", "https://"))):
        raise _malformed(
            parameter, "2 to 256 characters are expected, not beginning with http:// or https://"
        )
    return text


def names_for(pattern: str, amount: int, *, unique: bool, check: Callable[[str], str]) -> list[str]:
    """Return the names of `amount` instances, each as `check` returns it.

    `web-[7,3]-x` counts from 7 in three digits; empty parts mean 0 and six. Without brackets, `unique` appends
    001 to 999 when there are several. Otherwise all have the same. Raises what `check` raises.
    """
    ordered = _ORDERED.fullmatch(pattern)
    if ordered is not None:
        begin, bits = int(ordered["begin"] or 0), int(ordered["bits"] or _DEFAULT_BITS)
        made = [f"{ordered['prefix']}{begin + index:0{bits}d}{ordered['suffix']}" for index in range(amount)]
    elif unique and amount > 1:
        made = [f"{pattern}{index:0{_SUFFIX_BITS}d}" for index in range(1, amount + 1)]
    else:
        made = [pattern] * amount
    return [check(name) for name in made]


def default_host_name(instance_id: str) -> str:
    """Return the host name of an instance that was given none, such as `iZbp1...Z`."""
    return f"iZ{instance_id.removeprefix('i-')}Z"
