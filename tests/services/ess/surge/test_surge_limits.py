"""The limit of a server's requests finds itself from latency."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ess.surge.limits import Limit, LimitSettings, adjusted


def follow(knee: float, load: float, rounds: int, limit: Limit | None = None) -> Limit:
    """Let a server that slows down beyond `knee` requests at a time be offered `load` of them, second by second."""
    limit = limit or Limit()
    for _ in range(rounds):
        under_way = min(load, limit.value or LimitSettings().first)
        latency = 0.05 * max(1.0, under_way / knee)
        limit = adjusted(LimitSettings(), limit, under_way, under_way / latency, 1.0, 1)
    return limit


def test_it_grows_while_latency_is_what_it_was() -> None:
    assert follow(1000, 1000, 300).value > 100


def test_it_shrinks_when_requests_take_longer() -> None:
    calm = follow(20, 18, 60)
    assert follow(20, 1000, 30, calm).value < 60


def test_idle_servers_say_nothing() -> None:
    assert follow(20, 2, 300).value == LimitSettings().first


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.floats(0, 1e5), st.floats(0.01, 10), st.integers(0, 9)), max_size=80
    )
)
def test_it_keeps_to_its_bounds(seen: list[tuple[float, float, float, int]]) -> None:
    limit = Limit()
    for busy, ended, passed, servers in seen:
        limit = adjusted(LimitSettings(), limit, busy, ended, passed, servers)
        assert LimitSettings().least <= limit.value <= LimitSettings().most
