"""The elements Principal and NotPrincipal: who a bucket policy or a role's trust policy speaks of.

Source: OSS documentation, "Bucket Policy" (ids of accounts and users, `arn:sts::...` of sessions, `*`); RAM
documentation, "Policy elements" and the trust policies of roles (`{"RAM": [...]}`, `{"Service": [...]}`).
"""

from __future__ import annotations

import re
from typing import Any

from yunbox.identity.policy.elements import shown, strings
from yunbox.identity.policy.model import PolicyError, Principals, Standing
from yunbox.identity.policy.wildcard import Wildcard
from yunbox.identity.principal import Principal

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_ROOT = re.compile(r"acs:ram::([0-9]{1,20}):root", re.ASCII)
_ARN = re.compile(
    r"acs:(ram::[0-9]{1,20}:(user|role)/[^/\s]{1,128}|sts::[0-9]{1,20}:assumed-role/[^/\s]{1,64}/[^/\s]{1,128})"
)
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}", re.ASCII)


def parse_principals(raw: dict[str, Any], where: str) -> Principals:
    """Return what a statement's Principal or NotPrincipal says. Raises PolicyError."""
    name = "Principal" if "Principal" in raw else "NotPrincipal"
    what = f"{where}: {name}"
    value = raw[name]
    services: tuple[str, ...] = ()
    if isinstance(value, dict):
        for group in value:
            if group not in ("RAM", "Service"):
                raise PolicyError(f"{what} has the unknown element {shown(group)}.")
        if not value:
            raise PolicyError(f"{what} names nobody.")
        services = _listed(value, "Service", what)
        names = _listed(value, "RAM", what)
    else:
        names = strings(value, what)
    return _sorted_out(names, services, what, negated=name == "NotPrincipal")


def _listed(value: dict[str, Any], group: str, what: str) -> tuple[str, ...]:
    """Return the names of a group. The provider for Terraform writes an empty list for the one it does not use."""
    if value.get(group, []) == []:
        return ()
    return strings(value[group], f"{what}.{group}")


def _sorted_out(names: tuple[str, ...], services: tuple[str, ...], what: str, *, negated: bool) -> Principals:
    ids, accounts, arns = set(), set(), []
    everyone = False
    for given in names:
        name = "acs:" + given[4:] if given.startswith("arn:") else given
        if name == "*":
            everyone = True
        elif _ID.fullmatch(name):
            ids.add(name)
        elif root := _ROOT.fullmatch(name):
            accounts.add(root[1])
        elif _ARN.fullmatch(name):
            arns.append(Wildcard(name))
        else:
            raise PolicyError(f"{what}: {shown(given)} is neither an id, nor *, nor the ARN of an identity.")
    for service in services:
        if not _SERVICE.fullmatch(service):
            raise PolicyError(f"{what}: {shown(service)} is not the name of a service.")
    if not (everyone or ids or accounts or arns or services):
        raise PolicyError(f"{what} names nobody.")
    return Principals(
        everyone, frozenset(ids), frozenset(accounts), tuple(arns), frozenset(services), negated
    )


def standing(principals: Principals, caller: Principal, service: str = "") -> Standing:
    """Return how the names of the element (its negation aside) stand to a caller.

    An account's id or root ARN names the account itself, and through it everybody in it. `service` is set
    when a service of the cloud itself calls; then nothing but the Service names and `*` counts.
    """
    if service:
        return "self" if service in principals.services or principals.everyone else "none"
    if principals.everyone:
        return "self"
    if caller.kind == "anonymous":
        return "none"
    if caller.kind != "root" and (
        (caller.user_id and caller.user_id in principals.ids)
        or any(arn.matches(name) for arn in principals.arns for name in _arns(caller))
    ):
        return "self"
    if caller.account_id in principals.ids or caller.account_id in principals.accounts:
        return "self" if caller.kind == "root" else "account"
    return "none"


def _arns(caller: Principal) -> tuple[str, ...]:
    """Return the names a caller goes by: its own ARN, and for a session also that of its role."""
    if caller.kind != "session":
        return (caller.arn,)
    role = caller.arn.split("/")[1] if caller.arn.count("/") == 2 else ""
    return (caller.arn, f"acs:ram::{caller.account_id}:role/{role}")
