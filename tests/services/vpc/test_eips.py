"""Elastic IP addresses, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from alibabacloud_vpc20160428 import models
from running import RunningCloud
from services.sdk import configured
from Tea.exceptions import TeaException
from vpc_clients import Vpcs

Refused = Callable[..., str]
POOL = IPv4Network("198.19.0.0/17")


def test_an_address_is_of_the_pool_and_ones_own(vpcs: Vpcs) -> None:
    made = [vpcs.eip(bandwidth="7", name=f"e{number}", description="d") for number in range(5)]
    addresses = {each.eip_address for each in made}
    assert len(addresses) == 5
    assert all(IPv4Address(each) in POOL for each in addresses)
    found = vpcs.find_eip(made[0].allocation_id)
    assert (found.ip_address, found.bandwidth, found.name) == (made[0].eip_address, "7", "e0")
    assert (found.status, found.instance_id, found.internet_charge_type) == (
        "Available",
        "",
        "PayByBandwidth",
    )


def test_a_wanted_address(vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.eip()
    vpcs.do("ReleaseEipAddress", allocation_id=made.allocation_id)
    again = vpcs.eip(ip_address=made.eip_address)
    assert again.eip_address == made.eip_address
    assert refused(vpcs.eip, ip_address=made.eip_address) == "InvalidIpAddress.AlreadyUsed"
    assert refused(vpcs.eip, ip_address="8.8.8.8") == "InvalidIpAddress.NotFound"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"bandwidth": "501"}, "InvalidBandwidth.ValueNotSupported"),
        ({"bandwidth": "201", "internet_charge_type": "PayByTraffic"}, "InvalidBandwidth.ValueNotSupported"),
        ({"bandwidth": "0"}, "InvalidParameter"),
        ({"bandwidth": "many"}, "InvalidParameter"),
        ({"instance_charge_type": "PrePaid"}, "InvalidParameter"),
        ({"name": "http://x"}, "InvalidEipName.Malformed"),
        ({"public_ip_address_pool_id": "pippool-1"}, "InvalidParameter.NotImplemented"),
    ],
)
def test_what_cannot_be_allocated(
    vpcs: Vpcs, refused: Refused, parameters: dict[str, str], code: str
) -> None:
    assert refused(vpcs.eip, **parameters) == code


def test_filters_keep_what_they_name_of_addresses(vpcs: Vpcs) -> None:
    tag = models.AllocateEipAddressRequestTag(key="eips", value="x")
    group = vpcs.group()
    one, two = vpcs.eip(name="one", tag=[tag]), vpcs.eip(name="two", tag=[tag], resource_group_id=group)
    wanted = models.DescribeEipAddressesRequestTag(key="eips")

    def ids(**filters: Any) -> list[str]:
        body = vpcs.do("DescribeEipAddresses", tag=[wanted], **filters)
        return [each.allocation_id for each in body.eip_addresses.eip_address]

    assert ids() == [two.allocation_id, one.allocation_id]
    assert ids(eip_address=one.eip_address) == [one.allocation_id]
    assert ids(allocation_id=f"{one.allocation_id},eip-none") == [one.allocation_id]
    assert ids(eip_name="two") == [two.allocation_id]
    assert ids(resource_group_id=group) == [two.allocation_id]
    assert ids(status="InUse") == []
    assert ids(isp="BGP_PRO") == []
    assert ids(lock_reason="financial") == []
    assert ids(page_size=1, page_number=2) == [one.allocation_id]
    assert ids(security_protection_enabled=True) == []

    def of(key: str, value: str) -> list[str]:
        return ids(filter=[models.DescribeEipAddressesRequestFilter(key=key, value=value)])

    assert of("CreationStartTime", "2020-01-01T00:00Z") == ids()
    assert of("CreationStartTime", "2099-01-01T00:00Z") == []
    assert of("CreationEndTime", "2020-01-01T00:00Z") == []
    with pytest.raises(TeaException, match="InvalidParameter"):
        of("CreationEndTime", "yesterday")


def test_an_address_is_changed_protected_and_released(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.eip(name="a").allocation_id
    vpcs.do("ModifyEipAddressAttribute", allocation_id=id_, bandwidth="100")
    found = vpcs.find_eip(id_)
    assert (found.bandwidth, found.name) == ("100", "a")
    too_much = {"allocation_id": id_, "bandwidth": "900"}
    assert refused(vpcs.do, "ModifyEipAddressAttribute", **too_much) == "InvalidBandwidth.ValueNotSupported"
    vpcs.do("DeletionProtection", instance_id=id_, type="EIP", protection_enable=True)
    assert vpcs.find_eip(id_).deletion_protection
    assert refused(vpcs.do, "ReleaseEipAddress", allocation_id=id_) == "InvalidOperation.DeletionProtection"
    vpcs.do("DeletionProtection", instance_id=id_, type="EIP", protection_enable=False)
    monitor = vpcs.do("DescribeHighDefinitionMonitorLogAttribute", instance_id=id_)
    assert (monitor.log_project, monitor.log_store) == ("", "")
    vpcs.do("ReleaseEipAddress", allocation_id=id_)
    assert vpcs.find_eip(id_) is None
    assert refused(vpcs.do, "ReleaseEipAddress", allocation_id=id_) == "InvalidAllocationId.NotFound"


def test_what_an_address_is_bound_to_must_exist(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.eip().allocation_id
    bind = {"action": "AssociateEipAddress", "allocation_id": id_}
    assert refused(vpcs.do, **bind, instance_id="i-none") == "InvalidInstanceId.NotFound"
    for type_ in ("NetworkInterface", "Nat", "SlbInstance"):
        assert (
            refused(vpcs.do, **bind, instance_id="x-none", instance_type=type_)
            == "InvalidInstanceId.NotFound"
        )
    assert refused(vpcs.do, **bind, instance_id="havip-1", instance_type="HaVip") == "InvalidParameter"
    assert refused(vpcs.do, "UnassociateEipAddress", allocation_id=id_) == "IncorrectEipStatus"


def test_regions_share_one_pool_that_outlasts_a_crash(own_cloud: RunningCloud, refused: Refused) -> None:
    here = Vpcs(configured(own_cloud))
    there = Vpcs(configured(own_cloud, "cn-beijing"))
    address = here.eip().eip_address
    assert refused(there.eip, ip_address=address) == "InvalidIpAddress.AlreadyUsed"
    assert there.do("DescribeEipAddresses").total_count == 0

    # It is kept over a restart.
    own_cloud.kill()
    own_cloud.start()
    (found,) = here.do("DescribeEipAddresses").eip_addresses.eip_address
    assert found.ip_address == address
    assert refused(there.eip, ip_address=address) == "InvalidIpAddress.AlreadyUsed"
