"""Network interfaces through the vendor's SDK."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, instance_of, launch, make_network, release, wait_gone, wait_status
from group_calls import create as create_group
from group_calls import refused
from services.sdk import REGION

_numbers = itertools.count(1)


@pytest.fixture
def own(ecs: EcsClient, vpc: VpcClient) -> Network:
    """A network for one test alone."""
    return make_network(ecs, vpc)


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"eni-{os.getpid()}-{next(_numbers)}"


def create(ecs: EcsClient, network: Network, **fields: Any) -> Any:
    given = {"v_switch_id": network.vswitch, "security_group_id": network.group} | fields
    return ecs.create_network_interface(models.CreateNetworkInterfaceRequest(region_id=REGION, **given)).body


def shown(ecs: EcsClient, interface: str) -> Any:
    request = models.DescribeNetworkInterfaceAttributeRequest(
        region_id=REGION, network_interface_id=interface
    )
    return ecs.describe_network_interface_attribute(request).body


def listed(ecs: EcsClient, **fields: Any) -> Any:
    return ecs.describe_network_interfaces(
        models.DescribeNetworkInterfacesRequest(region_id=REGION, **fields)
    ).body


def ids(ecs: EcsClient, **fields: Any) -> list[str]:
    found = listed(ecs, **fields).network_interface_sets.network_interface_set
    return [each.network_interface_id for each in found]


def delete(ecs: EcsClient, interface: str) -> None:
    request = models.DeleteNetworkInterfaceRequest(region_id=REGION, network_interface_id=interface)
    ecs.delete_network_interface(request)


def modify(ecs: EcsClient, interface: str, **fields: Any) -> None:
    ecs.modify_network_interface_attribute(
        models.ModifyNetworkInterfaceAttributeRequest(
            region_id=REGION, network_interface_id=interface, **fields
        )
    )


def attach(ecs: EcsClient, interface: str, instance: str) -> None:
    ecs.attach_network_interface(
        models.AttachNetworkInterfaceRequest(
            region_id=REGION, network_interface_id=interface, instance_id=instance
        )
    )


def detach(ecs: EcsClient, interface: str, instance: str) -> None:
    ecs.detach_network_interface(
        models.DetachNetworkInterfaceRequest(
            region_id=REGION, network_interface_id=interface, instance_id=instance
        )
    )


def addresses(ecs: EcsClient, interface: str) -> list[tuple[str, bool]]:
    sets = shown(ecs, interface).private_ip_sets.private_ip_set
    return [(each.private_ip_address, each.primary) for each in sets]


def test_a_new_interface_is_available(ecs: EcsClient, own: Network, name: str) -> None:
    made = create(ecs, own, network_interface_name=name, description="spare", queue_number=2)
    found = shown(ecs, made.network_interface_id)
    assert (found.status, found.type, found.instance_id) == ("Available", "Secondary", "")
    assert (found.network_interface_name, found.description, found.queue_number) == (name, "spare", 2)
    assert (found.vpc_id, found.v_switch_id, found.zone_id) == (own.vpc, own.vswitch, made.zone_id)
    assert re.fullmatch(r"00:16:3e(:[0-9a-f]{2}){3}", found.mac_address)
    assert found.private_ip_address.startswith("172.16.0.")
    assert found.security_group_ids.security_group_id == [own.group]
    assert (found.ipv_6sets.ipv_6set, found.ipv_4prefix_sets.ipv_4prefix_set) == ([], [])
    assert found.attachment.instance_id is None


def test_addresses_can_be_chosen(ecs: EcsClient, own: Network) -> None:
    made = create(
        ecs, own, primary_ip_address="172.16.0.9", private_ip_address=["172.16.0.11", "172.16.0.10"]
    )
    assert addresses(ecs, made.network_interface_id) == [
        ("172.16.0.9", True),
        ("172.16.0.11", False),
        ("172.16.0.10", False),
    ]
    refused("InvalidIp.IpAssigned", create, ecs, own, primary_ip_address="172.16.0.10")
    refused("InvalidIp.IpAssigned", create, ecs, own, private_ip_address=["172.16.0.9"])
    refused("InvalidVSwitchId.IpInvalid", create, ecs, own, primary_ip_address="172.16.1.9")
    refused("InvalidVSwitchId.IpInvalid", create, ecs, own, primary_ip_address="172.16.0.253")
    refused("InvalidVSwitchId.IpInvalid", create, ecs, own, primary_ip_address="here")
    refused("InvalidIp.IpRepeated", create, ecs, own, private_ip_address=["172.16.0.20"] * 2)
    delete(ecs, made.network_interface_id)
    create(ecs, own, primary_ip_address="172.16.0.10")


def test_mac_addresses_differ(ecs: EcsClient, own: Network) -> None:
    made = [create(ecs, own).mac_address for _ in range(5)]
    assert len(set(made)) == 5


def test_what_an_interface_needs(ecs: EcsClient, vpc: VpcClient, own: Network) -> None:
    refused("InvalidVSwitchId.NotFound", create, ecs, own, v_switch_id="vsw-none")
    refused("InvalidSecurityGroupId.NotFound", create, ecs, own, security_group_id="sg-none")
    refused("MissingParameter", create, ecs, own, security_group_id=None)
    refused("InvalidOperation.VpcMismatch", create, ecs, own, security_group_id=make_network(ecs, vpc).group)
    refused("InvalidParams.NetworkInterfaceName", create, ecs, own, network_interface_name="!")
    refused("InvalidParameter.NotImplemented", create, ecs, own, source_dest_check=True)
    assert len(ids(ecs, vpc_id=own.vpc)) == 0


def test_interfaces_change(ecs: EcsClient, own: Network, name: str) -> None:
    made = create(ecs, own).network_interface_id
    other = create_group(ecs, own)
    modify(ecs, made, network_interface_name=name, description="changed", delete_on_release=True)
    modify(ecs, made, security_group_id=[other], queue_number=4)
    found = shown(ecs, made)
    assert (found.network_interface_name, found.description) == (name, "changed")
    assert (found.delete_on_release, found.queue_number) == (True, 4)
    assert found.security_group_ids.security_group_id == [other]
    assert ids(ecs, security_group_id=own.group) == []
    assert ids(ecs, security_group_id=other) == [made]


def test_listings_filter_and_page(ecs: EcsClient, own: Network, name: str) -> None:
    tag = models.CreateNetworkInterfaceRequestTag(key="row", value="one")
    first = create(
        ecs,
        own,
        network_interface_name=name,
        tag=[tag],
        private_ip_address=["172.16.0.44"],
        resource_group_id="rg-2",
    )
    one = first.network_interface_id
    two, three = (create(ecs, own).network_interface_id for _ in range(2))
    where = {"vpc_id": own.vpc}
    assert ids(ecs, **where) == [three, two, one]
    assert ids(ecs, v_switch_id=own.vswitch, network_interface_name=name) == [one]
    assert ids(ecs, network_interface_id=[one, three, "eni-none"]) == [three, one]
    assert ids(ecs, network_interface_id=[one], security_group_id=own.group) == [one]
    assert ids(ecs, network_interface_id=["eni-none"]) == []
    assert ids(ecs, **where, primary_ip_address=first.private_ip_address) == [one]
    assert ids(ecs, **where, private_ip_address=["172.16.0.44", "172.16.0.45"]) == [one]
    assert ids(ecs, **where, tag=[models.DescribeNetworkInterfacesRequestTag(key="row", value="one")]) == [
        one
    ]
    assert ids(ecs, **where, tag=[models.DescribeNetworkInterfacesRequestTag(key="row", value="two")]) == []
    assert ids(ecs, **where, resource_group_id="rg-2") == [one]
    assert ids(ecs, **where, type="Primary") == []
    assert ids(ecs, **where, status="InUse") == []
    assert ids(ecs, security_group_id="sg-none") == []
    page = listed(ecs, **where, page_number=2, page_size=2)
    assert [each.network_interface_id for each in page.network_interface_sets.network_interface_set] == [one]
    assert page.total_count == 3
    page = listed(ecs, **where, max_results=2)
    assert ids(ecs, **where, max_results=2, next_token=page.next_token) == [one]


def test_further_addresses_come_and_go(ecs: EcsClient, own: Network) -> None:
    made = create(ecs, own, primary_ip_address="172.16.0.5").network_interface_id

    def assign(**fields: Any) -> list[str]:
        request = models.AssignPrivateIpAddressesRequest(
            region_id=REGION, network_interface_id=made, **fields
        )
        body = ecs.assign_private_ip_addresses(request).body.assigned_private_ip_addresses_set
        assert body.network_interface_id == made
        return list(body.private_ip_set.private_ip_address)

    def unassign(*these: str) -> None:
        ecs.unassign_private_ip_addresses(
            models.UnassignPrivateIpAddressesRequest(
                region_id=REGION, network_interface_id=made, private_ip_address=list(these)
            )
        )

    assert assign(private_ip_address=["172.16.0.6", "172.16.0.7"]) == ["172.16.0.6", "172.16.0.7"]
    more = assign(secondary_private_ip_address_count=2)
    assert [address for address, _ in addresses(ecs, made)][3:] == more
    refused("InvalidIp.IpUnassigned", unassign, "172.16.0.5")
    refused("InvalidIp.IpUnassigned", unassign, "172.16.0.6", "172.16.0.99")
    unassign("172.16.0.6", *more)
    assert addresses(ecs, made) == [("172.16.0.5", True), ("172.16.0.7", False)]
    assert assign(private_ip_address=["172.16.0.6"]) == ["172.16.0.6"]
    refused("InvalidOperation.Ipv4CountExceeded", assign, secondary_private_ip_address_count=48)
    refused("MissingParameter", assign)


def test_an_instance_has_a_primary_interface_that_stays(
    ecs: EcsClient, network: Network, run_instances: Callable[..., list[str]]
) -> None:
    (instance,) = run_instances()
    wait_status(ecs, instance, "Running")
    (primary,) = ids(ecs, instance_id=instance)
    found = shown(ecs, primary)
    assert (found.type, found.status, found.instance_id) == ("Primary", "InUse", instance)
    assert (found.attachment.instance_id, found.attachment.device_index) == (instance, 0)
    (repeated,) = instance_of(ecs, instance).network_interfaces.network_interface
    assert (repeated.network_interface_id, repeated.mac_address) == (primary, found.mac_address)
    refused("InvalidOperation.DetachPrimaryEniNotAllowed", detach, ecs, primary, instance)
    refused("InvalidOperation.DetachPrimaryEniNotAllowed", delete, ecs, primary)
    refused("InvalidOperation.InvalidEniType", attach, ecs, primary, instance)
    refused(
        "InvalidOperation.PrimaryEniOnlySupportModifyNameAndDesc",
        modify,
        ecs,
        primary,
        security_group_id=[network.group],
    )
    modify(ecs, primary, description="the first")
    assert shown(ecs, primary).description == "the first"


def test_interfaces_are_attached_and_detached(
    ecs: EcsClient, vpc: VpcClient, network: Network, run_instances: Callable[..., list[str]]
) -> None:
    (instance,) = run_instances(instance_type="ecs.g6.large")
    wait_status(ecs, instance, "Running")
    made = create(ecs, network).network_interface_id
    attach(ecs, made, instance)
    found = shown(ecs, made)
    assert (found.status, found.instance_id, found.attachment.device_index) == ("InUse", instance, 1)
    interfaces = instance_of(ecs, instance).network_interfaces.network_interface
    assert {each.network_interface_id for each in interfaces} >= {made}
    refused("InvalidOperation.InvalidEniState", attach, ecs, made, instance)
    refused("InvalidOperation.InvalidEniState", delete, ecs, made)
    spare = create(ecs, network).network_interface_id
    refused("EniPerInstanceLimitExceeded", attach, ecs, spare, instance)
    detach(ecs, made, instance)
    assert shown(ecs, made).status == "Available"
    refused("InvalidOperation.InvalidEniState", detach, ecs, made, instance)
    refused("InvalidEcsId.NotFound", attach, ecs, made, "i-none")
    refused("InvalidEniId.NotFound", attach, ecs, "eni-none", instance)
    foreign = create(ecs, make_network(ecs, vpc)).network_interface_id
    refused("InvalidOperation.VpcMismatch", attach, ecs, foreign, instance)
    elsewhere = vpc.create_vswitch(
        vpc_models.CreateVSwitchRequest(
            region_id=REGION, vpc_id=network.vpc, zone_id="cn-hangzhou-h", cidr_block="172.16.77.0/24"
        )
    ).body.v_switch_id
    distant = create(ecs, network, v_switch_id=elsewhere).network_interface_id
    refused("InvalidOperation.AvailabilityZoneMismatch", attach, ecs, distant, instance)
    for each in (made, spare, foreign, distant):
        delete(ecs, each)
        assert ids(ecs, network_interface_id=[each]) == []


def test_with_an_instance_go_the_interfaces_that_are_to(ecs: EcsClient, own: Network) -> None:
    (instance,) = launch(ecs, own, instance_type="ecs.g6.2xlarge")
    try:
        wait_status(ecs, instance, "Running")
        stays = create(ecs, own, delete_on_release=False).network_interface_id
        goes = create(ecs, own, delete_on_release=True).network_interface_id
        for each in (stays, goes):
            attach(ecs, each, instance)
        assert len(ids(ecs, instance_id=instance)) == 3
    finally:
        release(ecs, [instance])
    wait_gone(ecs, instance)
    assert ids(ecs, vpc_id=own.vpc) == [stays]
    assert shown(ecs, stays).status == "Available"


def test_an_instance_joins_and_leaves_groups(
    ecs: EcsClient, network: Network, run_instances: Callable[..., list[str]]
) -> None:
    (instance,) = run_instances()
    wait_status(ecs, instance, "Running")
    group = create_group(ecs, network)
    ecs.join_security_group(
        models.JoinSecurityGroupRequest(region_id=REGION, security_group_id=group, instance_id=instance)
    )
    assert instance_of(ecs, instance).security_group_ids.security_group_id == [network.group, group]
    (primary,) = ids(ecs, security_group_id=group)
    assert shown(ecs, primary).instance_id == instance

    def leave(id_: str) -> None:
        ecs.leave_security_group(
            models.LeaveSecurityGroupRequest(region_id=REGION, security_group_id=id_, instance_id=instance)
        )

    leave(network.group)
    refused("InstanceLastSecurityGroup", leave, group)
    assert instance_of(ecs, instance).security_group_ids.security_group_id == [group]
