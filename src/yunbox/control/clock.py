"""Time, injected: nothing below the command line asks the operating system for it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

import msgspec

MAX_SPEED = 10_000.0


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> float:
        """Return the seconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the machine's time, in seconds since the epoch."""
        return time.time()


class Turn(msgspec.Struct, frozen=True):
    """Runs `speed` times as fast as the machine's clock since its time `real`, when it showed `shown`."""

    speed: float
    real: float
    shown: float

    def at(self, real: float) -> float:
        """Return what it shows at a moment of the machine's time."""
        return self.shown + (real - self.real) * self.speed


class TurnedClock:
    """The cloud's time: the machine's, or one that runs faster, for control loops that would take hours.

    Cooldowns, evaluation periods, schedules and the times of metrics are of this clock; signatures, sessions and
    what runs are of the machine's.
    """

    def __init__(self, turn: Turn | None, machine: Clock) -> None:
        self._turn = turn
        self._machine = machine

    @property
    def speed(self) -> float:
        """How many of its seconds pass in one of the machine's."""
        return self._turn.speed if self._turn is not None else 1.0

    def now(self) -> float:
        """Return the cloud's time, in seconds since the epoch."""
        return self.at(self._machine.now())

    def at(self, real: float) -> float:
        """Return the cloud's time at a moment of the machine's."""
        return self._turn.at(real) if self._turn is not None else real

    def wait(self, seconds: float) -> float:
        """Return how many of the machine's seconds so many of the cloud's take."""
        return seconds / self.speed


def turn_clock(file: Path, speed: float, now: float) -> None:
    """Let the cloud's time run at `speed` from now on; kept in `file`, so that it never jumps, nor over a restart.

    At the speed 1, where it never was another, nothing is written. Raises ValueError for a speed out of bounds.
    """
    if not 1.0 <= speed <= MAX_SPEED:
        raise ValueError(f"between 1 and {MAX_SPEED:g} is expected")
    before = read_turn(file)
    if (before is None and speed == 1.0) or (before is not None and before.speed == speed):
        return
    shown = now if before is None else before.at(now)
    aside = file.with_suffix(".new")
    with aside.open("wb") as written:
        written.write(msgspec.json.encode(Turn(speed, now, shown)))
        written.flush()
        os.fsync(written.fileno())
    aside.replace(file)


def read_turn(file: Path) -> Turn | None:
    """Return how the cloud's time runs, or None where it is the machine's. Raises ValueError for a damaged file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Turn)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ValueError(f"{file} is damaged: {error}") from None


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulation."""

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time it was set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time forward by `seconds`."""
        self._now += seconds
