"""Who calls a running cloud, and the official clients they have: keys, sessions, the Tea SDKs and the core SDK."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any, NamedTuple

from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from running import RunningCloud

_numbers = itertools.count(1)


class Caller(NamedTuple):
    """Somebody with a key, and a token when it is a session's."""

    endpoint: str
    key: str
    secret: str
    token: str | None = None

    def config(self) -> Config:
        """Return what every Tea SDK is pointed at the cloud with."""
        return Config(
            access_key_id=self.key,
            access_key_secret=self.secret,
            security_token=self.token,
            endpoint=self.endpoint,
            protocol="http",
            region_id="cn-hangzhou",
        )

    def ram(self) -> RamClient:
        """Return the current SDK of RAM (ACS3)."""
        return RamClient(self.config())

    def sts(self) -> StsClient:
        """Return the current SDK of STS (ACS3)."""
        return StsClient(self.config())

    def core(self) -> AcsClient:
        """Return the classic core SDK (RPC V1)."""
        if self.token:
            credential: Any = StsTokenCredential(self.key, self.secret, self.token)
        else:
            credential = AccessKeyCredential(self.key, self.secret)
        return AcsClient(region_id="cn-hangzhou", credential=credential)

    def ask(self, version: str, action: str, **parameters: str) -> dict[str, Any]:
        """Call an action through the core SDK. Raises ServerException."""
        return self.ask_all(version, action, parameters)

    def ask_all(self, version: str, action: str, parameters: dict[str, str]) -> dict[str, Any]:
        """Call an action with parameters whose names are no identifiers."""
        request = CommonRequest()
        request.set_domain(self.endpoint)
        request.set_protocol_type("http")
        request.set_method("POST")
        request.set_version(version)
        request.set_action_name(action)
        request.set_accept_format("json")
        for name, value in parameters.items():
            # The SDK puts a region of its own into the query; two would be one too many.
            add = request.add_query_param if name == "RegionId" else request.add_body_params
            add(name, value)
        found: dict[str, Any] = json.loads(self.core().do_action_with_exception(request))
        return found


def root(cloud: RunningCloud) -> Caller:
    """Return the account itself."""
    return Caller(f"127.0.0.1:{cloud.state['port']}", *cloud.keys)


def unique(prefix: str = "t") -> str:
    """Return a name that no other test has."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}-of-ram"


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(*actions: str, resource: str | list[str] = "*", **rest: Any) -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **rest}


def trust(*principals: str) -> str:
    """Return a trust policy."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": list(principals)}}
    return json.dumps({"Version": "1", "Statement": [statement]})


def make_user(owner: Caller, *statements: dict[str, Any]) -> tuple[str, Caller]:
    """Make a user who may do what the statements say, all through RAM; return its name and itself."""
    client, name = owner.ram(), unique("user")
    client.create_user(models.CreateUserRequest(user_name=name))
    if statements:
        give_policy(owner, "user", name, document(*statements))
    key = client.create_access_key(models.CreateAccessKeyRequest(user_name=name)).body.access_key
    return name, Caller(owner.endpoint, key.access_key_id, key.access_key_secret)


def give_policy(owner: Caller, kind: str, name: str, text: str) -> str:
    """Make a policy, attach it to a user, group or role, and return its name."""
    policy, word = unique("policy"), kind.capitalize()
    owner.ram().create_policy(models.CreatePolicyRequest(policy_name=policy, policy_document=text))
    owner.ask_all(
        "2015-05-01",
        f"AttachPolicyTo{word}",
        {"PolicyName": policy, "PolicyType": "Custom", f"{word}Name": name},
    )
    return policy


def make_role(owner: Caller, trusted: str, *statements: dict[str, Any], **options: Any) -> Any:
    """Make a role, and return it as the SDK does."""
    name = unique("role")
    made = owner.ram().create_role(
        models.CreateRoleRequest(role_name=name, assume_role_policy_document=trusted, **options)
    )
    if statements:
        give_policy(owner, "role", name, document(*statements))
    return made.body.role


def assume(caller: Caller, role_arn: str, **options: Any) -> Caller:
    """Assume a role and return who one is then."""
    asked = sts_models.AssumeRoleRequest(role_arn=role_arn, role_session_name="test", **options)
    made = caller.sts().assume_role(asked).body.credentials
    return Caller(caller.endpoint, made.access_key_id, made.access_key_secret, made.security_token)


def code_of(error: BaseException) -> str:
    """Return the vendor's code of a refusal, whichever client raised it."""
    code = error.get_error_code() if isinstance(error, ServerException) else getattr(error, "code", "")
    return str(code)
