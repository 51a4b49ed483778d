"""Roles that instances play: which may, and who may give them. Source: RAM documentation, "Instance RAM roles"."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.identity.policy.authorise import authorise, denial_facts
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.resources import Role

SERVICE = "ecs.aliyuncs.com"


def check_role(call: Call, name: str) -> None:
    """Return when the caller may let an instance play the role of that name.

    Raises CloudError: InvalidRamRole.NotFound, InvalidRamRole.NotEcsRole, NoPermission (of ram:PassRole).
    """
    found = call.view.find(Role, account=call.account, name=name, limit=1) if 0 < len(name) <= 64 else []
    if not found:
        raise CloudError("InvalidRamRole.NotFound", 404, "The specified RamRoleName does not exist.")
    if not trusts_instances(found[0].trust):
        raise CloudError(
            "InvalidRamRole.NotEcsRole",
            403,
            "The specified RAM role is not authorized for ECS: its trust policy "
            f"does not name the service {SERVICE}.",
        )
    _authorise_passing(call, name)


def trusts_instances(trust: str) -> bool:
    """Return whether a trust policy lets instances assume the role."""
    try:
        document: Any = msgspec.json.decode(trust)
        statements = document["Statement"]
        return any(
            each["Effect"] == "Allow" and SERVICE in _listed(each["Principal"].get("Service"))
            for each in statements
        )
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _authorise_passing(call: Call, name: str) -> None:
    if call.principal.kind == "root":
        return
    context = Context(
        principal=call.principal,
        action="ram:PassRole",
        resource=f"acs:ram:*:{call.account}:role/{name}",
        owner=call.account,
        now=call.now,
        source_ip=call.peer,
        secure=call.secure,
        keys={"acs:Service": SERVICE},
    )
    verdict = authorise(context)
    if not verdict.allowed:
        raise CloudError(
            "NoPermission",
            403,
            f"You are not authorized to do this action. {context.action} on {context.resource} is needed.",
            details={key: value for key, value in denial_facts(verdict, context).items() if value},
        )
