"""What tags of a balancer mean: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.services.balancing.settings import Settings, read_settings

KEYS = st.sampled_from(
    [
        "yunbox:surge-protection",
        "yunbox:queue-seconds",
        "yunbox:queue-length",
        "yunbox:per-server",
        "yunbox:slow-start-seconds",
        "yunbox:drain-seconds",
    ]
)
VALUES = st.one_of(
    st.text("0123456789.+-einfa_ ", max_size=8),
    st.integers().map(str),
    st.sampled_from(["auto", "on", "off"]),
)


def test_without_tags_nothing_is_held() -> None:
    assert read_settings({"env": "test"}) == Settings()
    assert Settings().queue is None


def test_switched_on_it_has_defaults() -> None:
    found = read_settings({"yunbox:surge-protection": "on"})
    assert found.per_server == "auto"
    queue = found.queue
    assert queue is not None
    assert (queue.seconds, queue.length, queue.per_server) == (10.0, 10_000, 0)


def test_drain_and_slow_start_hold_without_it() -> None:
    found = read_settings({"yunbox:drain-seconds": "0", "yunbox:slow-start-seconds": "1.5"})
    assert (found.protected, found.drain, found.slow_start) == (False, 0.0, 1.5)


@given(st.dictionaries(KEYS, VALUES))
def test_whatever_is_taken_is_within_bounds(tags: dict[str, str]) -> None:
    try:
        found = read_settings(tags)
    except CloudError as error:
        assert any(key in error.message for key in tags)
        return
    assert 0.1 <= found.queue_seconds <= 300
    assert 1 <= found.queue_length <= 1_000_000
    assert found.per_server == "auto" or 1 <= found.per_server <= 100_000
    assert 0 <= found.slow_start <= 300
    assert found.drain is None or 0 <= found.drain <= 3600


@pytest.mark.parametrize("key", ["yunbox:nothing", "yunbox:"])
def test_an_unknown_key_is_refused_by_name(key: str) -> None:
    with pytest.raises(CloudError, match=key):
        read_settings({key: "1"})
