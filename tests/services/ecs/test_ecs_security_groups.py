"""Security groups through the vendor's SDK: groups, their words and policies, listings, references, deletion."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, make_network
from group_calls import authorize, create, delete, described, listed, refused
from running import RunningCloud
from services.sdk import REGION, configured


@pytest.fixture
def group(ecs: EcsClient, network: Network) -> str:
    """A new group of the shared network."""
    return create(ecs, network)


def test_a_new_group_lets_its_members_reach_each_other_and_nobody_else(
    ecs: EcsClient, network: Network
) -> None:
    group = create(ecs, network, security_group_name="web.servers", description="the front")
    body = described(ecs, group)
    assert (body.security_group_name, body.description, body.vpc_id) == (
        "web.servers",
        "the front",
        network.vpc,
    )
    assert (body.inner_access_policy, body.permissions.permission) == ("Accept", [])


def test_the_vpc_of_a_group_exists(ecs: EcsClient) -> None:
    refused("InvalidVpcId.NotFound", create, ecs, Network("vpc-nowhere", "", ""))


def test_a_group_of_no_vpc_is_of_the_default_one(cloud: RunningCloud) -> None:
    region = "ap-southeast-1"
    ecs, vpc = EcsClient(configured(cloud, region=region)), VpcClient(configured(cloud, region=region))
    request = models.CreateSecurityGroupRequest(region_id=region)
    refused("InvalidVpcId.NotFound", ecs.create_security_group, request)
    default = vpc.create_default_vpc(vpc_models.CreateDefaultVpcRequest(region_id=region)).body.vpc_id
    made = ecs.create_security_group(request).body.security_group_id
    listing = models.DescribeSecurityGroupsRequest(region_id=region, vpc_id=default)
    (shown,) = ecs.describe_security_groups(listing).body.security_groups.security_group
    assert (shown.security_group_id, shown.vpc_id) == (made, default)


@pytest.mark.parametrize("name", ["x", "1st", "a b", "http://web", "w" * 129])
def test_names_are_checked(ecs: EcsClient, network: Network, name: str) -> None:
    refused("InvalidSecurityGroupName.Malformed", create, ecs, network, security_group_name=name)


def test_words_change_and_what_is_empty_stays(ecs: EcsClient, network: Network) -> None:
    group = create(ecs, network, security_group_name="before", description="as it was")
    ecs.modify_security_group_attribute(
        models.ModifySecurityGroupAttributeRequest(
            region_id=REGION, security_group_id=group, security_group_name="after"
        )
    )
    body = described(ecs, group)
    assert (body.security_group_name, body.description) == ("after", "as it was")


def test_members_can_be_isolated(ecs: EcsClient, group: str) -> None:
    def policy(word: str) -> None:
        ecs.modify_security_group_policy(
            models.ModifySecurityGroupPolicyRequest(
                region_id=REGION, security_group_id=group, inner_access_policy=word
            )
        )

    policy("drop")
    assert described(ecs, group).inner_access_policy == "Drop"
    policy("Accept")
    assert described(ecs, group).inner_access_policy == "Accept"
    refused("InvalidParameter", policy, "Perhaps")


def test_an_enterprise_group_has_no_inner_policy_and_names_no_groups(
    ecs: EcsClient, network: Network, group: str
) -> None:
    large = create(ecs, network, security_group_type="enterprise")
    assert described(ecs, large).inner_access_policy == "Drop"
    refused(
        "InvalidGroupParameter.OperationDenied",
        ecs.modify_security_group_policy,
        models.ModifySecurityGroupPolicyRequest(
            region_id=REGION, security_group_id=large, inner_access_policy="Accept"
        ),
    )
    for one, other in ((large, group), (group, large)):
        refused(
            "InvalidGroupAuthParameter.OperationDenied",
            authorize,
            ecs,
            one,
            ip_protocol="all",
            port_range="-1/-1",
            source_group_id=other,
        )


def test_listings_filter(ecs: EcsClient, vpc: VpcClient) -> None:
    own = make_network(ecs, vpc)
    tag = models.CreateSecurityGroupRequestTag(key="side", value="left")
    left = create(ecs, own, security_group_name="left-hand", tag=[tag], resource_group_id="rg-1")
    right = create(ecs, own, security_group_name="right-hand", security_group_type="enterprise")

    def ids(**fields: Any) -> list[str]:
        found = listed(ecs, vpc_id=own.vpc, **fields).security_groups.security_group
        return [each.security_group_id for each in found]

    assert ids() == [right, left, own.group]
    assert ids(security_group_name="left-hand") == [left]
    assert ids(security_group_name="hand", fuzzy_query=True) == [right, left]
    assert ids(security_group_type="enterprise") == [right]
    assert ids(security_group_ids=f'["{left}","{own.group}","sg-none"]') == [left, own.group]
    assert ids(security_group_id=right, security_group_name="left-hand") == []
    assert ids(resource_group_id="rg-1") == [left]
    assert ids(tag=[models.DescribeSecurityGroupsRequestTag(key="side")]) == [left]
    assert ids(tag=[models.DescribeSecurityGroupsRequestTag(key="side", value="right")]) == []
    assert ids(network_type="classic") == []
    (shown,) = listed(ecs, security_group_id=left).security_groups.security_group
    assert [(each.tag_key, each.tag_value) for each in shown.tags.tag] == [("side", "left")]


def test_listings_page_in_both_ways(ecs: EcsClient, vpc: VpcClient) -> None:
    own = make_network(ecs, vpc)
    made = [own.group, *(create(ecs, own) for _ in range(4))][::-1]
    pages = [listed(ecs, vpc_id=own.vpc, page_number=number, page_size=2) for number in (1, 2, 3, 4)]
    assert [len(page.security_groups.security_group) for page in pages] == [2, 2, 1, 0]
    assert {page.total_count for page in pages} == {5}
    found, token = [], ""
    while True:
        page = listed(ecs, vpc_id=own.vpc, max_results=2, next_token=token)
        found += [each.security_group_id for each in page.security_groups.security_group]
        token = page.next_token
        if not token:
            break
    assert found == made


def test_references_and_deletion(ecs: EcsClient, network: Network, group: str) -> None:
    other = create(ecs, network)
    authorize(ecs, other, ip_protocol="all", port_range="-1/-1", source_group_id=group)
    request = models.DescribeSecurityGroupReferencesRequest(
        region_id=REGION, security_group_id=[group, other]
    )
    (reference,) = ecs.describe_security_group_references(
        request
    ).body.security_group_references.security_group_reference
    assert reference.security_group_id == group
    naming = reference.referencing_security_groups.referencing_security_group
    assert [each.security_group_id for each in naming] == [other]
    refused("DependencyViolation", delete, ecs, group)
    delete(ecs, other)
    delete(ecs, group)
    refused("InvalidSecurityGroupId.NotFound", delete, ecs, group)
    refused("InvalidSecurityGroupId.NotFound", described, ecs, group)
    assert listed(ecs, security_group_id=group).security_groups.security_group == []


def test_a_group_with_an_interface_stays(ecs: EcsClient, network: Network, group: str) -> None:
    interface = ecs.create_network_interface(
        models.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=network.vswitch, security_group_ids=[group]
        )
    ).body.network_interface_id
    (shown,) = listed(ecs, security_group_id=group).security_groups.security_group
    assert shown.ecs_count == 1
    refused("DependencyViolation", delete, ecs, group)
    ecs.delete_network_interface(
        models.DeleteNetworkInterfaceRequest(region_id=REGION, network_interface_id=interface)
    )
    delete(ecs, group)


def test_interfaces_join_and_leave(ecs: EcsClient, vpc: VpcClient, network: Network, group: str) -> None:
    other = create(ecs, network)
    interface = ecs.create_network_interface(
        models.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=network.vswitch, security_group_id=group
        )
    ).body.network_interface_id

    def join(id_: str, **fields: Any) -> None:
        fields = {"network_interface_id": interface} | fields
        ecs.join_security_group(
            models.JoinSecurityGroupRequest(region_id=REGION, security_group_id=id_, **fields)
        )

    def leave(id_: str) -> None:
        ecs.leave_security_group(
            models.LeaveSecurityGroupRequest(
                region_id=REGION, security_group_id=id_, network_interface_id=interface
            )
        )

    join(other)
    refused("InvalidInstanceId.AlreadyExists", join, other)
    shown = ecs.describe_network_interface_attribute(
        models.DescribeNetworkInterfaceAttributeRequest(region_id=REGION, network_interface_id=interface)
    ).body
    assert shown.security_group_ids.security_group_id == [group, other]
    leave(group)
    refused("InvalidSecurityGroupAssociation.NotFound", leave, group)
    refused("InstanceLastSecurityGroup", leave, other)
    refused("InvalidInstanceId.Mismatch", join, make_network(ecs, vpc).group)
    refused("InvalidOperation.MultiGroupType", join, create(ecs, network, security_group_type="enterprise"))
    refused("InvalidParam.EniIdAndInstanceId.Conflict", join, group, instance_id="i-1")
    refused("InvalidEniId.NotFound", join, group, network_interface_id="eni-none")
    refused("InvalidInstanceId.NotFound", join, group, network_interface_id="", instance_id="i-none")
    delete(ecs, group)


def test_an_interface_is_in_ten_groups_at_most(ecs: EcsClient, network: Network) -> None:
    def make(groups: list[str]) -> None:
        ecs.create_network_interface(
            models.CreateNetworkInterfaceRequest(
                region_id=REGION, v_switch_id=network.vswitch, security_group_ids=groups
            )
        )

    groups = [create(ecs, network) for _ in range(11)]
    make(groups[:10])
    refused("InstanceSecurityGroupLimitExceeded", make, groups)
    refused("InvalidParameter.SecurityGroupIdRepeated", make, groups[:1] * 2)
