"""Surge protection of a balancer: yunbox's own, switched on by tags, the one field that every client can set.

| tag | what it does | values |
|---|---|---|
| `yunbox:surge-protection` | requests wait for capacity that is on its way | `on`, `off` |
| `yunbox:queue-seconds` | how long one waits at most; then 503 with Retry-After | 0.1 to 300, default 10 |
| `yunbox:queue-length` | how many may wait; one more gets 503 at once | 1 to 1000000, default 10000 |
| `yunbox:per-server` | how many requests a server works on at a time | 1 to 100000, or `auto`; default `auto` |
| `yunbox:slow-start-seconds` | a server that comes gets its share over so long | 0 to 300, default 0 |
| `yunbox:drain-seconds` | how long a server that leaves may finish its requests | 0 to 3600 |

The last two hold without surge protection too. `auto` is found at run time from the servers' latency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from yunbox.api.shapes import Tag
from yunbox.api.tagging import check_tags
from yunbox.engines.balancer.interface import Queue
from yunbox.errors import CloudError

PREFIX = "yunbox:"
SURGE = "yunbox:surge-protection"
QUEUE_SECONDS = "yunbox:queue-seconds"
QUEUE_LENGTH = "yunbox:queue-length"
PER_SERVER = "yunbox:per-server"
SLOW_START = "yunbox:slow-start-seconds"
DRAIN = "yunbox:drain-seconds"

_SECONDS = {QUEUE_SECONDS: (0.1, 300.0), SLOW_START: (0.0, 300.0), DRAIN: (0.0, 3600.0)}
_COUNTS = {QUEUE_LENGTH: (1, 1_000_000), PER_SERVER: (1, 100_000)}
_KNOWN = (SURGE, *_SECONDS, *_COUNTS)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the tags of a balancer ask for. `drain` is None where the listener's own setting counts."""

    protected: bool = False
    queue_seconds: float = 10.0
    queue_length: int = 10_000
    per_server: int | Literal["auto"] = "auto"
    slow_start: float = 0.0
    drain: float | None = None

    @property
    def queue(self) -> Queue | None:
        """The queue in front of the servers, or None without surge protection.

        Where the limit is found at run time there is none to begin with.
        """
        if not self.protected:
            return None
        per_server = 0 if self.per_server == "auto" else self.per_server
        return Queue(seconds=self.queue_seconds, length=self.queue_length, per_server=per_server)


def read_settings(tags: Mapping[str, str]) -> Settings:
    """Return what the tags of a balancer ask for. Raises CloudError, naming the tag, for a bad value."""
    for key in tags:
        if key.startswith(PREFIX) and key not in _KNOWN:
            raise _bad(key, f"the keys are {', '.join(_KNOWN)}")
    surge = tags.get(SURGE, "off")
    if surge not in ("on", "off"):
        raise _bad(SURGE, "on or off is expected")
    plain = Settings()
    return Settings(
        protected=surge == "on",
        queue_seconds=_seconds(tags, QUEUE_SECONDS) or plain.queue_seconds,
        queue_length=_count(tags, QUEUE_LENGTH) or plain.queue_length,
        per_server="auto" if tags.get(PER_SERVER) == "auto" else _count(tags, PER_SERVER) or "auto",
        slow_start=_seconds(tags, SLOW_START) or 0.0,
        drain=_seconds(tags, DRAIN),
    )


def checked_tags(tags: Iterable[Tag]) -> dict[str, str]:
    """Return the tags of a new balancer as they are stored. Raises CloudError for ones that are not valid."""
    found = check_tags(tags)
    read_settings(found)
    return found


def _seconds(tags: Mapping[str, str], key: str) -> float | None:
    if key not in tags:
        return None
    least, most = _SECONDS[key]
    try:
        found = float(tags[key])
    except ValueError:
        found = -1.0
    if not least <= found <= most:
        raise _bad(key, f"a number of seconds from {least:g} to {most:g} is expected")
    return found


def _count(tags: Mapping[str, str], key: str) -> int | None:
    if key not in tags:
        return None
    least, most = _COUNTS[key]
    text = tags[key]
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
        also = " or auto" if key == PER_SERVER else ""
        raise _bad(key, f"a number from {least} to {most}{also} is expected")
    return int(text)


def _bad(key: str, why: str) -> CloudError:
    return CloudError("InvalidTagValue.Malformed", 400, f"The tag {key[:64]!a} is not valid: {why}.")
