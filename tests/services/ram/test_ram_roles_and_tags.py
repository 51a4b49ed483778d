"""Roles, and the tags of roles, policies and users."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from services.ram.callers import Caller, make_role, make_user, trust, unique

Denied = Callable[..., Exception]


def test_a_role_from_creation_to_deletion(ram: Client, denied: Denied) -> None:
    name = unique("role")
    made = ram.create_role(
        m.CreateRoleRequest(
            role_name=name, assume_role_policy_document=trust("*"), description="d", max_session_duration=7200
        )
    ).body.role
    assert made.arn.endswith(f":role/{name}")
    found = ram.get_role(m.GetRoleRequest(role_name=name)).body.role
    assert (found.role_id, found.arn, found.max_session_duration) == (made.role_id, made.arn, 7200)
    assert json.loads(found.assume_role_policy_document) == json.loads(trust("*"))
    changed = ram.update_role(
        m.UpdateRoleRequest(
            role_name=name,
            new_assume_role_policy_document=trust("1234567890123456"),
            new_max_session_duration=3600,
        )
    ).body.role
    assert (changed.description, changed.max_session_duration) == ("d", 3600)
    assert "1234567890123456" in changed.assume_role_policy_document
    attach = {"role_name": name, "policy_name": "ReadOnlyAccess", "policy_type": "System"}
    ram.attach_policy_to_role(m.AttachPolicyToRoleRequest(**attach))
    denied("DeleteConflict.Role.Policy", ram.delete_role, m.DeleteRoleRequest(role_name=name))
    ram.detach_policy_from_role(m.DetachPolicyFromRoleRequest(**attach))
    ram.delete_role(m.DeleteRoleRequest(role_name=name))
    denied("EntityNotExist.Role", ram.get_role, m.GetRoleRequest(role_name=name))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role_name": "a_b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "x" * 65}, "InvalidParameter.RoleName.Length"),
        ({"max_session_duration": 3599}, "InvalidParameter.MaxSessionDuration.Range"),
        ({"max_session_duration": 43201}, "InvalidParameter.MaxSessionDuration.Range"),
        ({"assume_role_policy_document": "{}"}, "MalformedPolicyDocument"),
        ({"assume_role_policy_document": "x" * 4097}, "InvalidParameter.AssumeRolePolicyDocument.Length"),
        ({"description": "x" * 1025}, "InvalidParameter.Description.Length"),
    ],
)
def test_roles_that_cannot_be(ram: Client, denied: Denied, fields: dict[str, object], code: str) -> None:
    asked = {"role_name": "ok", "assume_role_policy_document": trust("*"), **fields}
    denied(code, ram.create_role, m.CreateRoleRequest(**asked))


def test_roles_are_listed_by_tag(ram: Client, owner: Caller) -> None:
    value = unique("value")
    tagged = make_role(owner, trust("*"), tag=[m.CreateRoleRequestTag(key="team", value=value)]).role_name
    make_role(owner, trust("*"))
    asked = m.ListRolesRequest(tag=[m.ListRolesRequestTag(key="team", value=value)])
    found = ram.list_roles(asked).body.roles.role
    assert [each.role_name for each in found] == [tagged]
    assert [(each.tag_key, each.tag_value) for each in found[0].tags.tag] == [("team", value)]


def test_tags_are_put_on_and_taken_off(ram: Client, denied: Denied, owner: Caller) -> None:
    role, user = make_role(owner, trust("*")).role_name, make_user(owner)[0]
    ram.tag_resources(
        m.TagResourcesRequest(
            resource_type="role",
            resource_names=[role],
            tag=[m.TagResourcesRequestTag(key="a", value="1"), m.TagResourcesRequestTag(key="b", value="2")],
        )
    )
    ram.tag_resources(
        m.TagResourcesRequest(
            resource_type="user", resource_names=[user], tag=[m.TagResourcesRequestTag(key="a", value="3")]
        )
    )

    def tags(kind: str, name: str) -> dict[str, str]:
        asked = m.ListTagResourcesRequest(resource_type=kind, resource_names=[name])
        rows = ram.list_tag_resources(asked).body.tag_resources
        assert all((row.resource_type, row.resource_name) == (kind, name) for row in rows)
        return {row.tag_key: row.tag_value for row in rows}

    assert tags("role", role) == {"a": "1", "b": "2"}
    assert tags("user", user) == {"a": "3"}
    untag = m.UntagResourcesRequest
    ram.untag_resources(untag(resource_type="role", resource_names=[role], tag_keys=["a", "absent"]))
    assert tags("role", role) == {"b": "2"}
    denied("MissingParameter", ram.untag_resources, untag(resource_type="role", resource_names=[role]))
    ram.untag_resources(untag(resource_type="role", resource_names=[role], all=True))
    assert tags("role", role) == {}
    asked = m.TagResourcesRequest(
        resource_type="role", resource_names=["absent"], tag=[m.TagResourcesRequestTag(key="a", value="1")]
    )
    denied("EntityNotExist.Role", ram.tag_resources, asked)
