"""Login profiles, MFA devices, and the account's alias and policies for them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from running import RunningCloud
from services.ram.callers import Caller, allow, make_user, root, unique

from yunbox.identity.mfa_devices import one_time_code

Denied = Callable[..., Exception]
PASSWORD = "Correct-Horse-9"


def test_a_login_profile_from_creation_to_deletion(ram: Client, denied: Denied, owner: Caller) -> None:
    name, _ = make_user(owner)
    get = (ram.get_login_profile, m.GetLoginProfileRequest(user_name=name))
    denied("EntityNotExist.User.LoginProfile", *get)
    create = m.CreateLoginProfileRequest(user_name=name, password=PASSWORD, mfabind_required=True)
    made = ram.create_login_profile(create).body.login_profile
    assert (made.user_name, made.mfabind_required, made.password_reset_required) == (name, True, False)
    denied("EntityAlreadyExists.User.LoginProfile", ram.create_login_profile, create)
    weak = m.UpdateLoginProfileRequest(user_name=name, password="short")
    denied("InvalidParameter.Password.TooWeak", ram.update_login_profile, weak)
    ram.update_login_profile(m.UpdateLoginProfileRequest(user_name=name, password_reset_required=True))
    found = ram.get_login_profile(m.GetLoginProfileRequest(user_name=name))
    assert found.body.login_profile.password_reset_required is True
    assert found.body.login_profile.mfabind_required is True
    assert PASSWORD not in str(found.body.to_map())
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name=name))
    denied("EntityNotExist.User.LoginProfile", *get)


def test_a_user_changes_its_own_password(ram: Client, denied: Denied, owner: Caller) -> None:
    name, caller = make_user(owner, allow("ram:ChangePassword"))
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name=name, password=PASSWORD))
    change = m.ChangePasswordRequest
    wrong = change(old_password="wrong-password", new_password="Another-Horse-9")
    denied("InvalidParameter.OldPassword", caller.ram().change_password, wrong)
    caller.ram().change_password(change(old_password=PASSWORD, new_password="Another-Horse-9"))
    denied(
        "InvalidParameter.OldPassword",
        caller.ram().change_password,
        change(old_password=PASSWORD, new_password="Third-Horse-9"),
    )
    denied("NoPermission", ram.change_password, change(old_password=PASSWORD, new_password=PASSWORD))


def test_no_password_stands_in_the_clouds_files(own_cloud: RunningCloud) -> None:
    owner, password = root(own_cloud), "Findable-Password-77"
    name, caller = make_user(owner, allow("ram:ChangePassword"))
    create = m.CreateLoginProfileRequest(user_name=name, password=password)
    owner.ram().create_login_profile(create)
    owner.ask("2015-05-01", "UpdateLoginProfile", UserName=name, Password=password)
    change = m.ChangePasswordRequest(old_password=password, new_password=password + "8")
    caller.ram().change_password(change)
    own_cloud.stop()
    files = [each for each in own_cloud.data.rglob("*") if each.is_file()]
    assert any(each.name == "control.db" for each in files)
    for each in files:
        assert password.encode() not in each.read_bytes(), each
    assert password not in own_cloud.errors


def test_a_device_is_bound_by_two_codes(ram: Client, denied: Denied, owner: Caller) -> None:
    user, device = make_user(owner)[0], unique("phone")
    made = ram.create_virtual_mfadevice(
        m.CreateVirtualMFADeviceRequest(virtual_mfadevice_name=device)
    ).body.virtual_mfadevice
    info = (ram.get_user_mfainfo, m.GetUserMFAInfoRequest(user_name=user))
    denied("EntityNotExist.User.MFADevice", *info)
    now = time.time()
    codes = {
        "authentication_code_1": one_time_code(made.base_32string_seed, now),
        "authentication_code_2": one_time_code(made.base_32string_seed, now + 30),
    }
    swapped = dict(zip(codes, reversed(codes.values()), strict=True))
    bind = m.BindMFADeviceRequest
    denied(
        "CheckAuthenticationCodeFail",
        ram.bind_mfadevice,
        bind(user_name=user, serial_number=made.serial_number, **swapped),
    )
    denied(
        "InvalidParameter.AuthenticationCode.Format",
        ram.bind_mfadevice,
        bind(
            user_name=user,
            serial_number=made.serial_number,
            authentication_code_1="1",
            authentication_code_2="2",
        ),
    )
    ram.bind_mfadevice(bind(user_name=user, serial_number=made.serial_number, **codes))
    found = ram.get_user_mfainfo(m.GetUserMFAInfoRequest(user_name=user)).body.mfadevice
    assert (found.serial_number, found.type) == (made.serial_number, "VMFA")
    listed = ram.list_virtual_mfadevices().body.virtual_mfadevices.virtual_mfadevice
    mine = next(each for each in listed if each.serial_number == made.serial_number)
    assert mine.user.user_name == user
    assert mine.activate_date
    delete = (
        ram.delete_virtual_mfadevice,
        m.DeleteVirtualMFADeviceRequest(serial_number=made.serial_number),
    )
    denied("DeleteConflict.VirtualMFADevice.User", *delete)
    ram.unbind_mfadevice(m.UnbindMFADeviceRequest(user_name=user))
    denied("EntityNotExist.User.MFADevice", ram.unbind_mfadevice, m.UnbindMFADeviceRequest(user_name=user))
    ram.delete_virtual_mfadevice(m.DeleteVirtualMFADeviceRequest(serial_number=made.serial_number))
    denied("EntityNotExist.VirtualMFADevice", *delete)


@pytest.fixture
def alone(own_cloud: RunningCloud) -> Client:
    """The client of a cloud whose settings no other test reads."""
    return root(own_cloud).ram()


def test_settings_of_the_account(alone: Client, denied: Denied) -> None:
    account = alone.get_account_alias().body.account_alias
    assert re.fullmatch("[0-9]{16}", account)
    alone.set_account_alias(m.SetAccountAliasRequest(account_alias="my-company"))
    assert alone.get_account_alias().body.account_alias == "my-company"
    for bad, code in (("ab", "Length"), ("A-b", "Format"), ("a--b", "Format")):
        asked = m.SetAccountAliasRequest(account_alias=bad)
        denied(f"InvalidParameter.AccountAlias.{code}", alone.set_account_alias, asked)
    alone.clear_account_alias()
    assert alone.get_account_alias().body.account_alias == account

    policy = {"minimum_password_length": 12, "require_numbers": True, "max_login_attemps": 5}
    alone.set_password_policy(m.SetPasswordPolicyRequest(**policy))
    found = alone.get_password_policy().body.password_policy
    assert (found.minimum_password_length, found.require_numbers, found.max_login_attemps) == (12, True, 5)
    denied(
        "InvalidParameter.MinimumPasswordLength.Range",
        alone.set_password_policy,
        m.SetPasswordPolicyRequest(minimum_password_length=7),
    )
    alone.create_user(m.CreateUserRequest(user_name="ann"))
    weak = m.CreateLoginProfileRequest(user_name="ann", password="Correct-Horse")
    denied("InvalidParameter.Password.TooWeak", alone.create_login_profile, weak)

    asked = m.SetSecurityPreferenceRequest(login_session_duration=8, login_network_masks="10.0.0.0/8")
    alone.set_security_preference(asked)
    kept = alone.get_security_preference().body.security_preference
    assert kept.login_profile_preference.login_session_duration == 8
    assert kept.login_profile_preference.login_network_masks == "10.0.0.0/8"
    assert kept.login_profile_preference.allow_user_to_change_password is True
    asked = m.SetSecurityPreferenceRequest(login_network_masks="nonsense")
    denied("InvalidParameter.LoginNetworkMasks.Format", alone.set_security_preference, asked)
