"""What rules ask for: the documentation's cases, and bounds that hold whatever the rules."""

from __future__ import annotations

import calendar
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.oss.lifecycle_decision import (
    DAY,
    Convert,
    Decision,
    Expire,
    Facts,
    decide,
    decide_upload,
    due,
    end_of,
    prefixes,
)
from yunbox.services.oss.lifecycle_documents import (
    AbortMultipartUpload,
    Expiration,
    FilterNot,
    LifecycleRule,
    NoncurrentVersionExpiration,
    NoncurrentVersionTransition,
    RuleFilter,
    RuleTag,
    Transition,
    midnight,
)
from yunbox.services.oss.model import StorageClass


def at(text: str) -> float:
    return float(calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S")))


def on(**kind: object) -> LifecycleRule:
    return LifecycleRule(status="Enabled", **kind)  # type: ignore[arg-type]


CHANGED = at("2026-11-10 15:00:00")
BEFORE_10 = Expiration(created_before_date="2026-11-10T00:00:00.000Z")
ON_10 = Expiration(date="2026-11-10T00:00:00.000Z")
DAYS_1 = on(expiration=Expiration(days=1))


@pytest.mark.parametrize(
    ("changed", "days", "when"),
    [
        ("2026-11-10 15:00:00", 1, "2026-11-12 00:00:00"),
        ("2026-11-10 00:00:01", 1, "2026-11-12 00:00:00"),
        ("2026-11-10 00:00:00", 1, "2026-11-11 00:00:00"),
        ("2022-10-27 15:00:00", 31, "2022-11-28 00:00:00"),
    ],
)
def test_days_count_from_the_midnight_that_ends_the_day(changed: str, days: int, when: str) -> None:
    assert due(at(changed), days) == at(when)


@pytest.mark.parametrize(
    ("now", "decision"),
    [("2026-11-11 23:59:59", None), ("2026-11-12 00:00:00", Expire()), ("2030-01-01 00:00:00", Expire())],
)
def test_an_object_expires_at_midnight(now: str, decision: Decision) -> None:
    assert decide([DAYS_1], Facts(key="k", size=1, modified=CHANGED), at(now)) == decision


@pytest.mark.parametrize(
    ("expiration", "modified", "now", "expires"),
    [
        (BEFORE_10, "2026-11-09 23:59:59", "2026-11-10 00:00:00", True),
        (BEFORE_10, "2026-11-10 00:00:00", "2026-12-10 00:00:00", False),
        (BEFORE_10, "2026-11-01 00:00:00", "2026-11-09 23:59:59", False),
        (ON_10, "2026-11-20 00:00:00", "2026-11-21 00:00:00", True),
        (ON_10, "2026-11-01 00:00:00", "2026-11-09 23:59:59", False),
    ],
)
def test_dates(expiration: Expiration, modified: str, now: str, expires: bool) -> None:
    facts = Facts(key="k", size=1, modified=at(modified))
    assert (decide([on(expiration=expiration)], facts, at(now)) == Expire()) is expires


def test_deletion_goes_before_conversion_and_the_colder_class_before_the_warmer() -> None:
    def moves(storage_class: StorageClass) -> LifecycleRule:
        return on(transition=[Transition(days=365, storage_class=storage_class)])

    facts = Facts(key="k", size=1, modified=CHANGED)
    later = CHANGED + 400 * DAY
    assert decide([moves("IA")], facts, later) == Convert("IA")
    assert decide([moves("IA"), moves("DeepColdArchive"), moves("Archive")], facts, later) == Convert(
        "DeepColdArchive"
    )
    assert decide([moves("IA"), on(expiration=Expiration(days=365))], facts, later) == Expire()


def test_nothing_is_made_warmer_or_converted_twice() -> None:
    rule = on(transition=[Transition(days=1, storage_class="Archive")])
    for present in ("Archive", "ColdArchive", "DeepColdArchive"):
        facts = Facts(key="k", size=1, modified=CHANGED, storage_class=present)
        assert decide([rule], facts, CHANGED + 9 * DAY) is None


def test_former_versions_count_from_the_day_they_were_replaced() -> None:
    rule = on(
        expiration=Expiration(days=1),
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=20),
        noncurrent_version_transition=[NoncurrentVersionTransition(noncurrent_days=10, storage_class="IA")],
    )
    replaced = CHANGED + 100 * DAY
    facts = Facts(key="k", size=1, modified=CHANGED, noncurrent_since=replaced)
    assert decide([rule], facts, due(replaced, 10) - 1) is None
    assert decide([rule], facts, due(replaced, 10)) == Convert("IA")
    assert decide([rule], facts, due(replaced, 20)) == Expire()


@pytest.mark.parametrize(
    ("marker_rule", "alone", "expires"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_delete_marker_goes_when_it_is_alone_and_a_rule_says_so(
    marker_rule: bool, alone: bool, expires: bool
) -> None:
    rule = on(expiration=Expiration(expired_object_delete_marker=True) if marker_rule else Expiration(days=1))
    facts = Facts(key="k", size=0, modified=CHANGED, marker=True, alone=alone)
    assert (decide([rule], facts, CHANGED + 99 * DAY) == Expire()) is expires


@pytest.mark.parametrize(
    ("facts", "matches"),
    [
        (Facts(key="a/1", size=150, modified=CHANGED, tags={"k": "v"}), True),
        (Facts(key="b/1", size=150, modified=CHANGED, tags={"k": "v"}), False),
        (Facts(key="a/1", size=150, modified=CHANGED, tags={"k": "w"}), False),
        (Facts(key="a/1", size=150, modified=CHANGED), False),
        (Facts(key="a/1", size=100, modified=CHANGED, tags={"k": "v"}), False),
        (Facts(key="a/1", size=200, modified=CHANGED, tags={"k": "v"}), False),
        (Facts(key="a/not", size=150, modified=CHANGED, tags={"k": "v"}), False),
        (Facts(key="a/tagged", size=150, modified=CHANGED, tags={"k": "v"}), True),
        (Facts(key="a/tagged", size=150, modified=CHANGED, tags={"k": "v", "keep": "1"}), False),
    ],
)
def test_what_a_rule_is_for(facts: Facts, matches: bool) -> None:
    rule = on(
        prefix="a/",
        tag=[RuleTag(key="k", value="v")],
        filter=RuleFilter(
            object_size_greater_than=100,
            object_size_less_than=200,
            excluded=[
                FilterNot(prefix="a/not"),
                FilterNot(prefix="a/tagged", tag=RuleTag(key="keep", value="1")),
            ],
        ),
        expiration=Expiration(days=1),
    )
    assert (decide([rule], facts, CHANGED + 9 * DAY) == Expire()) is matches


def test_small_files_links_and_what_is_appended_to() -> None:
    moves = on(transition=[Transition(days=1, storage_class="IA", allow_small_file=False)])
    archives = on(transition=[Transition(days=1, storage_class="Archive")])
    later = CHANGED + 9 * DAY
    assert decide([moves], Facts(key="k", size=65535, modified=CHANGED), later) is None
    assert decide([moves], Facts(key="k", size=65536, modified=CHANGED), later) == Convert("IA")
    assert decide([archives], Facts(key="k", size=1, modified=CHANGED, type="Symlink"), later) is None
    assert decide([archives], Facts(key="k", size=1, modified=CHANGED, type="Appendable"), later) is None


def test_uploads_are_aborted_by_days_and_date_and_never_by_size() -> None:
    by_days = on(prefix="a", abort_multipart_upload=AbortMultipartUpload(days=2))
    by_date = on(abort_multipart_upload=AbortMultipartUpload(created_before_date="2026-11-11T00:00:00.000Z"))
    by_size = on(
        filter=RuleFilter(object_size_less_than=10), abort_multipart_upload=AbortMultipartUpload(days=2)
    )
    assert not decide_upload([by_days], "a", {}, CHANGED, due(CHANGED, 2) - 1)
    assert decide_upload([by_days], "a", {}, CHANGED, due(CHANGED, 2))
    assert not decide_upload([by_days], "b", {}, CHANGED, due(CHANGED, 99))
    assert decide_upload([by_date], "b", {}, CHANGED, at("2026-11-11 00:00:00"))
    assert not decide_upload([by_size], "b", {}, CHANGED, due(CHANGED, 99))


def test_only_prefixes_that_matter_are_walked() -> None:
    rules = [
        on(prefix="a/b", expiration=Expiration(days=1)),
        on(prefix="a/", expiration=Expiration(days=1)),
        on(prefix="c", abort_multipart_upload=AbortMultipartUpload(days=1)),
        LifecycleRule(prefix="", status="Disabled", expiration=Expiration(days=1)),
    ]
    assert prefixes(rules, "objects") == ["a/"]
    assert prefixes(rules, "uploads") == ["c"]


_MIDNIGHTS = st.integers(0, 60).map(
    lambda day: time.strftime("%Y-%m-%dT00:00:00.000Z", time.gmtime(1_780_000_000 + day * DAY))
)
_CLASSES = st.sampled_from(["IA", "Archive", "ColdArchive", "DeepColdArchive"])
_DAYS = st.integers(1, 60)
_RULES = st.builds(
    LifecycleRule,
    prefix=st.sampled_from(["", "a", "ab"]),
    status=st.sampled_from(["Enabled", "Disabled"]),
    tag=st.lists(st.builds(RuleTag, key=st.sampled_from("xy"), value=st.sampled_from("12")), max_size=1),
    filter=st.none() | st.builds(RuleFilter, object_size_greater_than=st.none() | st.integers(1, 100)),
    expiration=st.none()
    | st.builds(Expiration, days=_DAYS)
    | st.builds(Expiration, created_before_date=_MIDNIGHTS)
    | st.builds(Expiration, date=_MIDNIGHTS)
    | st.just(Expiration(expired_object_delete_marker=True)),
    transition=st.lists(
        st.builds(Transition, days=_DAYS, storage_class=_CLASSES)
        | st.builds(Transition, created_before_date=_MIDNIGHTS, storage_class=_CLASSES),
        max_size=3,
    ),
    noncurrent_version_expiration=st.none() | st.builds(NoncurrentVersionExpiration, noncurrent_days=_DAYS),
    noncurrent_version_transition=st.lists(
        st.builds(NoncurrentVersionTransition, noncurrent_days=_DAYS, storage_class=_CLASSES), max_size=2
    ),
)
_FACTS = st.builds(
    Facts,
    key=st.sampled_from(["a", "abc", "b"]),
    size=st.integers(0, 200),
    modified=st.floats(1_780_000_000, 1_780_000_000 + 30 * DAY),
    storage_class=st.sampled_from(["Standard", "IA", "Archive"]),
    tags=st.dictionaries(st.sampled_from("xy"), st.sampled_from("12")),
    noncurrent_since=st.none() | st.floats(1_780_000_000, 1_780_000_000 + 30 * DAY),
)
_NOW = st.floats(1_780_000_000 + 30 * DAY, 1_780_000_000 + 120 * DAY)
_WARMTH = ["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"]


@given(st.lists(_RULES, max_size=4), _FACTS, _NOW)
def test_what_is_decided_is_asked_for_by_a_rule_that_matches(
    rules: list[LifecycleRule], facts: Facts, now: float
) -> None:
    decision = decide(rules, facts, now)
    if decision is None:
        return
    matching = [
        rule
        for rule in rules
        if rule.status == "Enabled"
        and facts.key.startswith(rule.prefix)
        and all(facts.tags.get(tag.key) == tag.value for tag in rule.tag)
        and not (
            rule.filter is not None
            and rule.filter.object_size_greater_than is not None
            and facts.size <= rule.filter.object_size_greater_than
        )
    ]
    assert decide(matching, facts, now) == decision
    assert any(decide([rule], facts, now) == decision for rule in matching)


@given(st.lists(_RULES, max_size=4), _FACTS, _NOW)
def test_the_whole_is_the_strongest_of_what_each_rule_asks(
    rules: list[LifecycleRule], facts: Facts, now: float
) -> None:
    each = [decide([rule], facts, now) for rule in rules]
    whole = decide(rules, facts, now)
    if Expire() in each:
        assert whole == Expire()
    elif classes := [found.storage_class for found in each if isinstance(found, Convert)]:
        coldest = max(classes, key=_WARMTH.index)
        assert whole == Convert(coldest)
        assert _WARMTH.index(coldest) > _WARMTH.index(facts.storage_class)
    else:
        assert whole is None


@given(st.lists(_RULES, max_size=4), _FACTS, _NOW)
def test_what_is_announced_as_an_object_s_end_is_what_happens(
    rules: list[LifecycleRule], facts: Facts, now: float
) -> None:
    current = msgspec.structs.replace(facts, noncurrent_since=None)
    found = end_of(rules, current)
    assert (decide(rules, current, now) == Expire()) is (found is not None and found[1] <= now)


@given(_RULES, _FACTS)
def test_nothing_happens_before_its_first_possible_moment(rule: LifecycleRule, facts: Facts) -> None:
    """Days: not within a whole day of the change. Dates: not before the date."""
    decision = decide([rule], facts, facts.modified)
    dates = [each.created_before_date for each in rule.transition]
    if rule.expiration is not None:
        dates += [rule.expiration.created_before_date, rule.expiration.date]
    moments = [midnight(text) for text in dates if text is not None]
    if facts.noncurrent_since is None and not any(m is not None and m <= facts.modified for m in moments):
        assert decision is None
