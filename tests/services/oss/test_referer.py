"""Hotlink protection."""

from __future__ import annotations

import time

import oss2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oss2.models import BucketReferer
from plain_http import send

from yunbox.services.oss.referer import RefererConfiguration, RefererList, matches, passes


def rules(white: str = "", black: str = "", *, empty: bool = True, query: bool = True, path: bool = False):
    return RefererConfiguration(
        allow_empty_referer=empty,
        allow_truncate_query_string=query,
        truncate_path=path,
        referer_list=RefererList(referer=white.split()),
        referer_blacklist=RefererList(referer=black.split()) if black else None,
    )


@pytest.mark.parametrize(
    ("setting", "referer", "expected"),
    [
        (rules(), "", True),
        (rules(), "http://any", True),
        (rules(empty=False), "", True),
        (rules("http://a.com", empty=False), "", False),
        (rules("http://a.com", empty=False), "http://a.com/x", True),
        (rules("http://a.com"), "http://b.com/http://a.com", False),
        (rules("a.com"), "https://a.com/x", True),
        (rules("http://*.a.com/"), "http://x.y.a.com/page", True),
        (rules("http://*.a.com/"), "http://a.com/page", False),
        (rules("http://a?.com"), "http://ab.com", True),
        (rules("http://a?.com"), "http://a.com", False),
        (rules("*", "*evil.com"), "http://evil.com", False),
        (rules("*", "*evil.com"), "http://good.com", True),
        (rules(black="*evil.com"), "http://good.com", True),
        (rules(black="*evil.com"), "http://www.evil.com/x", False),
        (rules(black="*evil.com"), "http://good.com/?evil.com", True),
        (rules(black="*evil.com", query=False), "http://good.com/?evil.com", False),
        (rules(black="*evil.com", path=True), "http://good.com/evil.com", True),
        (rules("http://a.com/", path=True), "http://a.com/x", False),
    ],
)
def test_which_pages_pass(setting: RefererConfiguration, referer: str, expected: bool) -> None:
    assert passes(setting, referer) is expected


@given(st.text("ab*?", max_size=12), st.text("ab/", max_size=16))
def test_matching_agrees_with_a_slow_oracle(entry: str, referer: str) -> None:
    def fits(pattern: str, text: str) -> bool:
        if not pattern:
            return True
        if pattern[0] == "*":
            return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
        return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])

    assert matches(entry, referer) is fits(entry, referer)


def test_a_hostile_entry_takes_no_time() -> None:
    begun = time.perf_counter()
    matches("*a?" * 2000, "http://" + "a" * 8000)
    assert time.perf_counter() - begun < 1


def test_only_visitors_and_signed_urls_are_looked_at(cloud, either_bucket: oss2.Bucket) -> None:
    bucket = either_bucket
    bucket.put_object("a", b"a")
    bucket.put_bucket_acl("public-read")
    path = f"/{bucket.bucket_name}/a"
    page, evil = {"Referer": "https://good.com/x"}, {"Referer": "https://evil.com/x"}
    bucket.put_bucket_referer(BucketReferer(False, ["https://good.com"]))
    signed = bucket.sign_url("GET", "a", 60)
    for target in (path, signed):
        assert send(cloud, "GET", target, headers=page).status == 200
        for refused in (evil, {}):
            answer = send(cloud, "GET", target, headers=refused)
            assert (answer.status, answer.code) == (403, "AccessDenied")
    assert bucket.get_object("a", headers=evil).read() == b"a"
    bucket.put_bucket_referer(BucketReferer(True, []))
    assert send(cloud, "GET", path, headers=evil).status == 200


def test_the_lists_come_back(either_bucket: oss2.Bucket, refused) -> None:
    found = either_bucket.get_bucket_referer()
    assert (found.allow_empty_referer, found.referers, found.black_referers) == (True, [], [])
    either_bucket.put_bucket_referer(BucketReferer(False, ["http://中文", "*"], False, ["http://x"]))
    found = either_bucket.get_bucket_referer()
    assert (found.referers, found.black_referers) == (["http://中文", "*"], ["http://x"])
    assert (found.allow_empty_referer, found.allow_truncate_query_string) == (False, False)
    refused("InvalidArgument", either_bucket.put_bucket_referer, BucketReferer(True, ["x" * 21_000]))
