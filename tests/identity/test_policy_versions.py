"""Policies: their versions, who has them, what the vendor provides."""

from __future__ import annotations

import pytest
from directory_asks import READ_ALL, principal, trust
from policies_of import document, statement

from yunbox.identity.directory import Directory
from yunbox.identity.policies import VERSIONS
from yunbox.identity.policy.authorise import authorise
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.policy.parse import parse
from yunbox.identity.registry import (
    DeleteConflictError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
)
from yunbox.identity.resources import Account, User
from yunbox.identity.system_policies import DESCRIPTIONS, SYSTEM_POLICIES

DENY = document(statement("Deny"))


def test_only_the_default_version_is_in_force(directory: Directory, account: Account, alice: User) -> None:
    key = directory.create_access_key(account.id, alice.id)
    directory.create_policy(account.id, "read", READ_ALL)
    directory.attach_policy(alice.id, "read")
    second = directory.create_policy_version(account.id, "read", DENY)
    assert second.number == 2
    assert principal(directory, key.id).policies == (READ_ALL,)
    directory.set_default_policy_version(account.id, "read", "v2")
    assert principal(directory, key.id).policies == (DENY,)
    found = directory.policy(account.id, "read")
    assert [(each.number, each.document) for each in found.versions] == [(1, READ_ALL), (2, DENY)]
    assert found.default.number == 2
    third = directory.create_policy_version(account.id, "read", READ_ALL, default=True)
    assert third.number == 3
    assert principal(directory, key.id).policies == (READ_ALL,)
    assert directory.policy(account.id, "read").default_version == 3


def test_a_number_is_never_used_twice(directory: Directory, account: Account) -> None:
    directory.create_policy(account.id, "read", READ_ALL)
    directory.create_policy_version(account.id, "read", DENY)
    directory.delete_policy_version(account.id, "read", "v2")
    assert directory.create_policy_version(account.id, "read", DENY).number == 3


def test_there_are_five_versions_and_rotation_spares_the_default(
    directory: Directory, account: Account
) -> None:
    directory.create_policy(account.id, "read", READ_ALL)
    for _ in range(VERSIONS - 1):
        directory.create_policy_version(account.id, "read", DENY)
    with pytest.raises(LimitExceededError) as caught:
        directory.create_policy_version(account.id, "read", DENY)
    assert caught.value.kind == "version"
    directory.create_policy_version(account.id, "read", DENY, default=True, rotate=True)
    found = directory.policy(account.id, "read")
    assert [each.number for each in found.versions] == [1, 3, 4, 5, 6]
    assert found.default_version == 6


def test_versions_that_are_needed_or_not_there(directory: Directory, account: Account) -> None:
    directory.create_policy(account.id, "read", READ_ALL)
    directory.create_policy_version(account.id, "read", DENY)
    with pytest.raises(DeleteConflictError) as caught:
        directory.delete_policy_version(account.id, "read", "v1")
    assert caught.value.kind == "default_version"
    with pytest.raises(NoSuchEntityError) as missing:
        directory.delete_policy_version(account.id, "read", "v9")
    assert missing.value.kind == "version"
    for bad in ("", "1", "v0", "v1 ", "v" * 20):
        with pytest.raises(InvalidValueError):
            directory.set_default_policy_version(account.id, "read", bad)
    with pytest.raises(DeleteConflictError):
        directory.delete_policy(account.id, "read", versions=False)
    directory.delete_policy(account.id, "read")


def test_who_has_a_policy_is_told_both_ways(directory: Directory, account: Account, alice: User) -> None:
    other = directory.create_account()
    stranger = directory.create_user(other.id, "stranger")
    directory.attach_policy(stranger.id, "ReadOnlyAccess", "System")
    group = directory.create_group(account.id, "readers")
    role = directory.create_role(account.id, "reader", trust("*"))
    for target in (alice.id, group.id, role.id):
        directory.attach_policy(target, "ReadOnlyAccess", "System")
    holders = directory.holders_of(account.id, "ReadOnlyAccess", "System")
    assert {each.target.name for each in holders} == {"alice", "readers", "reader"}
    policy = directory.policy(account.id, "ReadOnlyAccess", "System")
    assert directory.count_holders(account.id, policy) == 3
    assert [each.policy.name for each in directory.policies_of(group.id)] == ["ReadOnlyAccess"]
    directory.create_policy(account.id, "mine", READ_ALL)
    directory.attach_policy(role.id, "mine")
    with pytest.raises(DeleteConflictError) as caught:
        directory.delete_policy(account.id, "mine")
    assert caught.value.kind == "role"


def test_a_listing_has_an_accounts_own_policies_and_then_the_vendors(
    directory: Directory, account: Account
) -> None:
    for index in range(3):
        directory.create_policy(account.id, f"own-{index}", READ_ALL)
    found, marker = [], ""
    while True:
        page = directory.list_policies(account.id, marker=marker, limit=7)
        assert len(page.items) <= 7
        found += [(each.source, each.name) for each in page.items]
        marker = page.marker
        if not marker:
            break
    assert sorted(found[:3]) == [("Custom", "own-0"), ("Custom", "own-1"), ("Custom", "own-2")]
    assert found[3:] == [("System", name) for name in SYSTEM_POLICIES]
    only = directory.list_policies(account.id, sources=("Custom",)).items
    assert {each.source for each in only} == {"Custom"}
    vendors = directory.list_policies(account.id, sources=("System",), limit=1000)
    assert [each.name for each in vendors.items] == list(SYSTEM_POLICIES)


@pytest.mark.parametrize("name", sorted(SYSTEM_POLICIES))
def test_the_vendors_policies_are_valid(name: str) -> None:
    assert parse(SYSTEM_POLICIES[name], "identity").statements
    assert DESCRIPTIONS[name]


@pytest.mark.parametrize(
    ("name", "action", "allowed"),
    [
        ("AdministratorAccess", "ram:CreateUser", True),
        ("PowerUserAccess", "ecs:RunInstances", True),
        ("PowerUserAccess", "ram:CreateUser", False),
        ("PowerUserAccess", "ram:ListRoles", True),
        ("ReadOnlyAccess", "ecs:DescribeInstances", True),
        ("ReadOnlyAccess", "ecs:RunInstances", False),
        ("AliyunECSFullAccess", "ecs:RunInstances", True),
        ("AliyunECSFullAccess", "vpc:DescribeVpcs", True),
        ("AliyunECSFullAccess", "vpc:CreateVpc", False),
        ("AliyunECSFullAccess", "ram:CreateUser", False),
        ("AliyunECSReadOnlyAccess", "ecs:DescribeInstances", True),
        ("AliyunECSReadOnlyAccess", "ecs:DeleteInstance", False),
        ("AliyunEIPFullAccess", "vpc:AllocateEipAddress", True),
        ("AliyunEIPFullAccess", "vpc:DeleteVpc", False),
        ("AliyunKMSReadOnlyAccess", "kms:GetSecretValue", False),
        ("AliyunSTSAssumeRoleAccess", "sts:AssumeRole", True),
    ],
)
def test_the_vendors_policies_allow_what_their_names_say(
    directory: Directory, account: Account, alice: User, name: str, action: str, allowed: bool
) -> None:
    key = directory.create_access_key(account.id, alice.id)
    directory.attach_policy(alice.id, name, "System")
    resource = f"acs:{action.partition(':')[0]}:*:{account.id}:thing/1"
    context = Context(
        principal=principal(directory, key.id), action=action, resource=resource, owner=account.id
    )
    assert authorise(context).allowed is allowed
