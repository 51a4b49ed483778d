"""What recurs is foreseen; what does not is not."""

from __future__ import annotations

import random

from yunbox.services.ess.surge.forecast import SLOT_SECONDS, History, foreseen, learned

DAY = 86_400


def taught(days: int, load: object) -> History:
    history = History()
    for at in range(0, days * DAY, SLOT_SECONDS // 2):
        history = learned(history, load(at), float(at))  # type: ignore[operator]
    return history


def daily(at: float) -> float:
    """A shop that opens at nine."""
    return 1000.0 if 9 * 3600 <= at % DAY < 18 * 3600 else 100.0


def test_the_hour_at_which_a_shop_opens_is_foreseen() -> None:
    history = taught(10, daily)
    before = 10 * DAY + 9 * 3600 - 120
    assert foreseen(history, 100.0, before, 180.0) > 350
    assert foreseen(history, 100.0, before - 7200, 180.0) < 110


def test_twice_the_customers_are_foreseen_to_be_twice_as_many() -> None:
    history = taught(10, daily)
    before = 10 * DAY + 9 * 3600 - 120
    once, twice = (foreseen(history, load, before, 180.0) for load in (100.0, 200.0))
    assert abs(twice - 2 * once) < 1


def test_the_first_day_foresees_nothing() -> None:
    assert foreseen(taught(1, daily), 100.0, DAY - 60.0, 600.0) == 0
    assert foreseen(History(), 100.0, 0.0, 600.0) == 0


def test_noise_is_not_believed() -> None:
    chance = random.Random(7)
    history = taught(10, lambda at: chance.expovariate(1 / 100))
    assert foreseen(history, 100.0, 10.0 * DAY, 600.0) < 100
