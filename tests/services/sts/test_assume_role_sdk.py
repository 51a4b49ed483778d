"""AssumeRole and GetCallerIdentity through the official clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import models as m
from services.ram.callers import Caller, allow, assume, document, make_role, make_user, trust

Denied = Callable[..., Exception]
ASSUME = allow("sts:AssumeRole")


@pytest.fixture
def account(owner: Caller) -> str:
    """The account's id."""
    return str(owner.sts().get_caller_identity().body.account_id)


def test_who_one_is(owner: Caller, account: str) -> None:
    me = owner.sts().get_caller_identity().body
    assert (me.identity_type, me.arn, me.user_id) == ("Account", f"acs:ram::{account}:root", account)
    name, user = make_user(owner, ASSUME)
    me = user.sts().get_caller_identity().body
    assert (me.identity_type, me.arn) == ("RAMUser", f"acs:ram::{account}:user/{name}")
    role = make_role(owner, trust(account))
    me = assume(user, role.arn).sts().get_caller_identity().body
    assert me.identity_type == "AssumedRoleUser"
    assert me.arn == f"acs:sts::{account}:assumed-role/{role.role_name}/test"
    assert (me.role_id, me.principal_id) == (role.role_id, f"{role.role_id}:test")


def test_a_session_may_do_what_its_role_may(owner: Caller, account: str, denied: Denied) -> None:
    _, user = make_user(owner, ASSUME)
    role = make_role(owner, trust(account), allow("ram:ListUsers"))
    asked = m.AssumeRoleRequest(role_arn=role.arn, role_session_name="alice", duration_seconds=900)
    made = user.sts().assume_role(asked).body
    assert made.assumed_role_user.arn == f"acs:sts::{account}:assumed-role/{role.role_name}/alice"
    assert made.assumed_role_user.assumed_role_id == f"{role.role_id}:alice"
    ends = datetime.strptime(made.credentials.expiration, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert 800 < (ends - datetime.now(UTC)).total_seconds() < 1000
    session = assume(user, role.arn)
    session.ram().list_users(ram_models.ListUsersRequest())
    session.ask("2015-05-01", "ListUsers")
    denied("NoPermission", session.ram().list_groups, ram_models.ListGroupsRequest())
    denied("NoPermission", user.ram().list_users, ram_models.ListUsersRequest())


def test_a_session_needs_its_token(owner: Caller, account: str, denied: Denied) -> None:
    _, user = make_user(owner, ASSUME)
    session = assume(user, make_role(owner, trust(account)).arn)
    bare = session._replace(token=None)
    denied("InvalidSecurityToken.Malformed", bare.sts().get_caller_identity)
    forged = session._replace(token="CAIS" + "x" * 240)
    denied("InvalidSecurityToken.Malformed", forged.sts().get_caller_identity)


def test_who_may_not_assume_a_role(owner: Caller, account: str, denied: Denied) -> None:
    _, user = make_user(owner, ASSUME)
    _, powerless = make_user(owner)
    trusting = make_role(owner, trust(account)).arn
    closed = make_role(owner, trust("1234567890123456")).arn
    ask = m.AssumeRoleRequest
    denied("NoPermission", powerless.sts().assume_role, ask(role_arn=trusting, role_session_name="test"))
    denied("NoPermission", user.sts().assume_role, ask(role_arn=closed, role_session_name="test"))
    denied("NoPermission", owner.sts().assume_role, ask(role_arn=trusting, role_session_name="test"))
    session = assume(user, trusting)
    denied("NoPermission", session.sts().assume_role, ask(role_arn=trusting, role_session_name="test"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role_arn": "nonsense"}, "InvalidParameter.RoleArn"),
        ({"role_arn": "acs:ram::1:role/absent"}, "EntityNotExist.Role"),
        ({"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
        ({"role_session_name": "x"}, "InvalidParameter.RoleSessionName"),
        ({"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
        ({"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
        ({"policy": "{"}, "InvalidParameter.PolicyGrammar"),
        ({"policy": "x" * 2049}, "InvalidParameter.PolicySize"),
        ({"source_identity": "alice"}, "InvalidParameter.NotImplemented"),
    ],
)
def test_requests_that_cannot_be(
    owner: Caller, account: str, denied: Denied, fields: dict[str, object], code: str
) -> None:
    _, user = make_user(owner, ASSUME)
    role = make_role(owner, trust(account))
    asked = {"role_arn": role.arn, "role_session_name": "test", **fields}
    denied(code, user.sts().assume_role, m.AssumeRoleRequest(**asked))


def test_an_external_id_that_the_role_asks_for(owner: Caller, account: str, denied: Denied) -> None:
    _, user = make_user(owner, ASSUME)
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": [account]},
        "Condition": {"StringEquals": {"sts:ExternalId": "shared-word"}},
    }
    role = make_role(owner, json.dumps({"Version": "1", "Statement": [statement]}))
    ask = {"role_arn": role.arn, "role_session_name": "test"}
    denied("NoPermission", user.sts().assume_role, m.AssumeRoleRequest(**ask))
    denied("NoPermission", user.sts().assume_role, m.AssumeRoleRequest(external_id="guess", **ask))
    user.sts().assume_role(m.AssumeRoleRequest(external_id="shared-word", **ask))


def test_the_classic_sdk_assumes_a_role(owner: Caller, account: str) -> None:
    from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest

    _, user = make_user(owner, ASSUME)
    role = make_role(owner, trust(account), allow("ram:ListUsers"))
    request = AssumeRoleRequest()
    request.set_RoleArn(role.arn)
    request.set_RoleSessionName("classic")
    request.set_Policy(document(allow("ram:*")))
    request.set_protocol_type("http")
    request.set_endpoint(user.endpoint)
    request.set_accept_format("json")
    found = json.loads(user.core().do_action_with_exception(request))["Credentials"]
    session = Caller(owner.endpoint, found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])
    assert "Users" in session.ask("2015-05-01", "ListUsers")


def test_a_deleted_roles_sessions_end(owner: Caller, account: str, denied: Denied) -> None:
    _, user = make_user(owner, ASSUME)
    role = make_role(owner, trust(account))
    session = assume(user, role.arn)
    session.sts().get_caller_identity()
    owner.ram().delete_role(ram_models.DeleteRoleRequest(role_name=role.role_name))
    denied("InvalidAccessKeyId.NotFound", session.sts().get_caller_identity)
