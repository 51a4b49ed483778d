"""A network stays while something of Ecs is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import make_network
from services.sdk import REGION
from Tea.exceptions import TeaException


def refusal(call: Callable[[], object]) -> str:
    """Call something that must be refused, and return the code."""
    with pytest.raises(TeaException) as caught:
        call()
    return str(caught.value.code)


def free(vpc: VpcClient, vswitch: str) -> int:
    """Return how many addresses of a vSwitch can be had."""
    request = models.DescribeVSwitchAttributesRequest(region_id=REGION, v_switch_id=vswitch)
    return int(vpc.describe_vswitch_attributes(request).body.available_ip_address_count)


def test_interfaces_and_groups_keep_their_network(ecs: EcsClient, vpc: VpcClient) -> None:
    network = make_network(ecs, vpc, "10.44.0.0/16")
    interface = ecs.create_network_interface(
        ecs_models.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=network.vswitch, security_group_id=network.group
        )
    ).body.network_interface_id
    assert free(vpc, network.vswitch) == 251

    def delete_vswitch() -> object:
        return vpc.delete_vswitch(models.DeleteVSwitchRequest(region_id=REGION, v_switch_id=network.vswitch))

    def delete_vpc() -> object:
        return vpc.delete_vpc(models.DeleteVpcRequest(region_id=REGION, vpc_id=network.vpc))

    assert refusal(delete_vswitch) == "DependencyViolation.NetworkInterface"
    assert refusal(delete_vpc) == "DependencyViolation.VSwitch"
    ecs.delete_network_interface(
        ecs_models.DeleteNetworkInterfaceRequest(region_id=REGION, network_interface_id=interface)
    )
    assert free(vpc, network.vswitch) == 252
    delete_vswitch()
    assert refusal(delete_vpc) == "DependencyViolation.SecurityGroup"
    ecs.delete_security_group(
        ecs_models.DeleteSecurityGroupRequest(region_id=REGION, security_group_id=network.group)
    )
    delete_vpc()
    assert refusal(delete_vpc) == "InvalidVpcId.NotFound"


def test_a_route_leads_to_an_interface_of_its_own_vpc(ecs: EcsClient, vpc: VpcClient) -> None:
    one, two = make_network(ecs, vpc, "10.45.0.0/16"), make_network(ecs, vpc, "10.46.0.0/16")
    interface = ecs.create_network_interface(
        ecs_models.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=one.vswitch, security_group_id=one.group
        )
    ).body.network_interface_id

    def add(vpc_id: str) -> object:
        tables = vpc.describe_route_table_list(
            models.DescribeRouteTableListRequest(region_id=REGION, vpc_id=vpc_id)
        ).body.router_table_list.router_table_list_type
        return vpc.create_route_entry(
            models.CreateRouteEntryRequest(
                region_id=REGION,
                route_table_id=tables[0].route_table_id,
                destination_cidr_block="172.20.0.0/16",
                next_hop_type="NetworkInterface",
                next_hop_id=interface,
            )
        )

    assert refusal(lambda: add(two.vpc)) == "InvalidParameter.NextHopId"
    add(one.vpc)
