"""What an account holds, asked through the vendor's classic SDK: before a stack is made and after it is gone."""

from __future__ import annotations

import json
from typing import Any

import oss2
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from conformance.cloud import Cloud

LISTS = (
    ("Ecs", "2014-05-26", "DescribeInstances", "Instances.Instance", "InstanceId"),
    ("Ecs", "2014-05-26", "DescribeDisks", "Disks.Disk", "DiskId"),
    ("Ecs", "2014-05-26", "DescribeSecurityGroups", "SecurityGroups.SecurityGroup", "SecurityGroupId"),
    ("Ecs", "2014-05-26", "DescribeKeyPairs", "KeyPairs.KeyPair", "KeyPairName"),
    (
        "Ecs",
        "2014-05-26",
        "DescribeNetworkInterfaces",
        "NetworkInterfaceSets.NetworkInterfaceSet",
        "NetworkInterfaceId",
    ),
    ("Vpc", "2016-04-28", "DescribeVpcs", "Vpcs.Vpc", "VpcId"),
    ("Vpc", "2016-04-28", "DescribeVSwitches", "VSwitches.VSwitch", "VSwitchId"),
    ("Vpc", "2016-04-28", "DescribeEipAddresses", "EipAddresses.EipAddress", "AllocationId"),
    ("Ram", "2015-05-01", "ListUsers", "Users.User", "UserName"),
    ("Ram", "2015-05-01", "ListRoles", "Roles.Role", "RoleName"),
    ("Ram", "2015-05-01", "ListPolicies", "Policies.Policy", "PolicyName"),
)
"""Product, version, action, where its list lies, and what names one of it."""


def inventory(cloud: Cloud) -> set[str]:
    """Return the names of everything that the stack could leave behind, of each kind the first 50."""
    client = AcsClient(*cloud.keys, cloud.state.region)
    held = {
        f"{product} {each[name]}"
        for product, version, action, path, name in LISTS
        for each in _list(client, cloud, product, version, action, path)
    }
    service = oss2.Service(oss2.AuthV4(*cloud.keys), cloud.endpoint, region=cloud.state.region)
    return held | {f"Oss {bucket.name}" for bucket in oss2.BucketIterator(service)}


def _list(
    client: AcsClient, cloud: Cloud, product: str, version: str, action: str, path: str
) -> list[dict[str, Any]]:
    request = CommonRequest(
        domain=cloud.endpoint.removeprefix("http://"), version=version, action_name=action, product=product
    )
    request.set_protocol_type("http")
    request.set_method("POST")
    request.set_accept_format("json")
    if product != "Ram":
        request.add_query_param("RegionId", cloud.state.region)
        request.add_query_param("PageSize", "50")
    elif action == "ListPolicies":
        request.add_query_param("PolicyType", "Custom")
    answer = json.loads(client.do_action_with_exception(request))
    for step in path.split("."):
        answer = answer[step]
    return list(answer)
