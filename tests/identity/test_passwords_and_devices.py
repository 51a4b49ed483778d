"""Login profiles, password policies and virtual MFA devices."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import pytest

from yunbox.control.clock import ManualClock
from yunbox.identity import login_profiles
from yunbox.identity.directory import Directory
from yunbox.identity.login_profiles import PasswordChangeForbiddenError
from yunbox.identity.mfa_devices import one_time_code
from yunbox.identity.passwords import is_password
from yunbox.identity.registry import (
    ChangedMeanwhileError,
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    NoSuchEntityError,
    WeakPasswordError,
    WrongSecretError,
)
from yunbox.identity.resources import Account, PasswordPolicy, SecurityPreference, User


def test_a_password_is_nowhere_in_the_store(directory: Directory, alice: User, tmp_path: Path) -> None:
    made = directory.create_login_profile(alice.id, "Correct-Horse-9")
    assert is_password("Correct-Horse-9", made.password)
    assert not is_password("Correct-Horse-8", made.password)
    assert made.password not in repr(made)
    assert not any(b"Correct-Horse-9" in each.read_bytes() for each in tmp_path.iterdir())


def test_equal_passwords_are_kept_differently(directory: Directory, account: Account, alice: User) -> None:
    bob = directory.create_user(account.id, "bob")
    one = directory.create_login_profile(alice.id, "Correct-Horse-9")
    two = directory.create_login_profile(bob.id, "Correct-Horse-9")
    assert one.password != two.password


def test_a_login_profile_is_changed_in_parts(directory: Directory, alice: User) -> None:
    made = directory.create_login_profile(alice.id, "Correct-Horse-9", mfa_required=True)
    with pytest.raises(EntityExistsError):
        directory.create_login_profile(alice.id, "Correct-Horse-9")
    changed = directory.update_login_profile(alice.id, reset_required=True)
    assert changed.password == made.password
    assert (changed.reset_required, changed.mfa_required) == (True, True)
    directory.delete_login_profile(alice.id)
    with pytest.raises(NoSuchEntityError):
        directory.login_profile(alice.id)


@pytest.mark.parametrize(
    ("rule", "weak"),
    [
        ({"minimum_length": 12}, "Short-1aA"),
        ({"require_lowercase": True}, "UPPER-123"),
        ({"require_uppercase": True}, "lower-123"),
        ({"require_numbers": True}, "No-Digits"),
        ({"require_symbols": True}, "NoSymbols1"),
        ({}, "short"),
        ({}, "x" * 129),
        ({}, "line\nbreak"),
    ],
)
def test_a_password_that_the_account_does_not_take(
    directory: Directory, account: Account, alice: User, rule: dict[str, int], weak: str
) -> None:
    directory.set_password_policy(PasswordPolicy(id=account.id, account=account.id, **rule))  # type: ignore[arg-type]
    with pytest.raises(WeakPasswordError):
        directory.create_login_profile(alice.id, weak)
    directory.create_login_profile(alice.id, "Long-Enough-1a")


def test_a_user_changes_its_own_password_and_not_to_a_recent_one(
    directory: Directory, account: Account, alice: User
) -> None:
    directory.set_password_policy(PasswordPolicy(id=account.id, account=account.id, reuse_prevention=2))
    directory.create_login_profile(alice.id, "password-one", reset_required=True)
    with pytest.raises(WrongSecretError):
        directory.change_password(alice.id, "password-zero", "password-two")
    directory.change_password(alice.id, "password-one", "password-two")
    assert not directory.login_profile(alice.id).reset_required
    for recent in ("password-one", "password-two"):
        with pytest.raises(WeakPasswordError):
            directory.change_password(alice.id, "password-two", recent)
    directory.change_password(alice.id, "password-two", "password-three")
    directory.change_password(alice.id, "password-three", "password-one")
    directory.set_security_preference(
        SecurityPreference(id=account.id, account=account.id, allow_change_password=False)
    )
    with pytest.raises(PasswordChangeForbiddenError):
        directory.change_password(alice.id, "password-one", "password-four")


def test_two_changes_at_once_are_not_mixed(
    directory: Directory, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.create_login_profile(alice.id, "password-one")
    plain = login_profiles.hashed

    def slow(password: str, salt: bytes) -> str:
        monkeypatch.setattr(login_profiles, "hashed", plain)
        directory.update_login_profile(alice.id, password="password-two")
        return plain(password, salt)

    monkeypatch.setattr(login_profiles, "hashed", slow)
    with pytest.raises(ChangedMeanwhileError):
        directory.change_password(alice.id, "password-one", "password-three")
    assert is_password("password-two", directory.login_profile(alice.id).password)


def test_preferences_have_bounds(directory: Directory, account: Account) -> None:
    base = PasswordPolicy(id=account.id, account=account.id)
    for wrong in (
        {"minimum_length": 7},
        {"minimum_length": 33},
        {"max_age_days": -1},
        {"reuse_prevention": 25},
        {"max_login_attempts": 33},
    ):
        with pytest.raises(InvalidValueError):
            directory.set_password_policy(msgspec.structs.replace(base, **wrong))
    assert directory.password_policy(account.id) == base
    preference = SecurityPreference(id=account.id, account=account.id)
    for wrong_ in ({"login_session_hours": 25}, {"login_network_masks": "10.0.0.0/8;nonsense"}):
        with pytest.raises(InvalidValueError):
            directory.set_security_preference(msgspec.structs.replace(preference, **wrong_))
    masks = "192.168.0.0/16;10.0.0.0/8"
    directory.set_security_preference(msgspec.structs.replace(preference, login_network_masks=masks))
    assert directory.security_preference(account.id).login_network_masks == masks


def test_codes_are_those_of_rfc_6238() -> None:
    seed = base64.b32encode(b"12345678901234567890").decode()
    assert one_time_code(seed, 59) == "287082"
    assert one_time_code(seed, 1_111_111_109) == "081804"
    assert one_time_code(seed, 20_000_000_000) == "353130"


def test_a_device_is_bound_by_two_codes_in_a_row(
    directory: Directory, account: Account, alice: User, clock: ManualClock
) -> None:
    device = directory.create_mfa_device(account.id, "phone")
    assert device.seed not in repr(device)
    now = clock.now()
    first, second = one_time_code(device.seed, now), one_time_code(device.seed, now + 30)
    for wrong in ((second, first), (first, first), (first, "000000" if second != "000000" else "111111")):
        with pytest.raises(WrongSecretError):
            directory.bind_mfa_device(alice.id, device.serial_number, *wrong)
    with pytest.raises(InvalidValueError):
        directory.bind_mfa_device(alice.id, device.serial_number, "12345", second)
    old = now - 3600
    with pytest.raises(WrongSecretError):
        directory.bind_mfa_device(
            alice.id,
            device.serial_number,
            one_time_code(device.seed, old),
            one_time_code(device.seed, old + 30),
        )
    directory.bind_mfa_device(alice.id, device.serial_number, first, second)
    assert directory.mfa_device_of(alice.id).name == "phone"
    with pytest.raises(DeleteConflictError):
        directory.delete_mfa_device(account.id, device.serial_number)
    with pytest.raises(DeleteConflictError):
        directory.delete_user(alice.id)
    bob = directory.create_user(account.id, "bob")
    with pytest.raises(EntityExistsError) as caught:
        directory.bind_mfa_device(bob.id, device.serial_number, first, second)
    assert caught.value.kind == "bound_mfa_device"
    assert directory.unbind_mfa_device(alice.id).serial_number == device.serial_number
    with pytest.raises(NoSuchEntityError):
        directory.unbind_mfa_device(alice.id)
    directory.delete_mfa_device(account.id, device.serial_number)
    assert directory.mfa_devices(account.id) == []


def test_a_device_of_another_account_is_out_of_reach(
    directory: Directory, account: Account, alice: User, clock: ManualClock
) -> None:
    other = directory.create_account()
    device = directory.create_mfa_device(other.id, "phone")
    codes = [one_time_code(device.seed, clock.now() + later) for later in (0, 30)]
    with pytest.raises(NoSuchEntityError):
        directory.bind_mfa_device(alice.id, device.serial_number, *codes)
    with pytest.raises(NoSuchEntityError):
        directory.delete_mfa_device(account.id, device.serial_number)
