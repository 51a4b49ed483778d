"""Load that recurs by the time of day and of the week, learned while it is watched. Pure.

What recurs is the shape: of each five minutes the highest load is remembered, and what is foreseen is the load now
times how much higher the shape is in a while. How wrong that was lately is remembered too, and is taken off, so that
traffic without a rhythm is foreseen to be nothing special.
"""

from __future__ import annotations

import msgspec

SLOT_SECONDS = 300
_DAY = 86_400 // SLOT_SECONDS
_WEEK = 7 * _DAY
_LEARNING = 0.3
_MOST = 4.0


class History(msgspec.Struct, frozen=True):
    """The highest loads by slots of a day and of a week (negative: not known yet), and the present slot's.

    `error` is by how much of itself the foreseen load of a slot was too high or too low, of late.
    """

    day: tuple[float, ...] = (-1.0,) * _DAY
    week: tuple[float, ...] = (-1.0,) * _WEEK
    slot: int = -1
    highest: float = 0.0
    foreseen: float = -1.0
    error: float = 1.0


def learned(history: History, load: float, at: float) -> History:
    """Return the history with a load seen at `at`, seconds since the epoch."""
    slot = int(at // SLOT_SECONDS)
    if slot == history.slot:
        if load <= history.highest:
            return history
        return msgspec.structs.replace(history, highest=load)
    if history.slot < 0:
        return msgspec.structs.replace(history, slot=slot, highest=load)
    error = history.error
    if history.foreseen > 0 and history.highest > 0:
        off = abs(history.highest - history.foreseen) / max(history.highest, history.foreseen)
        error += (off - error) * 0.05
    done = msgspec.structs.replace(
        history,
        day=_with(history.day, history.slot % _DAY, history.highest),
        week=_with(history.week, history.slot % _WEEK, history.highest),
    )
    before, then = _shape(done, history.slot), _shape(done, slot)
    return msgspec.structs.replace(
        done,
        slot=slot,
        highest=load,
        foreseen=history.highest * then / before if before > 0 and then > 0 else -1.0,
        error=error,
    )


def lead(startup: float) -> float:
    """Return how many seconds ahead to look, when an instance takes `startup` seconds to start."""
    return 1.5 * startup + 10.0


def foreseen(history: History, load: float, at: float, ahead: float) -> float:
    """Return the highest load foreseen for the next `ahead` seconds; 0 where nothing is known."""
    slot = int(at // SLOT_SECONDS)
    now = _shape(history, slot)
    if now <= 0 or history.error >= 0.5:
        return 0.0
    highest = max(_shape(history, each) for each in range(slot, int((at + ahead) // SLOT_SECONDS) + 1))
    return load * min(highest / now, _MOST) * (1 - history.error)


def _shape(history: History, slot: int) -> float:
    week = history.week[slot % _WEEK]
    return week if week >= 0 else history.day[slot % _DAY]


def _with(values: tuple[float, ...], at: int, value: float) -> tuple[float, ...]:
    before = values[at]
    new = value if before < 0 else before + (value - before) * _LEARNING
    return (*values[:at], new, *values[at + 1 :])
