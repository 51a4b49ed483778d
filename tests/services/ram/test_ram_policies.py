"""Policies, their versions, and who has them, through the current SDK."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from services.ram.callers import Caller, allow, document, make_role, make_user, trust, unique

Denied = Callable[..., Exception]
READ = document(allow("oss:Get*"))
WRITE = document(allow("oss:Put*"))


@pytest.fixture
def policy(ram: Client) -> str:
    """A policy that nobody has."""
    name = unique("policy")
    ram.create_policy(m.CreatePolicyRequest(policy_name=name, policy_document=READ, description="d"))
    return name


def test_a_policy_from_creation_to_deletion(ram: Client, denied: Denied, policy: str) -> None:
    found = ram.get_policy(m.GetPolicyRequest(policy_name=policy, policy_type="Custom")).body
    assert (found.policy.default_version, found.policy.attachment_count) == ("v1", 0)
    assert (found.policy.policy_type, found.policy.description) == ("Custom", "d")
    assert found.default_policy_version.policy_document == READ
    assert found.default_policy_version.is_default_version is True
    ram.update_policy_description(m.UpdatePolicyDescriptionRequest(policy_name=policy, new_description="e"))
    again = ram.get_policy(m.GetPolicyRequest(policy_name=policy, policy_type="Custom")).body.policy
    assert again.description == "e"
    asked = m.CreatePolicyRequest(policy_name=policy, policy_document=READ)
    denied("EntityAlreadyExists.Policy", ram.create_policy, asked)
    ram.delete_policy(m.DeletePolicyRequest(policy_name=policy))
    denied("EntityNotExist.Policy", ram.delete_policy, m.DeletePolicyRequest(policy_name=policy))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a b", READ, "InvalidParameter.PolicyName.InvalidChars"),
        ("x" * 129, READ, "InvalidParameter.PolicyName.Length"),
        ("ok", "not json", "MalformedPolicyDocument"),
        ("ok", "{}", "MalformedPolicyDocument"),
        ("ok", document({"Effect": "Alow", "Action": "*", "Resource": "*"}), "MalformedPolicyDocument"),
        ("ok", document({"Effect": "Allow", "Resource": "*"}), "MalformedPolicyDocument"),
        ("ok", "x" * 6145, "InvalidParameter.PolicyDocument.Length"),
        ("AdministratorAccess", READ, "EntityAlreadyExists.Policy"),
    ],
)
def test_policies_that_cannot_be(ram: Client, denied: Denied, name: str, text: str, code: str) -> None:
    denied(code, ram.create_policy, m.CreatePolicyRequest(policy_name=name, policy_document=text))


def test_versions_of_a_policy(ram: Client, denied: Denied, policy: str) -> None:
    second = ram.create_policy_version(
        m.CreatePolicyVersionRequest(policy_name=policy, policy_document=WRITE)
    ).body.policy_version
    assert (second.version_id, second.is_default_version) == ("v2", False)
    listed = ram.list_policy_versions(
        m.ListPolicyVersionsRequest(policy_name=policy, policy_type="Custom")
    ).body.policy_versions.policy_version
    assert [(each.version_id, each.is_default_version, each.policy_document) for each in listed] == [
        ("v1", True, READ),
        ("v2", False, WRITE),
    ]
    ram.set_default_policy_version(m.SetDefaultPolicyVersionRequest(policy_name=policy, version_id="v2"))
    asked = m.GetPolicyVersionRequest(policy_name=policy, policy_type="Custom", version_id="v2")
    found = ram.get_policy_version(asked).body.policy_version
    assert (found.is_default_version, found.policy_document) == (True, WRITE)
    delete = m.DeletePolicyVersionRequest
    denied(
        "DeleteConflict.Policy.Version.Default",
        ram.delete_policy_version,
        delete(policy_name=policy, version_id="v2"),
    )
    denied("DeleteConflict.Policy.Version", ram.delete_policy, m.DeletePolicyRequest(policy_name=policy))
    ram.delete_policy_version(delete(policy_name=policy, version_id="v1"))
    denied(
        "EntityNotExist.Policy.Version",
        ram.delete_policy_version,
        delete(policy_name=policy, version_id="v1"),
    )
    denied(
        "InvalidParameter.VersionId.Format",
        ram.delete_policy_version,
        delete(policy_name=policy, version_id="1"),
    )
    third = ram.create_policy_version(
        m.CreatePolicyVersionRequest(policy_name=policy, policy_document=READ, set_as_default=True)
    ).body.policy_version
    assert (third.version_id, third.is_default_version) == ("v3", True)
    ram.delete_policy(m.DeletePolicyRequest(policy_name=policy, cascading_delete=True))


def test_a_sixth_version_needs_a_strategy(ram: Client, denied: Denied, policy: str) -> None:
    create = m.CreatePolicyVersionRequest
    for _ in range(4):
        ram.create_policy_version(create(policy_name=policy, policy_document=READ))
    asked = create(policy_name=policy, policy_document=READ)
    denied("LimitExceeded.Policy.Version", ram.create_policy_version, asked)
    ram.create_policy_version(
        create(
            policy_name=policy,
            policy_document=WRITE,
            rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        )
    )
    listed = ram.list_policy_versions(
        m.ListPolicyVersionsRequest(policy_name=policy, policy_type="Custom")
    ).body.policy_versions.policy_version
    assert [each.version_id for each in listed] == ["v1", "v3", "v4", "v5", "v6"]


def test_the_vendors_policies_can_be_read_and_not_changed(ram: Client, denied: Denied) -> None:
    asked = m.GetPolicyRequest(policy_name="AliyunECSFullAccess", policy_type="System")
    text = ram.get_policy(asked).body.default_policy_version.policy_document
    assert "ecs:*" in json.loads(text)["Statement"][0]["Action"]
    change = m.CreatePolicyVersionRequest(policy_name="AliyunECSFullAccess", policy_document=READ)
    denied("EntityNotExist.Policy", ram.create_policy_version, change)
    denied(
        "EntityNotExist.Policy", ram.delete_policy, m.DeletePolicyRequest(policy_name="AliyunECSFullAccess")
    )
    asked = m.GetPolicyRequest(policy_name="AliyunECSFullAccess", policy_type="Vendor")
    denied("InvalidParameter.PolicyType", ram.get_policy, asked)


def test_who_has_a_policy(ram: Client, denied: Denied, owner: Caller, policy: str) -> None:
    user, _ = make_user(owner)
    group, role = unique("group"), make_role(owner, trust("*")).role_name
    ram.create_group(m.CreateGroupRequest(group_name=group))
    which = {"policy_name": policy, "policy_type": "Custom"}
    steps = (
        ("User", {"user_name": user}, ram.attach_policy_to_user, m.AttachPolicyToUserRequest),
        ("Group", {"group_name": group}, ram.attach_policy_to_group, m.AttachPolicyToGroupRequest),
        ("Role", {"role_name": role}, ram.attach_policy_to_role, m.AttachPolicyToRoleRequest),
    )
    for word, target, attach, request in steps:
        attach(request(**which, **target))
        denied(f"EntityAlreadyExists.{word}.Policy", attach, request(**which, **target))
    found = ram.list_entities_for_policy(m.ListEntitiesForPolicyRequest(**which)).body
    assert [each.user_name for each in found.users.user] == [user]
    assert [each.group_name for each in found.groups.group] == [group]
    assert [each.role_name for each in found.roles.role] == [role]
    count = ram.get_policy(m.GetPolicyRequest(**which)).body.policy.attachment_count
    assert count == 3
    of_user = ram.list_policies_for_user(m.ListPoliciesForUserRequest(user_name=user)).body.policies.policy
    of_group = ram.list_policies_for_group(
        m.ListPoliciesForGroupRequest(group_name=group)
    ).body.policies.policy
    of_role = ram.list_policies_for_role(m.ListPoliciesForRoleRequest(role_name=role)).body.policies.policy
    assert [each.policy_name for each in (*of_user, *of_group, *of_role)] == [policy] * 3
    delete = (ram.delete_policy, m.DeletePolicyRequest(policy_name=policy, cascading_delete=True))
    parts = (
        ("User", {"user_name": user}, ram.detach_policy_from_user, m.DetachPolicyFromUserRequest),
        ("Group", {"group_name": group}, ram.detach_policy_from_group, m.DetachPolicyFromGroupRequest),
        ("Role", {"role_name": role}, ram.detach_policy_from_role, m.DetachPolicyFromRoleRequest),
    )
    for word, target, detach, request in parts:
        error = denied_any(delete)
        assert error in {
            "DeleteConflict.Policy.User",
            "DeleteConflict.Policy.Group",
            "DeleteConflict.Role.Policy",
        }
        detach(request(**which, **target))
        denied(f"EntityNotExist.{word}.Policy", detach, request(**which, **target))
    ram.delete_policy(m.DeletePolicyRequest(policy_name=policy))


def denied_any(call: tuple[Callable[..., object], object]) -> str:
    with pytest.raises(Exception) as caught:
        call[0](call[1])
    return str(caught.value.code)  # type: ignore[attr-defined]


def test_what_is_missing_is_named(ram: Client, denied: Denied, owner: Caller, policy: str) -> None:
    user, _ = make_user(owner)
    attach = m.AttachPolicyToUserRequest
    denied(
        "EntityNotExist.User",
        ram.attach_policy_to_user,
        attach(user_name="nobody", policy_name=policy, policy_type="Custom"),
    )
    denied(
        "EntityNotExist.Policy",
        ram.attach_policy_to_user,
        attach(user_name=user, policy_name="absent", policy_type="Custom"),
    )
    denied(
        "EntityNotExist.Policy",
        ram.attach_policy_to_user,
        attach(user_name=user, policy_name=policy, policy_type="System"),
    )


def test_a_listing_by_type_and_tag(ram: Client) -> None:
    tagged = unique("policy")
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name=tagged,
            policy_document=READ,
            tag=[m.CreatePolicyRequestTag(key="team", value=tagged)],
        )
    )
    system = ram.list_policies(m.ListPoliciesRequest(policy_type="System", max_items=1000)).body
    assert {each.policy_type for each in system.policies.policy} == {"System"}
    assert "AdministratorAccess" in {each.policy_name for each in system.policies.policy}
    asked = m.ListPoliciesRequest(tag=[m.ListPoliciesRequestTag(key="team", value=tagged)])
    found = ram.list_policies(asked).body.policies.policy
    assert [each.policy_name for each in found] == [tagged]
    assert [(each.tag_key, each.tag_value) for each in found[0].tags.tag] == [("team", tagged)]
