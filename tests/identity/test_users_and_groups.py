"""Users and groups: what is said of them, who is in which, pages of them, and what is stored of old."""

from __future__ import annotations

import msgspec
import pytest
from directory_asks import READ_ALL, principal

from yunbox.control.clock import ManualClock
from yunbox.control.store import Store
from yunbox.control.store_resource import codec
from yunbox.identity.directory import Directory
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    NoSuchEntityError,
)
from yunbox.identity.resources import Account, CustomPolicy, Group, Membership, Role, User
from yunbox.identity.users import UserFacts


def test_a_renamed_user_keeps_its_keys_groups_and_policies(
    directory: Directory, account: Account, alice: User
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(alice.id, "read")
    directory.update_user(alice.id, UserFacts(name="alicia"))
    assert directory.user(account.id, "alice") is None
    found = principal(directory, key.id)
    assert found.name == "alicia"
    assert found.arn.endswith(":user/alicia")
    assert found.policies == (READ_ALL,)


def test_a_fact_that_is_not_said_stays_and_an_empty_one_is_cleared(
    directory: Directory, account: Account, clock: ManualClock
) -> None:
    made = directory.create_user(
        account.id, "bob", display_name="Bob", mobile_phone="86-18600008888", email="bob@example.com"
    )
    clock.advance(10)
    changed = directory.update_user(made.id, UserFacts(comments="new", email=""))
    assert (changed.display_name, changed.mobile_phone, changed.email) == ("Bob", "86-18600008888", "")
    assert changed.comments == "new"
    assert changed.updated == made.created + 10


def test_nobody_takes_a_name_that_is_taken(directory: Directory, account: Account, alice: User) -> None:
    bob = directory.create_user(account.id, "bob")
    with pytest.raises(EntityExistsError):
        directory.update_user(bob.id, UserFacts(name="alice"))
    assert directory.update_user(bob.id, UserFacts(name="bob")).name == "bob"
    one, _ = directory.create_group(account.id, "one"), directory.create_group(account.id, "two")
    with pytest.raises(EntityExistsError):
        directory.update_group(one.id, name="two")
    assert directory.update_group(one.id, name="three", comments="c").name == "three"


@pytest.mark.parametrize(
    ("facts", "kind", "fault"),
    [
        (UserFacts(name="a/b"), "user name", "InvalidChars"),
        (UserFacts(name="x" * 65), "user name", "Length"),
        (UserFacts(display_name="x" * 129), "display name", "Length"),
        (UserFacts(display_name="a\0b"), "display name", "InvalidChars"),
        (UserFacts(comments="x" * 129), "comments", "Length"),
        (UserFacts(mobile_phone="12345"), "mobile phone", "Format"),
        (UserFacts(email="nobody"), "email", "Format"),
        (UserFacts(email="a@b"), "email", "Format"),
    ],
)
def test_facts_that_are_not_valid_are_refused(
    directory: Directory, alice: User, facts: UserFacts, kind: str, fault: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        directory.update_user(alice.id, facts)
    assert (caught.value.kind, caught.value.fault) == (kind, fault)


def test_pages_hold_every_user_once(directory: Directory, account: Account) -> None:
    names = {f"user-{index}" for index in range(7)}
    for name in names:
        directory.create_user(account.id, name)
    other = directory.create_account()
    directory.create_user(other.id, "elsewhere")
    found: list[str] = []
    marker = ""
    sizes = []
    while True:
        page = directory.list_users(account.id, marker=marker, limit=3)
        sizes.append(len(page.items))
        found += [each.name for each in page.items]
        marker = page.marker
        if not marker:
            break
    assert sizes == [3, 3, 1]
    assert sorted(found) == sorted(names)
    assert directory.list_users(account.id, limit=7).marker == ""


def test_a_page_of_chosen_roles_is_full(directory: Directory, account: Account) -> None:
    trust = (
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":"*"}}]}'
    )
    for index in range(9):
        directory.create_role(account.id, f"role-{index}", trust, tags={"odd": str(index % 2)})
    first = directory.list_roles(account.id, limit=3, keep=lambda role: role.tags["odd"] == "1")
    assert len(first.items) == 3
    rest = directory.list_roles(
        account.id, limit=3, marker=first.marker, keep=lambda role: role.tags["odd"] == "1"
    )
    assert len(rest.items) == 1
    assert rest.marker == ""


def test_who_is_in_which_group_and_since_when(
    directory: Directory, account: Account, alice: User, clock: ManualClock
) -> None:
    group = directory.create_group(account.id, "under_score")
    directory.add_user_to_group(alice.id, group.id)
    assert [(each.name, since) for each, since in directory.groups_of(alice.id)] == [
        ("under_score", clock.now())
    ]
    for index in range(4):
        user = directory.create_user(account.id, f"member-{index}")
        directory.add_user_to_group(user.id, group.id)
    first = directory.users_of(group.id, limit=3)
    rest = directory.users_of(group.id, marker=first.marker, limit=3)
    assert len({each.name for each, _ in [*first.users, *rest.users]}) == 5
    assert rest.marker == ""


def test_a_user_with_a_password_or_a_device_is_not_deleted(
    directory: Directory, account: Account, alice: User
) -> None:
    directory.create_login_profile(alice.id, "long-enough")
    with pytest.raises(DeleteConflictError) as caught:
        directory.delete_user(alice.id)
    assert caught.value.kind == "login_profile"
    directory.delete_login_profile(alice.id)
    directory.delete_user(alice.id)


def test_what_earlier_releases_stored_is_read() -> None:
    old = {
        User: {"id": "2", "account": "1", "name": "a", "created": 1.0, "display_name": "A"},
        Group: {"id": "g-1", "account": "1", "name": "g", "created": 1.0},
        Membership: {"id": "g-1/2", "account": "1", "parent": "g-1", "name": "2"},
        Role: {"id": "3", "account": "1", "name": "r", "created": 1.0, "trust": "{}"},
    }
    for type_, fields in old.items():
        assert codec(type_).decode(msgspec.msgpack.encode(fields), 1).id == fields["id"]
    fields = {"id": "p-1", "account": "1", "name": "p", "created": 1.0, "updated": 2.0, "document": "{}"}
    policy = codec(CustomPolicy).decode(msgspec.msgpack.encode(fields), 1)
    assert isinstance(policy, CustomPolicy)
    assert [(each.number, each.document, each.created) for each in policy.versions] == [(1, "{}", 1.0)]


def test_an_alias_is_an_accounts_own(directory: Directory, account: Account) -> None:
    other = directory.create_account()
    directory.set_account_alias(account.id, "my-company")
    with pytest.raises(EntityExistsError):
        directory.set_account_alias(other.id, "my-company")
    directory.set_account_alias(account.id, "my-company")
    directory.set_account_alias(account.id, "")
    directory.set_account_alias(other.id, "my-company")
    for bad in ("ab", "-abc", "a--b", "Abc", "abc-", "x" * 64):
        with pytest.raises(InvalidValueError):
            directory.set_account_alias(account.id, bad)


def test_steps_that_join_a_transaction_end_with_it(
    directory: Directory, account: Account, store: Store
) -> None:
    with pytest.raises(NoSuchEntityError), store.write() as change:
        joined = directory.joining(change)
        joined.create_user(account.id, "ghost")
        assert joined.user(account.id, "ghost") is not None
        joined.require_user(account.id, "nobody")
    assert directory.user(account.id, "ghost") is None
    with store.write() as change:
        directory.joining(change).create_user(account.id, "real")
    assert directory.user(account.id, "real") is not None
    with store.read() as view, pytest.raises(TypeError):
        directory.joining(view).create_user(account.id, "no")
