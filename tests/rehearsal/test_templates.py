"""Templates: what a request holds follows from the seed and its number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.rehearsal.plan import Request
from yunbox.rehearsal.templates import mixed, template
from yunbox.rehearsal.wire import Kind

numbers = st.integers(0, 10**7)


@given(numbers, st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(0, 2**40))
def test_random_numbers_are_in_their_bounds_and_replayable(
    number: int, low: int, width: int, seed: int
) -> None:
    fill = template(f"${{random:{low},{low + width}}}", seed)
    value = int(fill(number, "id"))
    assert low <= value <= low + width
    assert template(f"${{random:{low},{low + width}}}", seed)(number, "id") == str(value).encode()


@given(st.text().filter(lambda text: "${" not in text), numbers)
def test_text_without_holes_stays_what_it_is(text: str, number: int) -> None:
    assert (
        template(text, 1)(number, "id") == text.encode("utf-8", "surrogatepass")
        if text.isprintable()
        else True
    )


def test_holes_are_filled() -> None:
    assert template("/o/${id}?n=${seq}", 1)(7, "r-7") == b"/o/r-7?n=7"


def test_two_holes_of_a_request_are_not_alike() -> None:
    fill = template("${random:0,1000000} ${random:0,1000000}", 1)
    pairs = [fill(number, "").split() for number in range(100)]
    assert sum(first == second for first, second in pairs) <= 1


@pytest.mark.parametrize("text", ["${order}", "${random:5,1}", "${random:1}", "${}"])
def test_an_unknown_hole_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        template(text, 1)


def test_chance_is_spread_evenly() -> None:
    counts = [0] * 10
    for number in range(10_000):
        counts[mixed(11, number) % 10] += 1
    assert all(850 < count < 1150 for count in counts)


def test_a_request_is_whole() -> None:
    kind = Kind(
        Request(
            name="checkout",
            method="POST",
            path="/o/${seq}",
            headers={"host": "shop", "X-A": "${id}"},
            body="é${seq}",
            idempotency_key=True,
        ),
        "127.0.0.1:80",
        1,
        0,
    )
    assert kind.bytes_of(3, "run-3") == (
        b"POST /o/3 HTTP/1.1\r\nHost: shop\r\nUser-Agent: yunbox-rehearse\r\nAccept: */*\r\n"
        b"Idempotency-Key: run-3\r\nX-A: run-3\r\ncontent-length: 3\r\n\r\n\xc3\xa93"
    )
    assert kind.repeatable
    assert not Kind(Request(name="a", method="POST", path="/"), "h", 1, 0).repeatable
    assert Kind(Request(name="a", path="/"), "h", 1, 0).bytes_of(1, "").endswith(b"Accept: */*\r\n\r\n")
