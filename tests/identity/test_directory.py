"""The directory: who exists, what they sign with, what they may do."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from directory_asks import READ_ALL, principal, trust
from policies_of import document, statement

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.control.store_resource import Resource
from yunbox.identity.directory import Directory
from yunbox.identity.policy.model import PolicyError
from yunbox.identity.principal import Principal
from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
)
from yunbox.identity.resources import Account, Session, User
from yunbox.identity.roles import SessionCredentials
from yunbox.identity.root_key import RootKey


class Vpc(Resource, kind="test.elsewhere"):
    """Something that is no identity."""


def test_the_default_account_is_made_once_and_kept(
    directory: Directory, tmp_path: Path, clock: ManualClock
) -> None:
    account = directory.default_account()
    assert len(account.id) == 16
    assert account.id.isdigit()
    again = Directory(Store(tmp_path / "control.db"), clock, Ids())
    assert again.default_account() == account


def test_the_root_key_signs_for_the_account_and_is_not_stored(directory: Directory, tmp_path: Path) -> None:
    account = directory.use_root_key(RootKey("LTAIroot", "a-very-hidden-secret"))
    found = directory.find_credential("LTAIroot")
    assert found is not None
    assert found.secret == "a-very-hidden-secret"
    assert found.principal.kind == "root"
    assert found.principal.arn == f"acs:ram::{account.id}:root"
    assert not any(b"a-very-hidden-secret" in each.read_bytes() for each in tmp_path.iterdir())


def test_a_users_key_speaks_for_the_user(directory: Directory, account: Account, alice: User) -> None:
    key = directory.create_access_key(account.id, alice.id)
    found = directory.find_credential(key.id)
    assert found is not None
    assert found.secret == key.secret
    assert found.active
    assert found.principal == Principal(
        kind="user",
        account_id=account.id,
        arn=f"acs:ram::{account.id}:user/alice",
        user_id=alice.id,
        name="alice",
        access_key_id=key.id,
    )
    assert directory.find_credential("LTAInobody") is None
    assert directory.find_credential("") is None
    assert directory.find_credential("x" * 100_000) is None


def test_a_key_of_an_account_itself_speaks_for_its_root(directory: Directory) -> None:
    other = directory.create_account("other")
    key = directory.create_access_key(other.id)
    assert principal(directory, key.id).kind == "root"
    assert principal(directory, key.id).account_id == other.id


def test_secrets_stand_in_no_repr(directory: Directory, account: Account, alice: User) -> None:
    key = directory.create_access_key(account.id, alice.id)
    assert key.secret not in repr(key)
    assert key.secret not in repr(directory.find_credential(key.id))
    session = Session(id="STS.x", secret="hidden", token="hidden", expires=0.0)
    credentials = SessionCredentials("STS.x", "hidden", "hidden", 0.0, "arn", "1", "s")
    assert "hidden" not in repr(session) + repr(credentials)


def test_a_change_is_seen_by_the_next_look_up(directory: Directory, account: Account, alice: User) -> None:
    key = directory.create_access_key(account.id, alice.id)
    assert principal(directory, key.id).policies == ()
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(alice.id, "read")
    assert principal(directory, key.id).policies == (READ_ALL,)
    directory.replace_policy(account.id, "read", document(statement("Deny")))
    assert principal(directory, key.id).policies == (document(statement("Deny")),)
    directory.detach_policy(alice.id, "read")
    assert principal(directory, key.id).policies == ()
    directory.set_access_key_status(key.id, active=False)
    found = directory.find_credential(key.id)
    assert found is not None
    assert not found.active
    directory.delete_access_key(key.id)
    assert directory.find_credential(key.id) is None


def test_changes_elsewhere_in_the_store_leave_the_cache_warm(
    directory: Directory, account: Account, alice: User, store: Store
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    first = directory.find_credential(key.id)
    with store.write() as change:
        change.create(Vpc(id="vpc-1"))
    assert directory.find_credential(key.id) is first
    directory.create_user(account.id, "bob")
    again = directory.find_credential(key.id)
    assert again is not first
    assert again == first


def test_a_change_by_another_process_is_seen_by_the_next_look_up(
    directory: Directory, account: Account, alice: User, tmp_path: Path
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    assert directory.find_credential(key.id) is not None
    code = (
        "import sys\n"
        "from yunbox.control.clock import SystemClock\n"
        "from yunbox.control.ids import Ids\n"
        "from yunbox.control.store import Store\n"
        "from yunbox.identity.directory import Directory\n"
        "directory = Directory(Store(sys.argv[1]), SystemClock(), Ids())\n"
        "directory.set_access_key_status(sys.argv[2], active=False)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "control.db", key.id], check=True)
    found = directory.find_credential(key.id)
    assert found is not None
    assert not found.active


def test_a_commit_whose_process_died_before_telling_is_seen_soon(
    directory: Directory, account: Account, alice: User, tmp_path: Path, clock: ManualClock
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    assert directory.find_credential(key.id) is not None
    silent = Store(tmp_path / "control.db")
    silent._generation.advance = lambda: None  # type: ignore[method-assign]
    Directory(silent, clock, Ids()).set_access_key_status(key.id, active=False)
    seen = [directory.find_credential(key.id) for _ in range(300)]
    assert seen[-1] is not None
    assert not seen[-1].active


def test_look_ups_of_many_threads_while_keys_come_and_go(
    directory: Directory, account: Account, alice: User
) -> None:
    stop = threading.Event()
    wrong: list[object] = []

    def look(key_id: str) -> None:
        while not stop.is_set():
            found = directory.find_credential(key_id)
            if found is None or found.access_key_id != key_id:
                wrong.append(found)

    kept = directory.create_access_key(account.id, alice.id)
    threads = [threading.Thread(target=look, args=(kept.id,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        other = directory.create_access_key(account.id, alice.id)
        assert directory.find_credential(other.id) is not None
        directory.delete_access_key(other.id)
        assert directory.find_credential(other.id) is None
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_user_has_the_policies_of_its_groups_too(
    directory: Directory, account: Account, alice: User
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    group = directory.create_group(account.id, "readers")
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(group.id, "read")
    directory.attach_policy(alice.id, "AliyunOSSFullAccess", "System")
    assert len(principal(directory, key.id).policies) == 1
    directory.add_user_to_group(alice.id, group.id)
    directory.attach_policy(alice.id, "read")
    assert len(principal(directory, key.id).policies) == 2
    directory.remove_user_from_group(alice.id, group.id)
    directory.detach_policy(alice.id, "read")
    assert len(principal(directory, key.id).policies) == 1


def test_names_are_unique_within_an_account_alone(
    directory: Directory, account: Account, alice: User
) -> None:
    with pytest.raises(EntityExistsError):
        directory.create_user(account.id, "alice")
    other = directory.create_account()
    assert directory.create_user(other.id, "alice").id != alice.id
    assert directory.user(account.id, "alice") == alice
    assert [each.name for each in directory.users(account.id)] == ["alice"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 129, "ü", "a\n", "*"])
def test_names_that_would_not_fit_an_arn_are_refused(
    directory: Directory, account: Account, name: str
) -> None:
    with pytest.raises(InvalidValueError):
        directory.create_user(account.id, name)
    with pytest.raises(InvalidValueError):
        directory.create_role(account.id, name, trust("*"))
    with pytest.raises(InvalidValueError):
        directory.create_group(account.id, name)
    with pytest.raises(InvalidValueError):
        directory.create_policy(account.id, name, READ_ALL)


def test_a_user_has_two_keys_at_most(directory: Directory, account: Account, alice: User) -> None:
    directory.create_access_key(account.id, alice.id)
    directory.create_access_key(account.id, alice.id)
    with pytest.raises(LimitExceededError):
        directory.create_access_key(account.id, alice.id)
    assert len(directory.access_keys(account.id, alice.id)) == 2


def test_no_key_is_made_for_a_user_of_another_account(directory: Directory, alice: User) -> None:
    other = directory.create_account()
    with pytest.raises(NoSuchEntityError):
        directory.create_access_key(other.id, alice.id)
    group = directory.create_group(other.id, "theirs")
    with pytest.raises(NoSuchEntityError):
        directory.add_user_to_group(alice.id, group.id)
    directory.create_policy(other.id, "theirs", READ_ALL)
    with pytest.raises(NoSuchEntityError):
        directory.attach_policy(alice.id, "theirs")


def test_what_is_in_use_is_not_deleted(directory: Directory, account: Account, alice: User) -> None:
    key = directory.create_access_key(account.id, alice.id)
    group = directory.create_group(account.id, "readers")
    directory.add_user_to_group(alice.id, group.id)
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(alice.id, "read")
    for delete in (
        lambda: directory.delete_user(alice.id),
        lambda: directory.delete_group(group.id),
        lambda: directory.delete_policy(account.id, "read"),
    ):
        with pytest.raises(DeleteConflictError):
            delete()
    directory.delete_access_key(key.id)
    directory.remove_user_from_group(alice.id, group.id)
    directory.detach_policy(alice.id, "read")
    directory.delete_user(alice.id)
    directory.delete_group(group.id)
    directory.delete_policy(account.id, "read")
    assert directory.user(account.id, "alice") is None


def test_a_policy_that_is_not_valid_is_not_kept(directory: Directory, account: Account) -> None:
    with pytest.raises(PolicyError):
        directory.create_policy(account.id, "bad", "{}")
    with pytest.raises(PolicyError):
        directory.create_role(account.id, "bad", READ_ALL)
    directory.create_policy(account.id, "good", READ_ALL)
    with pytest.raises(PolicyError):
        directory.replace_policy(account.id, "good", "{}")
    role = directory.create_role(account.id, "good", trust("*"))
    with pytest.raises(PolicyError):
        directory.update_role(role.id, trust=READ_ALL)
    with pytest.raises(InvalidValueError):
        directory.update_role(role.id, max_session=43_201)
    with pytest.raises(EntityExistsError):
        directory.create_policy(account.id, "AdministratorAccess", READ_ALL)
    with pytest.raises(NoSuchEntityError):
        directory.delete_policy(account.id, "bad")
