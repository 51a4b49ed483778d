"""AuthorizeSecurityGroup, RevokeSecurityGroup and their egress halves: rules come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.errors import security_group_not_found
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups import rule_errors
from yunbox.services.ecs.security_groups.model import GroupRule, SecurityGroup, Way
from yunbox.services.ecs.security_groups.permissions import (
    Egress,
    EgressPermission,
    Ingress,
    IngressPermission,
    is_stated,
    read_rule,
)

MAX_RULES = 200
"""The rules of a group, in both directions together."""

MAX_PEER_GROUPS = 20
"""The rules of a group that name another group."""

_ON = "securitygroup/{security_group_id}"
_MANY = Meta(max_length=100)


class AuthorizeSecurityGroup(Request, Ingress, kw_only=True):
    """Add rules about what may come in."""

    security_group_id: str
    permissions: Annotated[list[IngressPermission], _MANY] = []


class AuthorizeSecurityGroupEgress(Request, Egress, kw_only=True):
    """Add rules about what may go out."""

    security_group_id: str
    permissions: Annotated[list[EgressPermission], _MANY] = []


class RevokeSecurityGroup(Request, Ingress, kw_only=True):
    """Take away rules about what may come in, by their ids or by what they say."""

    security_group_id: str
    security_group_rule_id: Annotated[list[str], _MANY] = []
    permissions: Annotated[list[IngressPermission], _MANY] = []


class RevokeSecurityGroupEgress(Request, Egress, kw_only=True):
    """Take away rules about what may go out, by their ids or by what they say."""

    security_group_id: str
    security_group_rule_id: Annotated[list[str], _MANY] = []
    permissions: Annotated[list[EgressPermission], _MANY] = []


_Authorize = AuthorizeSecurityGroup | AuthorizeSecurityGroupEgress
_Revoke = RevokeSecurityGroup | RevokeSecurityGroupEgress


@ecs.action(AuthorizeSecurityGroup, on=_ON)
def authorize_security_group(request: AuthorizeSecurityGroup, call: Call) -> Empty:
    """Add the rules that the group has not yet."""
    return _authorize("ingress", request, request.permissions, call)


@ecs.action(AuthorizeSecurityGroupEgress, on=_ON)
def authorize_security_group_egress(request: AuthorizeSecurityGroupEgress, call: Call) -> Empty:
    """Add the rules that the group has not yet."""
    return _authorize("egress", request, request.permissions, call)


@ecs.action(RevokeSecurityGroup, on=_ON)
def revoke_security_group(request: RevokeSecurityGroup, call: Call) -> Empty:
    """Take the rules away; refused when the group has not all of them."""
    return _revoke("ingress", request, request.permissions, request.security_group_rule_id, call)


@ecs.action(RevokeSecurityGroupEgress, on=_ON)
def revoke_security_group_egress(request: RevokeSecurityGroupEgress, call: Call) -> Empty:
    """Take the rules away; refused when the group has not all of them."""
    return _revoke("egress", request, request.permissions, request.security_group_rule_id, call)


def _authorize(
    way: Way,
    request: _Authorize,
    permissions: Sequence[IngressPermission | EgressPermission],
    call: Call,
) -> Empty:
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    stated = _stated(way, request, permissions, call.action)
    for rule in stated:
        check_peer(call, group, rule)
    known = {rule.meaning for rule in group.rules}
    new = [_made(call, rule) for rule in stated if rule.meaning not in known]
    if new:
        rules = (*group.rules, *new)
        check_amount(rules)
        call.change.replace(msgspec.structs.replace(group, rules=rules))
    return Empty()


def _revoke(
    way: Way,
    request: _Revoke,
    permissions: Sequence[IngressPermission | EgressPermission],
    ids: Sequence[str],
    call: Call,
) -> Empty:
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    if ids:
        if permissions or is_stated(request):
            raise rule_errors.both_forms()
        gone = _by_id(way, group, ids)
    else:
        wanted = {rule.meaning for rule in _stated(way, request, permissions, call.action)}
        gone = {rule.id for rule in group.rules if rule.meaning in wanted}
        if len(gone) < len(wanted):
            raise rule_errors.rule_not_found()
    rest = tuple(rule for rule in group.rules if rule.id not in gone)
    call.change.replace(msgspec.structs.replace(group, rules=rest))
    return Empty()


def _by_id(way: Way, group: SecurityGroup, ids: Sequence[str]) -> set[str]:
    if len(set(ids)) < len(ids):
        raise rule_errors.rule_id_twice()
    known = {rule.id for rule in group.rules if rule.way == way}
    for id_ in ids:
        if id_ not in known:
            raise rule_errors.rule_id_not_found(id_)
    return set(ids)


def _stated(
    way: Way,
    request: _Authorize | _Revoke,
    permissions: Sequence[IngressPermission | EgressPermission],
    action: str,
) -> list[GroupRule]:
    """Return the rules of a request, at least one. Raises CloudError."""
    if not permissions:
        if not is_stated(request):
            raise missing_parameter("Permissions")
        return [read_rule(way, request, action)]
    if is_stated(request):
        raise rule_errors.both_forms()
    found = [read_rule(way, each, action, number) for number, each in enumerate(permissions, 1)]
    if len({rule.meaning for rule in found}) < len(found):
        raise rule_errors.given_twice()
    return found


def _made(call: Call, rule: GroupRule) -> GroupRule:
    return msgspec.structs.replace(rule, id=call.new_id("sgr"), created=call.now)


def check_peer(call: Call, group: SecurityGroup, rule: GroupRule) -> None:
    """Return when a rule's other end may stand in a group. Raises CloudError."""
    if group.type == "enterprise" and rule.group:
        raise rule_errors.enterprise_peer()
    if not rule.group:
        return
    if rule.group == group.id:
        raise rule_errors.peer_is_itself(rule.way)
    peer = call.view.get(SecurityGroup, rule.group) if len(rule.group) <= 64 else None
    owner = rule.group_account or call.account
    if peer is None or peer.account != owner or peer.region != call.region:
        raise rule_errors.peer_not_found(rule.way, rule.group)
    if peer.parent != group.parent:
        raise rule_errors.peer_of_other_vpc(rule.way)
    if peer.type == "enterprise":
        raise rule_errors.enterprise_peer()


def check_amount(rules: Iterable[GroupRule]) -> None:
    """Return when a group may have so many rules. Raises CloudError."""
    rules = list(rules)
    if len(rules) > MAX_RULES:
        raise rule_errors.too_many_rules(MAX_RULES)
    if sum(1 for rule in rules if rule.group) > MAX_PEER_GROUPS:
        raise rule_errors.too_many_peers(MAX_PEER_GROUPS)
