"""What an account holds, asked through the vendor's classic SDK: before a stack is made and after it is gone."""

from __future__ import annotations

from typing import Any

import oss2

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
    ("Slb", "2014-05-15", "DescribeLoadBalancers", "LoadBalancers.LoadBalancer", "LoadBalancerId"),
    ("Alb", "2020-06-16", "ListLoadBalancers", "LoadBalancers", "LoadBalancerId"),
    ("Alb", "2020-06-16", "ListServerGroups", "ServerGroups", "ServerGroupId"),
    ("Ess", "2014-08-28", "DescribeScalingGroups", "ScalingGroups.ScalingGroup", "ScalingGroupId"),
    ("Ess", "2014-08-28", "DescribeAlarms", "AlarmList.Alarm", "AlarmTaskId"),
    ("Ess", "2014-08-28", "DescribeScheduledTasks", "ScheduledTasks.ScheduledTask", "ScheduledTaskId"),
    ("Cms", "2019-01-01", "DescribeMetricRuleList", "Alarms.Alarm", "RuleId"),
    ("Cms", "2019-01-01", "DescribeContactGroupList", "ContactGroups.ContactGroup", "Name"),
    ("Ram", "2015-05-01", "ListUsers", "Users.User", "UserName"),
    ("Ram", "2015-05-01", "ListRoles", "Roles.Role", "RoleName"),
    ("Ram", "2015-05-01", "ListPolicies", "Policies.Policy", "PolicyName"),
)
"""Product, version, action, where its list lies, and what names one of it."""


def inventory(cloud: Cloud) -> set[str]:
    """Return the names of everything that the stack could leave behind, of each kind the first 50."""
    held = {
        f"{product} {each[name]}"
        for product, version, action, path, name in LISTS
        for each in _list(cloud, product, version, action, path)
    }
    service = oss2.Service(oss2.AuthV4(*cloud.keys), cloud.endpoint, region=cloud.state.region)
    return held | {f"Oss {bucket.name}" for bucket in oss2.BucketIterator(service)}


def _list(cloud: Cloud, product: str, version: str, action: str, path: str) -> list[dict[str, Any]]:
    given: dict[str, str] = {}
    if product == "Alb":
        given = {"RegionId": cloud.state.region, "MaxResults": "50"}
    elif product != "Ram":
        given = {"RegionId": cloud.state.region, "PageSize": "50"}
    elif action == "ListPolicies":
        given = {"PolicyType": "Custom"}
    answer: Any = cloud.ask(product, version, action, **given)
    for step in path.split("."):
        answer = answer[step]
    return list(answer)
