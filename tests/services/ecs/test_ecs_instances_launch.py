from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_vpc20160428 import models as vpc_models
from ecs_clients import Network, instance_of, launch, make_network
from services.sdk import REGION
from Tea.exceptions import TeaException

Run = Callable[..., list[str]]
Refused = Callable[..., TeaException]

STRANGER = "sg-0000000000000000000"


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("InvalidImageId.NotFound", {"image_id": "nothing.vhd"}),
        ("MissingParameter", {"image_id": None}),
        ("InvalidInstanceType.ValueNotSupported", {"instance_type": "ecs.none.large"}),
        ("InvalidVSwitchId.NotFound", {"v_switch_id": "vsw-none"}),
        ("InvalidSecurityGroupId.NotFound", {"security_group_id": STRANGER}),
        ("InvalidKeyPairName.NotFound", {"key_pair_name": "nobody"}),
        ("InvalidRamRole.NotFound", {"ram_role_name": "nobody"}),
        ("InvalidInstanceName.Malformed", {"instance_name": "1"}),
        ("InvalidHostName.Malformed", {"host_name": "-"}),
        ("InvalidPassword.Malformed", {"password": "weak"}),
        ("InvalidUserData.Base64FormatInvalid", {"user_data": "#!/bin/sh"}),
        ("InvalidUserData.SizeExceeded", {"user_data": base64.b64encode(b"x" * 32_769).decode()}),
        ("InvalidDescription.Malformed", {"description": "http://x"}),
        ("InvalidSystemDiskSize.LessThanImageSize", {"system_disk": {"size": "10"}}),
        ("InvalidDiskCategory.NotSupported", {"system_disk": {"category": "tape"}}),
        ("InvalidParameter.Mismatch", {"zone_id": "cn-hangzhou-b"}),
        ("InvalidPrivateIpAddress.Mismatch", {"private_ip_address": "172.16.1.1"}),
        ("InvalidParameter", {"amount": 2, "private_ip_address": "172.16.0.9"}),
        ("InvalidParameter", {"amount": 101}),
        ("MissingParameter", {"instance_charge_type": "PrePaid"}),
        ("InvalidAutoReleaseTime.Malformed", {"auto_release_time": "2020-01-01T00:00:00Z"}),
        ("InvalidTagKey.Malformed", {"tag": [{"key": "acs:x", "value": ""}]}),
        ("InvalidParameter.NotImplemented", {"dedicated_host_id": "dh-1"}),
        ("InvalidParameter.NotImplemented", {"ipv_6address_count": 1}),
        ("InvalidParameter.NotImplemented", {"hpc_cluster_id": "hpc-1"}),
    ],
)
def test_what_is_wrong_is_refused_by_its_code(
    ecs: Client, network: Network, ecs_refused: Refused, code: str, parameters: dict[str, Any]
) -> None:
    ecs_refused(code, launch, ecs, network, resource_group_id="rg-refused", **_models(parameters))
    assert count_of(ecs, "rg-refused") == 0


def count_of(ecs: Client, resource_group: str) -> int:
    """Return how many instances a resource group has."""
    asked = models.DescribeInstancesRequest(region_id=REGION, resource_group_id=resource_group)
    return int(ecs.describe_instances(asked).body.total_count)


def _models(parameters: dict[str, Any]) -> dict[str, Any]:
    made = dict(parameters)
    if "system_disk" in made:
        made["system_disk"] = models.RunInstancesRequestSystemDisk(**made["system_disk"])
    if "tag" in made:
        made["tag"] = [models.RunInstancesRequestTag(**each) for each in made["tag"]]
    return made


def test_a_dry_run_makes_nothing(ecs: Client, network: Network, ecs_refused: Refused) -> None:
    ecs_refused("DryRunOperation", launch, ecs, network, resource_group_id="rg-dry", dry_run=True)
    assert count_of(ecs, "rg-dry") == 0


def test_a_request_sent_twice_makes_one_instance(ecs: Client, run_instances: Run) -> None:
    first = run_instances(client_token="once-and-never-again")
    assert run_instances(client_token="once-and-never-again") == first


def test_everything_that_was_asked_for_is_shown(ecs: Client, run_instances: Run) -> None:
    (id_,) = run_instances(
        instance_name="shown",
        host_name="shown.example",
        description="an instance",
        private_ip_address="172.16.0.77",
        instance_type="ecs.r7.xlarge",
        password="Passw0rd!",
        system_disk=models.RunInstancesRequestSystemDisk(size="60", category="cloud_essd", disk_name="root"),
        data_disk=[models.RunInstancesRequestDataDisk(size=25, disk_name="more")],
        tag=[models.RunInstancesRequestTag(key="team", value="blue")],
        resource_group_id="rg-shown",
        spot_strategy="SpotWithPriceLimit",
        spot_price_limit=1.5,
        http_tokens="required",
        internet_max_bandwidth_out=20,
        internet_charge_type="PayByBandwidth",
    )
    found = instance_of(ecs, id_)
    assert (found.instance_name, found.host_name, found.description) == (
        "shown",
        "shown.example",
        "an instance",
    )
    assert found.vpc_attributes.private_ip_address.ip_address == ["172.16.0.77"]
    assert (found.cpu, found.memory, found.instance_type_family) == (4, 32_768, "ecs.r7")
    assert [(each.tag_key, each.tag_value) for each in found.tags.tag] == [("team", "blue")]
    assert (found.resource_group_id, found.spot_strategy, found.spot_price_limit) == (
        "rg-shown",
        "SpotWithPriceLimit",
        1.5,
    )
    assert (found.metadata_options.http_tokens, found.internet_charge_type) == ("required", "PayByBandwidth")
    assert (found.internet_max_bandwidth_out, found.internet_max_bandwidth_in) == (20, 20)
    assert len(found.public_ip_address.ip_address) == 1
    assert "Passw0rd" not in str(found.to_map())
    disks = ecs.describe_disks(models.DescribeDisksRequest(region_id=REGION, instance_id=id_)).body.disks.disk
    assert {(each.type, each.size, each.disk_name, each.device) for each in disks} == {
        ("system", 60, "root", "/dev/xvda"),
        ("data", 25, "more", "/dev/xvdb"),
    }


def test_interfaces_of_ones_own(
    ecs: Client, network: Network, run_instances: Run, ecs_refused: Refused
) -> None:
    primary = models.RunInstancesRequestNetworkInterface(
        instance_type="Primary", v_switch_id=network.vswitch, security_group_ids=[network.group]
    )
    second = models.RunInstancesRequestNetworkInterface(
        instance_type="Secondary", v_switch_id=network.vswitch, security_group_ids=[network.group]
    )
    own = {"v_switch_id": None, "security_group_id": None}
    (id_,) = run_instances(network_interface=[primary, second], **own)
    found = instance_of(ecs, id_).network_interfaces.network_interface
    assert [each.type for each in found] == ["Primary", "Secondary"]
    assert len({each.primary_ip_address for each in found}) == 2
    ecs_refused("InvalidParameter.Conflict", launch, ecs, network, network_interface=[primary])
    too_many = [primary, *[second] * 2]
    ecs_refused(
        "InvalidInstanceType.EniLimitExceeded", launch, ecs, network, network_interface=too_many, **own
    )


def test_fewer_than_asked_for_where_that_is_allowed(ecs: Client, vpc: Any, run_instances: Run) -> None:
    small = make_network(ecs, vpc, block="192.168.0.0/16")
    tiny = vpc.create_vswitch(
        vpc_models.CreateVSwitchRequest(
            region_id=REGION, vpc_id=small.vpc, zone_id="cn-hangzhou-i", cidr_block="192.168.9.0/29"
        )
    ).body.v_switch_id
    made = run_instances(amount=9, min_amount=1, v_switch_id=tiny, security_group_id=small.group)
    assert len(made) == 4
