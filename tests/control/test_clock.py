"""The cloud's time: the machine's, or one that runs faster and never jumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from yunbox.control.clock import ManualClock, TurnedClock, read_turn, turn_clock

START = 1_800_000_000.0


def test_without_a_turn_it_is_the_machines(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    turn_clock(file, 1.0, START)
    assert not file.exists()
    clock = TurnedClock(read_turn(file), ManualClock(START))
    assert (clock.now(), clock.speed, clock.wait(3.0)) == (START, 1.0, 3.0)


def test_it_runs_as_fast_as_was_asked(tmp_path: Path) -> None:
    file, machine = tmp_path / "clock.json", ManualClock(START)
    turn_clock(file, 60.0, machine.now())
    clock = TurnedClock(read_turn(file), machine)
    machine.advance(2.0)
    assert clock.now() == START + 120.0
    assert clock.wait(300.0) == 5.0


def test_it_does_not_jump_when_the_speed_changes_or_the_cloud_starts_again(tmp_path: Path) -> None:
    file, machine = tmp_path / "clock.json", ManualClock(START)
    turn_clock(file, 60.0, machine.now())
    machine.advance(10.0)
    turn_clock(file, 60.0, machine.now())
    assert TurnedClock(read_turn(file), machine).now() == START + 600.0
    turn_clock(file, 1.0, machine.now())
    machine.advance(1.0)
    assert TurnedClock(read_turn(file), machine).now() == START + 601.0


@pytest.mark.parametrize("speed", [0.5, 0.0, -1.0, float("nan"), 1e9])
def test_a_speed_out_of_bounds_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        turn_clock(tmp_path / "clock.json", speed, START)


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_bytes(b"{")
    with pytest.raises(ValueError, match="damaged"):
        read_turn(file)
