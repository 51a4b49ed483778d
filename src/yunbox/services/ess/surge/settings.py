"""Surge protection is switched on by tags of a scaling group: the one field that every client can set.

All keys begin with `yunbox:`. They are yunbox's own; docs/surge-protection.md describes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from yunbox.errors import CloudError
from yunbox.services.ess.surge.decision import Settings
from yunbox.services.ess.surge.events import Event

PREFIX = "yunbox:"
SWITCH = "yunbox:surge-protection"
EVENT = "yunbox:surge-event"

_EVENTS = 20
_PLAIN = Settings()


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """What the tags ask for. Times of events are of the cloud's clock; `target` 0 is found from latency.

    See `decision.Settings` for what the others mean, and for what is so without a tag.
    """

    target: float = 0.0
    utilisation: float = _PLAIN.utilisation
    max_step: int = _PLAIN.max_step
    hold: float = _PLAIN.hold
    startup: float = _PLAIN.startup
    forecast: bool = False
    events: tuple[Event, ...] = ()


def protection(tags: Mapping[str, str]) -> Protection | None:
    """Return what a group's tags ask for, or None when they do not switch protection on.

    Raises CloudError, naming the tag, as `check` does.
    """
    fields: dict[str, Any] = {}
    on = False
    events: list[Event] = []
    for key, value in sorted(tags.items()):
        if not key.startswith(PREFIX):
            continue
        if key == SWITCH:
            on = _chosen(key, value)
        elif key == EVENT or key.startswith(EVENT + ":"):
            events.append(_event(key, value))
        elif key in _READ:
            name, read = _READ[key]
            fields[name] = read(key, value)
        else:
            raise _refused(key, f"a scaling group knows {', '.join(sorted((SWITCH, EVENT, *_READ)))}")
    if len(events) > _EVENTS:
        raise _refused(EVENT, f"a group has at most {_EVENTS} events")
    return Protection(events=tuple(sorted(events, key=lambda each: each.at)), **fields) if on else None


def check(tags: Mapping[str, str]) -> None:
    """Refuse what `protection` cannot read, naming the tag; other tags than yunbox's own are none of its business.

    Raises CloudError.
    """
    protection(tags)


def checked(tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of a new group as they are, or refuse them as `check` does."""
    check(tags)
    return tags


def _refused(key: str, why: str) -> CloudError:
    return CloudError("InvalidTagValue.Malformed", 400, f"The tag {key[:64]!a} is not valid: {why}.")


def _chosen(key: str, value: str) -> bool:
    if value not in {"on", "off"}:
        raise _refused(key, "on or off is expected")
    return value == "on"


def _number(least: float, most: float, *, word: str = "", whole: bool = False) -> Callable[[str, str], float]:
    """Return what reads a number within bounds; `word` stands for 0."""
    expected = f"a {'whole ' if whole else ''}number from {least:g} to {most:g}"
    expected += f" or {word}" if word else ""

    def read(key: str, value: str) -> float:
        if word and value == word:
            return 0
        if not re.fullmatch(r"\d{1,9}" if whole else r"\d{1,9}(\.\d{1,6})?", value):
            raise _refused(key, f"{expected} is expected")
        number = int(value) if whole else float(value)
        if not least <= number <= most:
            raise _refused(key, f"{expected} is expected")
        return number

    return read


_READ: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "yunbox:surge-target": ("target", _number(1, 10_000, word="auto")),
    "yunbox:surge-utilisation": ("utilisation", _number(0.1, 1.0)),
    "yunbox:surge-max-step": ("max_step", _number(1, 100_000, whole=True)),
    "yunbox:surge-hold": ("hold", _number(1, 3600)),
    "yunbox:surge-startup": ("startup", _number(0.1, 3600)),
    "yunbox:surge-forecast": ("forecast", _chosen),
}

_EVENT_EXPECTED = (
    "TIME/rate=N or TIME/capacity=N is expected, with /buffer=SECONDS and /lasts=SECONDS if wanted, and TIME with "
    "its zone: 2026-11-11T00:00:00+08:00/rate=20000"
)
_EVENT_FIELDS = {
    "rate": _number(0, 100_000_000),
    "capacity": _number(1, 100_000, whole=True),
    "buffer": _number(0, 86_400),
    "lasts": _number(1, 864_000),
}


def _event(key: str, value: str) -> Event:
    time, *parts = value.split("/")
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        at = datetime.min
    fields: dict[str, Any] = {}
    for part in parts:
        name, _, number = part.partition("=")
        if name not in _EVENT_FIELDS or name in fields:
            raise _refused(key, _EVENT_EXPECTED)
        fields[name] = _EVENT_FIELDS[name](key, number)
    if at.tzinfo is None or not fields.keys() & {"rate", "capacity"}:
        raise _refused(key, _EVENT_EXPECTED)
    return Event(at=at.timestamp(), **fields)
