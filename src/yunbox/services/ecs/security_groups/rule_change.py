"""ModifySecurityGroupRule and ModifySecurityGroupEgressRule.

By its id everything of a rule can be changed; a rule that is meant by what it says gets a new description.
"""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Empty, Request
from yunbox.services.ecs.errors import security_group_not_found
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups import rule_errors
from yunbox.services.ecs.security_groups.model import GroupRule, SecurityGroup, Way
from yunbox.services.ecs.security_groups.permissions import Egress, Ingress, read_rule
from yunbox.services.ecs.security_groups.rules import check_amount, check_peer


class ModifySecurityGroupRule(Request, Ingress, kw_only=True):
    """Change a rule about what comes in."""

    security_group_id: str
    security_group_rule_id: str = ""
    port_range_list_id: str = ""
    policy: str = ""
    priority: str | int = ""


class ModifySecurityGroupEgressRule(Request, Egress, kw_only=True):
    """Change a rule about what goes out."""

    security_group_id: str
    security_group_rule_id: str = ""
    port_range_list_id: str = ""
    policy: str = ""
    priority: str | int = ""


@ecs.action(ModifySecurityGroupRule, on="securitygroup/{security_group_id}")
def modify_security_group_rule(request: ModifySecurityGroupRule, call: Call) -> Empty:
    """Change the rule."""
    return _modify("ingress", request, call)


@ecs.action(ModifySecurityGroupEgressRule, on="securitygroup/{security_group_id}")
def modify_security_group_egress_rule(request: ModifySecurityGroupEgressRule, call: Call) -> Empty:
    """Change the rule."""
    return _modify("egress", request, call)


def _modify(way: Way, request: ModifySecurityGroupRule | ModifySecurityGroupEgressRule, call: Call) -> Empty:
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    if request.security_group_rule_id:
        old = next(
            (rule for rule in group.rules if rule.id == request.security_group_rule_id and rule.way == way),
            None,
        )
        if old is None:
            raise rule_errors.rule_id_not_found(request.security_group_rule_id)
        new = _changed(way, old, request, call.action)
        check_peer(call, group, new)
        if any(rule.meaning == new.meaning for rule in group.rules if rule.id != old.id):
            raise rule_errors.rule_exists()
    else:
        meant = read_rule(way, request, call.action)
        old = next((rule for rule in group.rules if rule.meaning == meant.meaning), None)
        if old is None:
            raise rule_errors.rule_not_found()
        new = msgspec.structs.replace(old, description=meant.description)
    rules = tuple(new if rule.id == old.id else rule for rule in group.rules)
    check_amount(rules)
    call.change.replace(msgspec.structs.replace(group, rules=rules))
    return Empty()


def _changed(
    way: Way, old: GroupRule, request: ModifySecurityGroupRule | ModifySecurityGroupEgressRule, action: str
) -> GroupRule:
    """Return a rule with what a request says of it, and the rest as it was."""
    far, near = ("source", "dest") if way == "ingress" else ("dest", "source")
    kept = {
        "ip_protocol": old.protocol,
        "port_range": old.ports,
        "policy": old.policy,
        "priority": old.priority,
        "description": old.description,
    }
    peer = {
        f"{far}_cidr_ip": old.cidr,
        f"ipv6_{far}_cidr_ip": old.ipv6_cidr,
        f"{far}_group_id": old.group,
        f"{far}_group_owner_id": old.group_account,
    }
    if not any(getattr(request, name) for name in (*peer, f"{far}_prefix_list_id")):
        kept |= peer
    narrowed = {f"{near}_cidr_ip": old.near_cidr, f"ipv6_{near}_cidr_ip": old.near_ipv6_cidr}
    if not any(getattr(request, name) for name in narrowed):
        kept |= narrowed
    if request.port_range_list_id and not request.port_range:
        kept["port_range"] = ""
    missing = {name: value for name, value in kept.items() if not getattr(request, name)}
    read = read_rule(way, msgspec.structs.replace(request, **missing), action)
    return msgspec.structs.replace(read, id=old.id, created=old.created)
