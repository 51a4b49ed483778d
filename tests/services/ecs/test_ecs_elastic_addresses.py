"""An elastic IP address leads to the instance that it is bound to, and no further than that."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, exposes, instance_of, wait_for, wait_gone, wait_status
from services.sdk import REGION
from Tea.exceptions import TeaException

USER_DATA = """#!/bin/sh
mkdir -p /srv/www && hostname > /srv/www/name
cd /srv/www && exec setsid python3 -m http.server 8000 &
"""


def answer(address: str) -> str:
    """Return what a server says its name is, or nothing when it cannot be reached."""
    connection = http.client.HTTPConnection(address, 8000, timeout=1)
    try:
        connection.request("GET", "/name")
        return connection.getresponse().read().decode().strip()
    except OSError:
        return ""
    finally:
        connection.close()


@pytest.fixture
def eip(vpc: VpcClient) -> Iterator[models.AllocateEipAddressResponseBody]:
    """An elastic IP address, released after the test."""
    made = vpc.allocate_eip_address(models.AllocateEipAddressRequest(region_id=REGION)).body
    yield made
    if shown(vpc, made.allocation_id).instance_id:
        unbind(vpc, made.allocation_id)
    vpc.release_eip_address(models.ReleaseEipAddressRequest(allocation_id=made.allocation_id))


def shown(vpc: VpcClient, id_: str) -> Any:
    """Return what DescribeEipAddresses says of an address."""
    request = models.DescribeEipAddressesRequest(region_id=REGION, allocation_id=id_)
    return vpc.describe_eip_addresses(request).body.eip_addresses.eip_address[0]


def bind(vpc: VpcClient, id_: str, to: str, type_: str = "EcsInstance", private: str | None = None) -> None:
    vpc.associate_eip_address(
        models.AssociateEipAddressRequest(
            allocation_id=id_, instance_id=to, instance_type=type_, private_ip_address=private
        )
    )


def unbind(vpc: VpcClient, id_: str) -> None:
    vpc.unassociate_eip_address(models.UnassociateEipAddressRequest(allocation_id=id_))


@pytest.mark.skipif(not exposes(), reason="this machine allows no network namespaces")
def test_the_host_reaches_an_instance_by_its_elastic_address(
    ecs: EcsClient, vpc: VpcClient, run_instances: Callable[..., list[str]], eip: Any
) -> None:
    data = base64.b64encode(USER_DATA.encode()).decode()
    one, two = run_instances(user_data=data, amount=2, host_name="named", unique_suffix=True)
    names = {each: wait_status(ecs, each, "Running").host_name for each in (one, two)}
    bind(vpc, eip.allocation_id, one)
    assert wait_for(lambda: answer(eip.eip_address)) == names[one]
    assert instance_of(ecs, one).eip_address.ip_address == eip.eip_address
    unbind(vpc, eip.allocation_id)
    assert instance_of(ecs, one).eip_address.ip_address == ""
    wait_for(lambda: not answer(eip.eip_address))
    bind(vpc, eip.allocation_id, two)
    assert wait_for(lambda: answer(eip.eip_address)) == names[two]


def test_an_instance_has_one_elastic_address(
    ecs: EcsClient, vpc: VpcClient, run_instances: Callable[..., list[str]], eip: Any
) -> None:
    (instance,) = run_instances()
    wait_status(ecs, instance, "Running")
    bind(vpc, eip.allocation_id, instance)
    found = shown(vpc, eip.allocation_id)
    assert (found.status, found.instance_id, found.instance_type) == ("InUse", instance, "EcsInstance")
    # Terraform would replace an association whose address says anything here.
    assert found.vpc_id == ""
    other = vpc.allocate_eip_address(models.AllocateEipAddressRequest(region_id=REGION)).body
    with pytest.raises(TeaException) as caught:
        bind(vpc, other.allocation_id, instance)
    assert caught.value.code == "InvalidAssociation.Duplicated"
    with pytest.raises(TeaException) as caught:
        bind(vpc, eip.allocation_id, instance)
    assert caught.value.code == "IncorrectEipStatus"
    release = models.ReleaseEipAddressRequest(allocation_id=eip.allocation_id)
    with pytest.raises(TeaException) as caught:
        vpc.release_eip_address(release)
    assert caught.value.code == "IncorrectEipStatus"
    vpc.release_eip_address(models.ReleaseEipAddressRequest(allocation_id=other.allocation_id))


def test_an_instance_that_is_released_lets_its_elastic_address_go(
    ecs: EcsClient, vpc: VpcClient, run_instances: Callable[..., list[str]], eip: Any
) -> None:
    (instance,) = run_instances()
    wait_status(ecs, instance, "Running")
    bind(vpc, eip.allocation_id, instance)
    ecs.delete_instance(ecs_models.DeleteInstanceRequest(instance_id=instance, force=True))
    wait_gone(ecs, instance)
    found = shown(vpc, eip.allocation_id)
    assert (found.status, found.instance_id, found.instance_type) == ("Available", "", "")


def test_a_secondary_interface_has_an_elastic_address_for_each_of_its_own(
    ecs: EcsClient, vpc: VpcClient, network: Network, eip: Any
) -> None:
    made = ecs.create_network_interface(
        ecs_models.CreateNetworkInterfaceRequest(
            region_id=REGION, v_switch_id=network.vswitch, security_group_id=network.group
        )
    ).body
    bind(vpc, eip.allocation_id, made.network_interface_id, "NetworkInterface")
    found, own = shown(vpc, eip.allocation_id), made.private_ip_address
    assert (found.instance_id, found.private_ip_address) == (made.network_interface_id, "")
    unbind(vpc, eip.allocation_id)
    bind(vpc, eip.allocation_id, made.network_interface_id, "NetworkInterface", own)
    found = shown(vpc, eip.allocation_id)
    assert (found.instance_id, found.private_ip_address) == (made.network_interface_id, own)
    unbind(vpc, eip.allocation_id)
    with pytest.raises(TeaException) as caught:
        bind(vpc, eip.allocation_id, made.network_interface_id, "NetworkInterface", "10.99.0.1")
    assert caught.value.code == "InvalidParameter"
    ecs.delete_network_interface(
        ecs_models.DeleteNetworkInterfaceRequest(
            region_id=REGION, network_interface_id=made.network_interface_id
        )
    )
