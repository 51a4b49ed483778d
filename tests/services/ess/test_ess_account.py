"""Tags, limits, regions and permissions of Auto Scaling, through the official SDKs of both versions."""

from __future__ import annotations

import json
from collections.abc import Callable

from alibabacloud_ess20220222 import models
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from ess_clients import Classic, Scaling, unique
from running import RunningCloud
from services.sdk import Sdk, configured

Tag = models.TagResourcesRequestTags


def test_groups_are_tagged(scaling: Scaling, classic: Classic) -> None:
    group = scaling.group()
    on = {"resource_type": "scalinggroup", "resource_ids": [group]}
    scaling.do(
        "TagResources", tags=[Tag(key="team", value="shop", propagate=True), Tag(key="x", value="1")], **on
    )
    listed = scaling.do("ListTagResources", **on).tag_resources
    assert [(each.tag_key, each.tag_value, each.propagate) for each in listed] == [
        ("team", "shop", True),
        ("x", "1", False),
    ]
    assert "team" in scaling.do("ListTagKeys", resource_type="scalinggroup", page_size=50).keys
    assert "shop" in scaling.do("ListTagValues", resource_type="scalinggroup", key="team").values
    scaling.do("UntagResources", tag_keys=["x"], **on)
    wrapped = classic.do("ListTagResources", ResourceType="scalinggroup", ResourceIds=[group])
    assert [each["TagKey"] for each in wrapped["TagResources"]["TagResource"]] == ["team"]
    by_tag = models.DescribeScalingGroupsRequestTags(key="team", value="shop")
    found = scaling.do("DescribeScalingGroups", tags=[by_tag]).scaling_groups
    assert [each.scaling_group_id for each in found] == [group]


def test_what_there_is_and_how_much(scaling: Scaling, classic: Classic) -> None:
    regions = {each.region_id for each in scaling.do("DescribeRegions").regions}
    assert "cn-hangzhou" in regions
    wrapped = classic.do("DescribeRegions")["Regions"]["Region"]
    assert {each["RegionId"] for each in wrapped} == regions
    assert scaling.do("DescribeLimitation").max_number_of_max_size == 2000
    scaling.do("VerifyAuthentication", only_check=True)


def test_a_user_sees_and_does_what_a_policy_allows(
    cloud: RunningCloud, scaling: Scaling, refused: Callable[..., str]
) -> None:
    group, other = scaling.group(), scaling.group()
    ram = Sdk(RamClient, ram_models, configured(cloud, region=""))
    name, policy = unique("user"), unique("policy")
    ram.do("CreateUser", user_name=name)
    key = ram.do("CreateAccessKey", user_name=name).access_key
    allowed = {
        "Effect": "Allow",
        "Action": ["ess:ModifyScalingGroup"],
        "Resource": f"acs:ess:*:*:scalinggroup/{group}",
    }
    document = json.dumps({"Version": "1", "Statement": [allowed]})
    ram.do("CreatePolicy", policy_name=policy, policy_document=document)
    ram.do("AttachPolicyToUser", policy_name=policy, policy_type="Custom", user_name=name)
    user = Scaling(cloud, (key.access_key_id, key.access_key_secret))
    user.do("ModifyScalingGroup", scaling_group_id=group, max_size=7)
    assert scaling.find(group).max_size == 7
    code = refused(user.do, "ModifyScalingGroup", scaling_group_id=other, max_size=7)
    assert code == "Forbidden.RAM"
    assert refused(user.do, "DescribeScalingGroups") == "Forbidden.RAM"
