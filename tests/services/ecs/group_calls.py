"""Calls about security groups through the vendor's SDK, in few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from ecs_clients import Network
from services.sdk import REGION
from Tea.exceptions import TeaException

HTTP = {"ip_protocol": "tcp", "port_range": "80/80", "source_cidr_ip": "0.0.0.0/0"}
HTTPS = {"ip_protocol": "TCP", "port_range": "443/443", "source_cidr_ip": "10.0.0.0/8"}


def create(ecs: EcsClient, network: Network, **fields: Any) -> str:
    """Make a group and return its id."""
    request = models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=network.vpc, **fields)
    return str(ecs.create_security_group(request).body.security_group_id)


def described(ecs: EcsClient, group: str, **fields: Any) -> Any:
    """Return what DescribeSecurityGroupAttribute says."""
    request = models.DescribeSecurityGroupAttributeRequest(
        region_id=REGION, security_group_id=group, **fields
    )
    return ecs.describe_security_group_attribute(request).body


def listed(ecs: EcsClient, **fields: Any) -> Any:
    """Return one page of groups."""
    return ecs.describe_security_groups(models.DescribeSecurityGroupsRequest(region_id=REGION, **fields)).body


def delete(ecs: EcsClient, group: str) -> None:
    """Delete a group."""
    ecs.delete_security_group(models.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=group))


def authorize(ecs: EcsClient, group: str, *permissions: dict[str, Any], **fields: Any) -> None:
    """Add incoming rules."""
    shapes = [models.AuthorizeSecurityGroupRequestPermissions(**each) for each in permissions]
    request = models.AuthorizeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=shapes or None, **fields
    )
    ecs.authorize_security_group(request)


def authorize_egress(ecs: EcsClient, group: str, *permissions: dict[str, Any], **fields: Any) -> None:
    """Add outgoing rules."""
    shapes = [models.AuthorizeSecurityGroupEgressRequestPermissions(**each) for each in permissions]
    request = models.AuthorizeSecurityGroupEgressRequest(
        region_id=REGION, security_group_id=group, permissions=shapes or None, **fields
    )
    ecs.authorize_security_group_egress(request)


def revoke(ecs: EcsClient, group: str, *permissions: dict[str, Any], **fields: Any) -> None:
    """Take incoming rules away."""
    shapes = [models.RevokeSecurityGroupRequestPermissions(**each) for each in permissions]
    request = models.RevokeSecurityGroupRequest(
        region_id=REGION, security_group_id=group, permissions=shapes or None, **fields
    )
    ecs.revoke_security_group(request)


def modify(ecs: EcsClient, group: str, **fields: Any) -> None:
    """Change an incoming rule."""
    ecs.modify_security_group_rule(
        models.ModifySecurityGroupRuleRequest(region_id=REGION, security_group_id=group, **fields)
    )


def rules(ecs: EcsClient, group: str, **fields: Any) -> list[Any]:
    """Return the rules of a group."""
    request = models.DescribeSecurityGroupAttributeRequest(
        region_id=REGION, security_group_id=group, **fields
    )
    return list(ecs.describe_security_group_attribute(request).body.permissions.permission)


def refused(code: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call what must be refused with that code."""
    with pytest.raises(TeaException) as caught:
        function(*args, **kwargs)
    assert caught.value.code == code, caught.value
