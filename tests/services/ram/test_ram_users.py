"""Users, groups and who is in which, through the current SDK."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from services.ram.callers import Caller, make_user, unique

Denied = Callable[..., Exception]


def test_a_user_from_creation_to_deletion(ram: Client, denied: Denied) -> None:
    name = unique()
    made = ram.create_user(
        m.CreateUserRequest(
            user_name=name,
            display_name="Ann",
            email="ann@example.com",
            mobile_phone="86-18600008888",
            comments="first",
        )
    ).body.user
    assert re.fullmatch(r"[0-9]{18}", made.user_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.create_date)
    found = ram.get_user(m.GetUserRequest(user_name=name)).body.user
    assert (found.user_id, found.display_name, found.email) == (made.user_id, "Ann", "ann@example.com")
    assert (found.mobile_phone, found.comments) == ("86-18600008888", "first")
    renamed = unique()
    changed = ram.update_user(
        m.UpdateUserRequest(user_name=name, new_user_name=renamed, new_comments="", new_email="b@example.com")
    ).body.user
    assert (changed.user_name, changed.user_id) == (renamed, made.user_id)
    assert (changed.comments, changed.display_name, changed.email) == ("", "Ann", "b@example.com")
    denied("EntityNotExist.User", ram.get_user, m.GetUserRequest(user_name=name))
    ram.delete_user(m.DeleteUserRequest(user_name=renamed))
    denied("EntityNotExist.User", ram.delete_user, m.DeleteUserRequest(user_name=renamed))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "MissingParameter"),
        ({"user_name": "a b"}, "InvalidParameter.UserName.InvalidChars"),
        ({"user_name": "x" * 65}, "InvalidParameter.UserName.Length"),
        ({"user_name": "ok", "comments": "x" * 129}, "InvalidParameter.Comments.Length"),
        ({"user_name": "ok", "display_name": "x" * 129}, "InvalidParameter.DisplayName.Length"),
        ({"user_name": "ok", "mobile_phone": "123"}, "InvalidParameter.MobilePhone.Format"),
        ({"user_name": "ok", "email": "nobody"}, "InvalidParameter.Email.Format"),
    ],
)
def test_users_that_cannot_be(ram: Client, denied: Denied, fields: dict[str, str], code: str) -> None:
    denied(code, ram.create_user, m.CreateUserRequest(**fields))


def test_a_refused_change_is_named_as_it_was_sent(ram: Client, denied: Denied, owner: Caller) -> None:
    one, _ = make_user(owner)
    two, _ = make_user(owner)
    denied("EntityAlreadyExists.User", ram.create_user, m.CreateUserRequest(user_name=one))
    denied("EntityAlreadyExists.User", ram.update_user, m.UpdateUserRequest(user_name=one, new_user_name=two))
    asked = m.UpdateUserRequest(user_name=one, new_user_name="a/b")
    denied("InvalidParameter.NewUserName.InvalidChars", ram.update_user, asked)
    asked = m.UpdateUserRequest(user_name=one, new_email="x")
    denied("InvalidParameter.NewEmail.Format", ram.update_user, asked)


def test_a_user_with_something_left_is_not_deleted(ram: Client, denied: Denied, owner: Caller) -> None:
    name, caller = make_user(owner)
    group = unique("group")
    ram.create_group(m.CreateGroupRequest(group_name=group))
    delete = (ram.delete_user, m.DeleteUserRequest(user_name=name))
    ram.add_user_to_group(m.AddUserToGroupRequest(user_name=name, group_name=group))
    denied("DeleteConflict.User.Group", *delete)
    ram.remove_user_from_group(m.RemoveUserFromGroupRequest(user_name=name, group_name=group))
    denied("DeleteConflict.User.AccessKey", *delete)
    ram.delete_access_key(m.DeleteAccessKeyRequest(user_name=name, user_access_key_id=caller.key))
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name=name, password="Long-Enough-1"))
    denied("DeleteConflict.User.LoginProfile", *delete)
    ram.delete_login_profile(m.DeleteLoginProfileRequest(user_name=name))
    attach = {"user_name": name, "policy_name": "AliyunOSSReadOnlyAccess", "policy_type": "System"}
    ram.attach_policy_to_user(m.AttachPolicyToUserRequest(**attach))
    denied("DeleteConflict.User.Policy", *delete)
    ram.detach_policy_from_user(m.DetachPolicyFromUserRequest(**attach))
    ram.delete_user(m.DeleteUserRequest(user_name=name))


def test_groups_and_their_users(ram: Client, denied: Denied, owner: Caller) -> None:
    group, (user, _) = unique("group"), make_user(owner)
    made = ram.create_group(m.CreateGroupRequest(group_name=group, comments="c")).body.group
    assert made.group_id
    denied("EntityAlreadyExists.Group", ram.create_group, m.CreateGroupRequest(group_name=group))
    join = m.AddUserToGroupRequest(user_name=user, group_name=group)
    ram.add_user_to_group(join)
    denied("EntityAlreadyExists.User.Group", ram.add_user_to_group, join)
    members = ram.list_users_for_group(m.ListUsersForGroupRequest(group_name=group)).body
    assert [each.user_name for each in members.users.user] == [user]
    assert members.is_truncated is False
    groups = ram.list_groups_for_user(m.ListGroupsForUserRequest(user_name=user)).body.groups.group
    assert [each.group_name for each in groups] == [group]
    denied("DeleteConflict.Group.User", ram.delete_group, m.DeleteGroupRequest(group_name=group))
    renamed = unique("group")
    changed = ram.update_group(m.UpdateGroupRequest(group_name=group, new_group_name=renamed)).body.group
    assert (changed.group_name, changed.comments, changed.group_id) == (renamed, "c", made.group_id)
    denied("EntityNotExist.Group", ram.get_group, m.GetGroupRequest(group_name=group))
    leave = m.RemoveUserFromGroupRequest(user_name=user, group_name=renamed)
    ram.remove_user_from_group(leave)
    denied("EntityNotExist.User.Group", ram.remove_user_from_group, leave)
    ram.delete_group(m.DeleteGroupRequest(group_name=renamed))
    denied("EntityNotExist.Group", ram.delete_group, m.DeleteGroupRequest(group_name=renamed))


def test_pages_of_users_and_groups_hold_each_once(ram: Client, owner: Caller) -> None:
    users = {make_user(owner)[0] for _ in range(3)}
    groups = {unique("group") for _ in range(3)}
    for name in groups:
        ram.create_group(m.CreateGroupRequest(group_name=name))
    found, marker = [], None
    while True:
        page = ram.list_users(m.ListUsersRequest(max_items=2, marker=marker)).body
        assert len(page.users.user) <= 2
        found += [each.user_name for each in page.users.user]
        marker = page.marker
        if not page.is_truncated:
            assert marker is None
            break
    assert users <= set(found)
    assert len(found) == len(set(found))
    listed = ram.list_groups(m.ListGroupsRequest(max_items=1000)).body.groups.group
    assert groups <= {each.group_name for each in listed}


def test_a_page_has_bounds(ram: Client, denied: Denied) -> None:
    for wrong in (0, 1001, -1):
        denied("InvalidParameter", ram.list_users, m.ListUsersRequest(max_items=wrong))


def test_access_keys_of_a_user(ram: Client, denied: Denied, owner: Caller) -> None:
    name, caller = make_user(owner)
    assert caller.sts().get_caller_identity().body.identity_type == "RAMUser"
    listed = ram.list_access_keys(m.ListAccessKeysRequest(user_name=name)).body.access_keys.access_key
    assert [(each.access_key_id, each.status) for each in listed] == [(caller.key, "Active")]
    ram.create_access_key(m.CreateAccessKeyRequest(user_name=name))
    denied("LimitExceeded.User.AccessKey", ram.create_access_key, m.CreateAccessKeyRequest(user_name=name))
    status = {"user_name": name, "user_access_key_id": caller.key}
    ram.update_access_key(m.UpdateAccessKeyRequest(status="Inactive", **status))
    denied("InvalidAccessKeyId.Inactive", caller.sts().get_caller_identity)
    ram.update_access_key(m.UpdateAccessKeyRequest(status="Active", **status))
    caller.sts().get_caller_identity()
    denied("InvalidParameter", ram.update_access_key, m.UpdateAccessKeyRequest(status="Off", **status))
    ram.delete_access_key(m.DeleteAccessKeyRequest(**status))
    denied("InvalidAccessKeyId.NotFound", caller.sts().get_caller_identity)
    denied("EntityNotExist.User.AccessKey", ram.delete_access_key, m.DeleteAccessKeyRequest(**status))


def test_a_key_is_changed_under_its_own_users_name_only(ram: Client, denied: Denied, owner: Caller) -> None:
    name, _ = make_user(owner)
    _, other = make_user(owner)
    asked = m.DeleteAccessKeyRequest(user_name=name, user_access_key_id=other.key)
    denied("EntityNotExist.User.AccessKey", ram.delete_access_key, asked)
    asked = m.DeleteAccessKeyRequest(user_access_key_id=other.key)
    denied("EntityNotExist.User.AccessKey", ram.delete_access_key, asked)
    other.sts().get_caller_identity()


def test_the_account_has_keys_of_its_own(ram: Client, owner: Caller) -> None:
    made = ram.create_access_key(m.CreateAccessKeyRequest()).body.access_key
    second = Caller(owner.endpoint, made.access_key_id, made.access_key_secret)
    assert second.sts().get_caller_identity().body.identity_type == "Account"
    second.ram().delete_access_key(m.DeleteAccessKeyRequest(user_access_key_id=second.key))
