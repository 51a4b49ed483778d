"""What the tags of a scaling group say, and which are refused."""

from __future__ import annotations

import pytest

from yunbox.errors import CloudError
from yunbox.services.ess.surge.events import Event
from yunbox.services.ess.surge.settings import Protection, check, protection

ON = {"yunbox:surge-protection": "on"}
MIDNIGHT = "2026-11-11T00:00:00+08:00"


def test_it_is_off_unless_switched_on() -> None:
    assert protection({}) is None
    assert protection({"team": "shop", "yunbox:surge-target": "10"}) is None
    assert protection({"yunbox:surge-protection": "off"}) is None
    assert protection(ON) == Protection()


def test_tags_say_how() -> None:
    assert protection(
        ON
        | {
            "yunbox:surge-target": "8",
            "yunbox:surge-utilisation": "0.7",
            "yunbox:surge-max-step": "50",
            "yunbox:surge-hold": "30",
            "yunbox:surge-startup": "1.5",
            "yunbox:surge-forecast": "on",
            "yunbox:surge-event": f"{MIDNIGHT}/rate=20000",
            "yunbox:surge-event:payday": "2026-11-10T12:00:00Z/capacity=50/buffer=10/lasts=30",
        }
    ) == Protection(
        target=8,
        utilisation=0.7,
        max_step=50,
        hold=30,
        startup=1.5,
        forecast=True,
        events=(
            Event(at=1794312000, capacity=50, buffer=10, lasts=30),
            Event(at=1794326400, rate=20000),
        ),
    )
    assert protection(ON | {"yunbox:surge-target": "auto"}) == Protection()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("yunbox:surge-protection", "yes"),
        ("yunbox:surge-target", "0"),
        ("yunbox:surge-target", "many"),
        ("yunbox:surge-target", "1e3"),
        ("yunbox:surge-utilisation", "1.1"),
        ("yunbox:surge-max-step", "1.5"),
        ("yunbox:surge-hold", "-1"),
        ("yunbox:surge-hold", ""),
        ("yunbox:surge-forecast", "maybe"),
        ("yunbox:surge-event", "2026-11-11T00:00:00/rate=1"),
        ("yunbox:surge-event", MIDNIGHT),
        ("yunbox:surge-event", f"{MIDNIGHT}/rate=1/rate=2"),
        ("yunbox:surge-event", f"{MIDNIGHT}/rate=-1"),
        ("yunbox:surge-event", f"{MIDNIGHT}/rates=1"),
        ("yunbox:surge-event", "midnight/rate=1"),
        ("yunbox:surge-speed", "fast"),
        ("yunbox:queue-seconds", "10"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(CloudError) as caught:
        check({key: value})
    assert caught.value.code == "InvalidTagValue.Malformed"
    assert key in caught.value.message
