"""Policy documents and callers for the tests."""

from __future__ import annotations

import json
from typing import Any

from yunbox.identity.policy.evaluate import Context
from yunbox.identity.principal import ANONYMOUS, Principal

OWNER = "1111111111111111"
OTHER = "2222222222222222"
ALICE_ID = "200000000000000001"

ROOT = Principal(
    kind="root", account_id=OWNER, arn=f"acs:ram::{OWNER}:root", user_id=OWNER, access_key_id="root"
)
OTHER_ROOT = Principal(kind="root", account_id=OTHER, arn=f"acs:ram::{OTHER}:root", user_id=OTHER)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """A statement about every action and resource, but for what is given."""
    made: dict[str, Any] = {"Effect": effect}
    if "NotAction" not in elements:
        made["Action"] = "*"
    if "NotResource" not in elements:
        made["Resource"] = "*"
    return made | elements


def user(*policies: str, account: str = OWNER, id_: str = ALICE_ID, name: str = "alice") -> Principal:
    return Principal(
        kind="user",
        account_id=account,
        arn=f"acs:ram::{account}:user/{name}",
        user_id=id_,
        name=name,
        access_key_id="LTAI5talice",
        policies=policies,
    )


def session(
    *policies: str, session_policy: str = "", account: str = OWNER, role: str = "reader"
) -> Principal:
    return Principal(
        kind="session",
        account_id=account,
        arn=f"acs:sts::{account}:assumed-role/{role}/s1",
        user_id="300000000000000001",
        name=f"{role}:s1",
        access_key_id="STS.x",
        policies=policies,
        session_policy=session_policy,
    )


def asks(
    principal: Principal = ANONYMOUS,
    action: str = "oss:GetObject",
    resource: str = f"acs:oss:oss-cn-hangzhou:{OWNER}:photos/2015/a.jpg",
    **more: Any,
) -> Context:
    return Context(principal=principal, action=action, resource=resource, owner=OWNER, **more)
