"""Patterns with asterisks and question marks."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yunbox.identity.policy.wildcard import Wildcard


def fits(pattern: str, text: str) -> bool:
    """The rules, said as plainly as can be: a table of which prefixes fit which."""
    row = [True] + [False] * len(text)
    for wanted in pattern:
        if wanted == "*":
            for at in range(1, len(row)):
                row[at] = row[at] or row[at - 1]
        else:
            row = [False] + [row[at] and wanted in ("?", text[at]) for at in range(len(text))]
    return row[-1]


@given(pattern=st.text("ab*?", max_size=12), text=st.text("ab", max_size=16))
@example(pattern="*a?*?b*", text="aab")
@example(pattern="a*a", text="a")
@example(pattern="*?a?*", text="baab")
def test_matching_agrees_with_the_plain_rules(pattern: str, text: str) -> None:
    assert Wildcard(pattern).matches(text) is fits(pattern, text)


@given(text=st.text(max_size=20))
def test_a_pattern_without_wildcards_matches_itself_alone(text: str) -> None:
    plain = text.replace("*", "x").replace("?", "x")
    assert Wildcard(plain).matches(plain)
    assert not Wildcard(plain).matches(plain + "x")


@pytest.mark.parametrize(
    "pattern", ["*a" * 1500 + "*b", "?a*" * 1000 + "b", "*" + "?a" * 1500 + "*b", "a?" * 2000 + "*b*?"]
)
def test_hostile_patterns_are_matched_in_a_moment(pattern: str) -> None:
    compiled = Wildcard(pattern)
    text = "a" * 4000
    start = time.perf_counter()
    assert not compiled.matches(text)
    # A backtracking matcher would need longer than the universe has lasted.
    assert time.perf_counter() - start < 2


def test_a_question_mark_stands_for_one_character_whatever_its_bytes() -> None:
    assert Wildcard("照片/?.jpg").matches("照片/海.jpg")
    assert not Wildcard("照片/?.jpg").matches("照片/.jpg")
