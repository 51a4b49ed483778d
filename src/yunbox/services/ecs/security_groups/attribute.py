"""DescribeSecurityGroupAttribute: a group with its rules. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from typing import Literal

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.ecs.errors import security_group_not_found
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.model import GroupRule, SecurityGroup


class DescribeSecurityGroupAttribute(Request):
    """Ask for a group and its rules of one direction, or of both."""

    accepted = {"NicType": "all rules are for intranet interfaces, as in every VPC"}

    security_group_id: str
    direction: Literal["", "all", "ingress", "egress"] = "all"
    attribute: Literal["", "snapshotPolicyIds"] = ""
    next_token: str = ""
    max_results: int = 500


class Permission(Shape, kw_only=True):
    """One rule."""

    security_group_rule_id: str
    direction: str
    ip_protocol: str
    port_range: str
    policy: str
    priority: str
    nic_type: str = "intranet"
    description: str
    create_time: str
    source_port_range: str = ""
    source_cidr_ip: str = ""
    source_group_id: str = ""
    source_group_name: str = ""
    source_group_owner_account: str = ""
    source_prefix_list_id: str = ""
    source_prefix_list_name: str = ""
    dest_cidr_ip: str = ""
    dest_group_id: str = ""
    dest_group_name: str = ""
    dest_group_owner_account: str = ""
    dest_prefix_list_id: str = ""
    dest_prefix_list_name: str = ""
    ipv6_source_cidr_ip: str = ""
    ipv6_dest_cidr_ip: str = ""


class PermissionList(Shape):
    """The wrapping of a list of rules."""

    permission: list[Permission]


class SnapshotPolicyIdList(Shape):
    """The wrapping of a list of snapshot policies, of which there are none."""

    snapshot_policy_id: list[str] = []


class SecurityGroupAttributeDescribed(Answer):
    """A group with its rules."""

    security_group_id: str
    security_group_name: str
    description: str
    vpc_id: str
    region_id: str
    inner_access_policy: str
    permissions: PermissionList
    snapshot_policy_ids: SnapshotPolicyIdList = SnapshotPolicyIdList()
    next_token: str = ""


@ecs.action(DescribeSecurityGroupAttribute, on="securitygroup/{security_group_id}")
def describe_security_group_attribute(
    request: DescribeSecurityGroupAttribute, call: Call
) -> SecurityGroupAttributeDescribed:
    """Answer with the group, its rules in the order in which they came."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    wanted = ("ingress", "egress") if request.direction in ("", "all") else (request.direction,)
    rules = [rule for rule in group.rules if rule.way in wanted]
    start = 0
    if request.next_token:
        ids = [rule.id for rule in rules]
        if request.next_token not in ids:
            raise invalid_parameter("NextToken", "it is not one that was given out")
        start = ids.index(request.next_token) + 1
    page = rules[start : start + min(max(request.max_results, 10), 1000)]
    return SecurityGroupAttributeDescribed(
        security_group_id=group.id,
        security_group_name=group.name,
        description=group.description,
        vpc_id=group.parent,
        region_id=group.region,
        inner_access_policy=group.inner,
        permissions=PermissionList(permission=[_shown(call, rule) for rule in page]),
        next_token=page[-1].id if page and start + len(page) < len(rules) else "",
    )


def _shown(call: Call, rule: GroupRule) -> Permission:
    peer = call.view.get(SecurityGroup, rule.group) if rule.group else None
    far, near = ("source", "dest") if rule.way == "ingress" else ("dest", "source")
    ends = {
        f"{far}_cidr_ip": rule.cidr,
        f"ipv6_{far}_cidr_ip": rule.ipv6_cidr,
        f"{far}_group_id": rule.group,
        f"{far}_group_name": peer.name if peer is not None else "",
        f"{far}_group_owner_account": rule.group_account,
        f"{near}_cidr_ip": rule.near_cidr,
        f"ipv6_{near}_cidr_ip": rule.near_ipv6_cidr,
    }
    return Permission(
        security_group_rule_id=rule.id,
        direction=rule.way,
        ip_protocol=rule.protocol,
        port_range=rule.ports,
        policy=rule.policy,
        priority=str(rule.priority),
        description=rule.description,
        create_time=seconds(rule.created),
        **ends,
    )
