"""Roles, and the sessions of those who assume them."""

from __future__ import annotations

from pathlib import Path

import pytest
from directory_asks import NOW, READ_ALL, principal, trust
from policies_of import asks, document, statement

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory
from yunbox.identity.policy.authorise import authorise
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.policy.model import PolicyError
from yunbox.identity.principal import Principal
from yunbox.identity.registry import (
    AssumeRoleDeniedError,
    DeleteConflictError,
    InvalidValueError,
    NoSuchEntityError,
)
from yunbox.identity.resources import Account, Role, Session, User
from yunbox.identity.roles import AssumeRole


@pytest.fixture
def reader(directory: Directory, account: Account) -> Role:
    role = directory.create_role(account.id, "reader", trust(f"acs:ram::{account.id}:root"))
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(role.id, "read")
    return role


@pytest.fixture
def caller(directory: Directory, account: Account, alice: User) -> Principal:
    key = directory.create_access_key(account.id, alice.id)
    directory.attach_policy(alice.id, "AliyunSTSAssumeRoleAccess", "System")
    return principal(directory, key.id)


def assume(
    role: Role, caller: Principal, duration: int = 0, policy: str = "", name: str = "s1"
) -> AssumeRole:
    context = Context(principal=caller, action="", resource="", owner="")
    return AssumeRole(role.arn, name, context, duration=duration, policy=policy)


def test_a_session_acts_as_its_role(
    directory: Directory,
    account: Account,
    reader: Role,
    caller: Principal,
    tmp_path: Path,
    clock: ManualClock,
) -> None:
    made = directory.assume_role(assume(reader, caller))
    assert made.access_key_id.startswith("STS.")
    assert made.expires == NOW + 3600
    elsewhere = Directory(Store(tmp_path / "control.db"), clock, Ids())
    for each in (directory, elsewhere):
        found = each.find_credential(made.access_key_id)
        assert found is not None
        assert (found.secret, found.security_token) == (made.secret, made.security_token)
        assert found.expires == made.expires
        assert found.principal.kind == "session"
        assert found.principal.arn == f"acs:sts::{account.id}:assumed-role/reader/s1"
        assert found.principal.policies == (READ_ALL,)
    who = principal(directory, made.access_key_id)
    resource = f"acs:oss:cn:{account.id}:photos/a"

    def allowed(action: str) -> bool:
        return authorise(Context(principal=who, action=action, resource=resource, owner=account.id)).allowed

    assert allowed("oss:GetObject")
    assert not allowed("oss:PutObject")


def test_a_sessions_policy_narrows_it(directory: Directory, reader: Role, caller: Principal) -> None:
    narrow = document(statement(Action="oss:ListObjects"))
    made = directory.assume_role(assume(reader, caller, policy=narrow))
    who = principal(directory, made.access_key_id)
    assert who.session_policy == narrow
    assert not authorise(asks(who)).allowed
    with pytest.raises(PolicyError):
        directory.assume_role(assume(reader, caller, policy="{"))


@pytest.mark.parametrize("duration", [-1, 1, 899, 3601, 43_201])
def test_a_duration_beyond_the_bounds_is_refused(
    directory: Directory, reader: Role, caller: Principal, duration: int
) -> None:
    with pytest.raises(InvalidValueError):
        directory.assume_role(assume(reader, caller, duration=duration))


@pytest.mark.parametrize("duration", [900, 43_200])
def test_a_duration_at_the_bounds_is_taken(
    directory: Directory, reader: Role, caller: Principal, duration: int
) -> None:
    directory.update_role(reader.id, max_session=43_200)
    assert directory.assume_role(assume(reader, caller, duration=duration)).expires == NOW + duration


@pytest.mark.parametrize("name", ["", "a", "a b", "a/b", "x" * 65])
def test_a_session_name_that_would_not_fit_an_arn_is_refused(
    directory: Directory, reader: Role, caller: Principal, name: str
) -> None:
    with pytest.raises(InvalidValueError):
        directory.assume_role(assume(reader, caller, name=name))


def test_a_role_is_not_assumed_without_both_trust_and_permission(
    directory: Directory, account: Account, reader: Role, caller: Principal, alice: User
) -> None:
    stranger = directory.create_role(account.id, "stranger", trust("acs:ram::1:root"))
    with pytest.raises(AssumeRoleDeniedError):
        directory.assume_role(assume(stranger, caller))
    directory.detach_policy(alice.id, "AliyunSTSAssumeRoleAccess", "System")
    with pytest.raises(AssumeRoleDeniedError):
        directory.assume_role(assume(reader, principal(directory, caller.access_key_id)))
    with pytest.raises(NoSuchEntityError):
        directory.assume_role(AssumeRole(f"acs:ram::{account.id}:role/none", "s1", asks(caller)))
    with pytest.raises(InvalidValueError):
        directory.assume_role(AssumeRole("reader", "s1", asks(caller)))


def test_a_session_ends_with_its_role(directory: Directory, reader: Role, caller: Principal) -> None:
    made = directory.assume_role(assume(reader, caller))
    assert directory.find_credential(made.access_key_id) is not None
    with pytest.raises(DeleteConflictError):
        directory.delete_role(reader.id)
    directory.detach_policy(reader.id, "read")
    directory.delete_role(reader.id)
    assert directory.find_credential(made.access_key_id) is None


def test_an_expired_session_is_known_for_an_hour_and_then_purged(
    directory: Directory, reader: Role, caller: Principal, clock: ManualClock, store: Store
) -> None:
    made = directory.assume_role(assume(reader, caller, duration=900))
    clock.advance(901)
    found = directory.find_credential(made.access_key_id)
    assert found is not None
    assert found.expires < clock.now()
    assert directory.purge_sessions() == 0
    clock.advance(3600)
    assert directory.purge_sessions() == 1
    assert directory.find_credential(made.access_key_id) is None


def test_sessions_are_purged_while_others_are_begun(
    directory: Directory, reader: Role, caller: Principal, clock: ManualClock, store: Store
) -> None:
    for _ in range(100):
        directory.assume_role(assume(reader, caller, duration=900))
    clock.advance(5000)
    for _ in range(3):
        directory.assume_role(assume(reader, caller, duration=900))
    with store.read() as view:
        assert view.count(Session) == 3
