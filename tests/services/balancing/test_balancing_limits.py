"""The limit of a server's requests finds itself from latency."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.balancing.limits import Limit, LimitSettings, adjusted


def follow(hands: float, load: float, rounds: int, limit: Limit | None = None) -> Limit:
    """Let a server that works on `hands` requests at a time be offered `load` of them, second by second."""
    limit = limit or Limit()
    for _ in range(rounds):
        under_way = min(load, limit.value if limit.knee else LimitSettings().first)
        latency = 0.05 * max(1.0, under_way / hands)
        limit = adjusted(LimitSettings(), limit, under_way, under_way / latency, 1.0, 1)
    return limit


def test_it_grows_while_latency_is_what_it_was() -> None:
    assert follow(1000, 1000, 300).knee > 40


def test_it_is_what_a_server_works_on_when_requests_begin_to_wait() -> None:
    calm = follow(4, 4, 60)
    surge = follow(4, 1000, 8, calm)
    assert 3.5 <= surge.knee <= 5
    assert 4 <= surge.value <= 6
    assert 3.5 <= follow(4, 1000, 120, calm).knee <= 6


def test_after_the_surge_it_finds_back() -> None:
    slow = follow(4, 1000, 60, follow(20, 15, 60))
    assert slow.knee < 8
    assert follow(20, 1000, 300, slow).knee > 15


def test_idle_servers_say_nothing() -> None:
    assert follow(20, 2, 300).knee == LimitSettings().first


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.floats(0, 1e5), st.floats(0.01, 10), st.integers(0, 9)), max_size=80
    )
)
def test_it_keeps_to_its_bounds(seen: list[tuple[float, float, float, int]]) -> None:
    limit = Limit()
    for busy, ended, passed, servers in seen:
        limit = adjusted(LimitSettings(), limit, busy, ended, passed, servers)
        assert LimitSettings().least <= limit.knee <= LimitSettings().most
        assert limit.value >= limit.knee
