"""Nobody does what no policy allows: every action, every client path, users and sessions alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import oss2
import pytest
from alibabacloud_ram20150501 import models as m
from running import RunningCloud
from services.ram.callers import (
    Caller,
    allow,
    assume,
    code_of,
    document,
    give_policy,
    make_role,
    make_user,
    root,
    trust,
    unique,
)
from services.ram.samples import refusal

from yunbox.api.product import Action
from yunbox.services.catalogue import CATALOGUE

RAM = "2015-05-01"
Denied = Callable[..., Exception]

OPEN = {"Sts.GetCallerIdentity", "Location.DescribeEndpoints"}
"""What everybody who has a key may ask."""

ACTIONS = [
    pytest.param(product, action, id=f"{product.code}.{action.name}")
    for product in CATALOGUE.products
    if product.code in ("Ram", "Sts")
    for action in product.actions.values()
    if f"{product.code}.{action.name}" not in OPEN
]


@pytest.fixture(scope="module")
def nobody(cloud: RunningCloud) -> tuple[Caller, Caller, str]:
    """A user and a session without any policy, and a role that trusts both."""
    owner = Caller(f"127.0.0.1:{cloud.state['port']}", *cloud.keys)
    account = owner.sts().get_caller_identity().body.account_id
    role = make_role(owner, trust(account))
    _, user = make_user(owner)
    _, assumer = make_user(owner, allow("sts:AssumeRole", resource=role.arn))
    return user, assume(assumer, role.arn), role.arn


@pytest.mark.parametrize(("product", "action"), ACTIONS)
def test_every_action_is_refused_to_who_has_no_policy(
    product: Any, action: Action, nobody: tuple[Caller, Caller, str]
) -> None:
    *callers, role_arn = nobody
    more = {"RoleArn": role_arn} if action.name == "AssumeRole" else {}
    for caller in callers:
        assert refusal(caller, product, action, **more) == product.forbidden


@pytest.mark.parametrize(("product", "action"), ACTIONS)
def test_the_actions_own_permission_is_the_one_that_it_needs(
    product: Any, action: Action, cloud: RunningCloud
) -> None:
    owner = root(cloud)
    role = make_role(owner, trust(owner.sts().get_caller_identity().body.account_id))
    _, caller = make_user(owner, allow(f"{product.ram}:{action.name}"))
    more = {"RoleArn": role.arn} if action.name == "AssumeRole" else {}
    assert refusal(caller, product, action, **more) != product.forbidden


def client_paths(caller: Caller, bucket: oss2.Bucket) -> dict[str, Callable[[], object]]:
    """Return one call that is not allowed by each client path."""
    auth = oss2.StsAuth(caller.key, caller.secret, caller.token) if caller.token else None
    seen = oss2.Bucket(auth or oss2.Auth(caller.key, caller.secret), bucket.endpoint, bucket.bucket_name)
    return {
        "tea": lambda: caller.ram().list_groups(m.ListGroupsRequest()),
        "core": lambda: caller.ask(RAM, "ListGroups"),
        "oss2": seen.get_bucket_info,
    }


def assert_only_its_own(caller: Caller, name: str, other: str, bucket: oss2.Bucket) -> None:
    """Check that a caller may get the one user, and nothing else by any client."""
    assert caller.ram().get_user(m.GetUserRequest(user_name=name)).body.user.user_name == name
    assert caller.ask(RAM, "GetUser", UserName=name)["User"]["UserName"] == name
    for refused in (
        lambda: caller.ram().get_user(m.GetUserRequest(user_name=other)),
        lambda: caller.ask(RAM, "GetUser", UserName=other),
        lambda: caller.ask(RAM, "GetUser", UserName=f"{name}x"),
        lambda: caller.ask(RAM, "GetUser", UserName="*"),
    ):
        with pytest.raises(Exception) as caught:
            refused()
        assert code_of(caught.value) == "NoPermission"
    for path, call in client_paths(caller, bucket).items():
        with pytest.raises(Exception) as caught:
            call()
        assert code_of(caught.value) == ("AccessDenied" if path == "oss2" else "NoPermission"), path


def test_a_user_may_do_the_one_thing_on_the_one_resource(owner: Caller, bucket: oss2.Bucket) -> None:
    (name, _), (other, _) = make_user(owner), make_user(owner)
    account = owner.sts().get_caller_identity().body.account_id
    statement = allow("ram:GetUser", resource=f"acs:ram::{account}:user/{name}")
    assert_only_its_own(make_user(owner, statement)[1], name, other, bucket)


def test_a_session_policy_narrows_what_the_role_may(owner: Caller, bucket: oss2.Bucket) -> None:
    (name, _), (other, _) = make_user(owner), make_user(owner)
    account = owner.sts().get_caller_identity().body.account_id
    _, user = make_user(owner, allow("sts:AssumeRole"))
    role = make_role(owner, trust(account), allow("*"))
    narrow = document(allow("ram:GetUser", resource=f"acs:ram:*:{account}:user/{name}"))
    assert_only_its_own(assume(user, role.arn, policy=narrow), name, other, bucket)


def test_a_session_policy_gives_nothing_that_the_role_has_not(owner: Caller, denied: Denied) -> None:
    account = owner.sts().get_caller_identity().body.account_id
    _, user = make_user(owner, allow("sts:AssumeRole"))
    role = make_role(owner, trust(account), allow("ram:ListUsers"))
    wide = assume(user, role.arn, policy=document(allow("*")))
    wide.ask(RAM, "ListUsers")
    denied("NoPermission", wide.ask, RAM, "ListGroups")


def test_a_denial_goes_before_what_is_allowed(owner: Caller, denied: Denied) -> None:
    name, caller = make_user(owner, allow("*"))
    caller.ask(RAM, "ListUsers")
    deny = {"Effect": "Deny", "Action": "ram:ListUsers", "Resource": "*"}
    policy = give_policy(owner, "user", name, document(deny))
    denied("NoPermission", caller.ask, RAM, "ListUsers")
    caller.ask(RAM, "ListGroups")
    owner.ask(RAM, "DetachPolicyFromUser", UserName=name, PolicyName=policy, PolicyType="Custom")
    caller.ask(RAM, "ListUsers")


def test_who_may_attach_some_policies_does_not_reach_the_others(owner: Caller, denied: Denied) -> None:
    account = owner.sts().get_caller_identity().body.account_id
    users = f"acs:ram:*:{account}:user/*"
    own = f"acs:ram:*:{account}:policy/*"
    name, caller = make_user(owner, allow("ram:AttachPolicyToUser", resource=[users, own]))
    harmless = unique("policy")
    owner.ask(RAM, "CreatePolicy", PolicyName=harmless, PolicyDocument=document(allow("oss:GetObject")))
    attach = {"UserName": name, "PolicyName": "AdministratorAccess", "PolicyType": "System"}
    denied("NoPermission", caller.ask, RAM, "AttachPolicyToUser", **attach)
    caller.ask(RAM, "AttachPolicyToUser", UserName=name, PolicyName=harmless, PolicyType="Custom")
    denied("NoPermission", caller.ask, RAM, "ListUsers")
    some, chooser = make_user(
        owner, allow("ram:AttachPolicyToUser", resource=[users, "acs:ram:*:system:policy/AliyunOSS*"])
    )
    for policy, refused in (("AliyunOSSReadOnlyAccess", False), ("AdministratorAccess", True)):
        attach = {"UserName": some, "PolicyName": policy, "PolicyType": "System"}
        if refused:
            denied("NoPermission", chooser.ask, RAM, "AttachPolicyToUser", **attach)
        else:
            chooser.ask(RAM, "AttachPolicyToUser", **attach)
    denied(
        "NoPermission",
        chooser.ask,
        RAM,
        "AttachPolicyToUser",
        UserName=some,
        PolicyName=harmless,
        PolicyType="Custom",
    )


def test_a_user_makes_keys_for_itself_only_where_it_may(owner: Caller, denied: Denied) -> None:
    account = owner.sts().get_caller_identity().body.account_id
    name, caller = make_user(owner)
    other, _ = make_user(owner)
    denied("NoPermission", caller.ask, RAM, "CreateAccessKey")
    give_policy(
        owner, "user", name, document(allow("ram:*AccessKey*", resource=f"acs:ram:*:{account}:user/{name}"))
    )
    made = caller.ask(RAM, "CreateAccessKey")["AccessKey"]
    keys = caller.ask(RAM, "ListAccessKeys")["AccessKeys"]["AccessKey"]
    assert {each["AccessKeyId"] for each in keys} == {caller.key, made["AccessKeyId"]}
    denied("NoPermission", caller.ask, RAM, "CreateAccessKey", UserName=other)
    denied("NoPermission", caller.ask, RAM, "ListAccessKeys", UserName=other)
    caller.ask(RAM, "DeleteAccessKey", UserAccessKeyId=made["AccessKeyId"])
