"""Tags of users, roles and policies."""

from __future__ import annotations

import pytest
from directory_asks import READ_ALL, trust

from yunbox.identity.directory import Directory
from yunbox.identity.registry import InvalidValueError, LimitExceededError, NoSuchEntityError
from yunbox.identity.resources import Account, User


def test_tags_are_put_changed_and_taken_away(directory: Directory, account: Account, alice: User) -> None:
    directory.tag(account.id, "user", ["alice"], {"team": "a", "stage": "test"})
    directory.tag(account.id, "user", ["alice"], {"team": "b"})
    assert directory.list_tags(account.id, "user").items == [
        ("alice", "stage", "test"),
        ("alice", "team", "b"),
    ]
    directory.untag(account.id, "user", ["alice"], ["stage", "absent"])
    assert directory.list_tags(account.id, "user").items == [("alice", "team", "b")]
    directory.untag(account.id, "user", ["alice"], None)
    assert directory.list_tags(account.id, "user").items == []


def test_a_listing_is_of_named_resources_or_of_those_that_bear_tags(
    directory: Directory, account: Account
) -> None:
    for index in range(3):
        directory.create_role(account.id, f"role-{index}", trust("*"), tags={"n": str(index), "all": "1"})
    directory.create_policy(account.id, "p", READ_ALL, tags={"n": "1"})
    assert {row[0] for row in directory.list_tags(account.id, "role", names=["role-1", "gone"]).items} == {
        "role-1"
    }
    found = directory.list_tags(account.id, "role", wanted=[("all", ""), ("n", "2")]).items
    assert found == [("role-2", "all", "1"), ("role-2", "n", "2")]
    assert directory.list_tags(account.id, "policy").items == [("p", "n", "1")]


def test_pages_of_tags_go_on_within_a_resource(directory: Directory, account: Account) -> None:
    for index in range(2):
        tags = {f"k{each}": "" for each in range(3)}
        directory.create_role(account.id, f"role-{index}", trust("*"), tags=tags)
    rows, marker, pages = [], "", 0
    while True:
        page = directory.list_tags(account.id, "role", marker=marker, limit=2)
        rows += page.items
        pages += 1
        marker = page.marker
        if not marker:
            break
    assert pages == 3
    assert len(set(rows)) == len(rows) == 6


def test_tags_that_are_refused(directory: Directory, account: Account, alice: User) -> None:
    for bad in (
        {"": "x"},
        {"k" * 129: ""},
        {"k": "v" * 129},
        {"acs:k": ""},
        {"aliyun-k": ""},
        {"http://k": ""},
    ):
        with pytest.raises(InvalidValueError):
            directory.tag(account.id, "user", ["alice"], bad)
    with pytest.raises(LimitExceededError):
        directory.tag(account.id, "user", ["alice"], {str(index): "" for index in range(21)})
    directory.tag(account.id, "user", ["alice"], {str(index): "" for index in range(20)})
    with pytest.raises(LimitExceededError):
        directory.tag(account.id, "user", ["alice"], {"one more": ""})
    with pytest.raises(NoSuchEntityError):
        directory.tag(account.id, "user", ["nobody"], {"a": "b"})
    with pytest.raises(InvalidValueError):
        directory.tag(account.id, "group", ["alice"], {"a": "b"})
    other = directory.create_account()
    with pytest.raises(NoSuchEntityError):
        directory.tag(other.id, "user", ["alice"], {"a": "b"})
