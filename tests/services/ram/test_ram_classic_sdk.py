"""RAM through the classic SDK (aliyun-python-sdk-ram): RPC V1, the way of the provider for Terraform."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkram.request.v20150501.AttachPolicyToRoleRequest import AttachPolicyToRoleRequest
from aliyunsdkram.request.v20150501.CreatePolicyRequest import CreatePolicyRequest
from aliyunsdkram.request.v20150501.CreateRoleRequest import CreateRoleRequest
from aliyunsdkram.request.v20150501.CreateUserRequest import CreateUserRequest
from aliyunsdkram.request.v20150501.DeleteUserRequest import DeleteUserRequest
from aliyunsdkram.request.v20150501.ListPoliciesForRoleRequest import ListPoliciesForRoleRequest
from aliyunsdkram.request.v20150501.ListUsersRequest import ListUsersRequest
from aliyunsdkram.request.v20150501.UpdateUserRequest import UpdateUserRequest
from services.ram.callers import Caller, allow, document, trust, unique


def send(owner: Caller, request: Any, **parameters: object) -> dict[str, Any]:
    """Send a request of the classic SDK with parameters set by its own methods."""
    for name, value in parameters.items():
        getattr(request, f"set_{name}")(value)
    request.set_protocol_type("http")
    request.set_endpoint(owner.endpoint)
    request.set_accept_format("json")
    found: dict[str, Any] = json.loads(owner.core().do_action_with_exception(request))
    return found


def test_users(owner: Caller) -> None:
    name = unique()
    made = send(owner, CreateUserRequest(), UserName=name, DisplayName="显示名", Comments="a & b = c")["User"]
    assert (made["DisplayName"], made["Comments"]) == ("显示名", "a & b = c")
    changed = send(owner, UpdateUserRequest(), UserName=name, NewUserName=name, NewComments="")["User"]
    assert (changed["Comments"], changed["UserId"]) == ("", made["UserId"])
    listed = send(owner, ListUsersRequest(), MaxItems=1000)["Users"]["User"]
    assert name in {each["UserName"] for each in listed}
    send(owner, DeleteUserRequest(), UserName=name)
    with pytest.raises(ServerException) as caught:
        send(owner, DeleteUserRequest(), UserName=name)
    assert caught.value.get_error_code() == "EntityNotExist.User"
    assert caught.value.get_http_status() == 404


def test_a_role_with_a_policy(owner: Caller) -> None:
    role, policy = unique("role"), unique("policy")
    made = send(owner, CreateRoleRequest(), RoleName=role, AssumeRolePolicyDocument=trust("*"))["Role"]
    assert made["RoleName"] == role
    text = document(allow("oss:GetObject"))
    send(owner, CreatePolicyRequest(), PolicyName=policy, PolicyDocument=text)
    send(owner, AttachPolicyToRoleRequest(), RoleName=role, PolicyName=policy, PolicyType="Custom")
    listed = send(owner, ListPoliciesForRoleRequest(), RoleName=role)["Policies"]["Policy"]
    assert [(each["PolicyName"], each["DefaultVersion"]) for each in listed] == [(policy, "v1")]
