from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_vpc20160428 import models as vpc_models
from ecs_clients import IMAGE, TYPE, Network, instance_of, launch, make_network, wait_for
from running import RunningCloud
from services.sdk import REGION, configured
from Tea.exceptions import TeaException

Refused = Callable[..., TeaException]
Created = Callable[..., str]

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}}
        ],
    }
)


@pytest.fixture
def created(ecs: Client, network: Network) -> Iterator[Created]:
    """Make a stopped instance and return its id; it is released after the test."""
    made: list[str] = []

    def create(**parameters: Any) -> str:
        given = {"v_switch_id": network.vswitch, "security_group_id": network.group, **parameters}
        request = models.CreateInstanceRequest(region_id=REGION, image_id=IMAGE, instance_type=TYPE, **given)
        made.append(ecs.create_instance(request).body.instance_id)
        return made[-1]

    yield create
    for each in made:
        if instance_of(ecs, each).instance_charge_type == "PrePaid":
            change = models.ModifyInstanceChargeTypeRequest(
                region_id=REGION, instance_ids=json.dumps([each]), instance_charge_type="PostPaid"
            )
            ecs.modify_instance_charge_type(change)
        ecs.delete_instance(models.DeleteInstanceRequest(instance_id=each, force=True))


@pytest.fixture(scope="module")
def ram(cloud: RunningCloud) -> RamClient:
    """The RAM SDK, as root of the shared cloud."""
    return RamClient(configured(cloud))


def attribute(ecs: Client, id_: str) -> Any:
    return ecs.describe_instance_attribute(models.DescribeInstanceAttributeRequest(instance_id=id_)).body


def test_attributes_change(ecs: Client, created: Created, ecs_refused: Refused) -> None:
    id_ = created(user_data=base64.b64encode(b"#!/bin/sh\n").decode(), description="first")
    ecs.modify_instance_attribute(
        models.ModifyInstanceAttributeRequest(
            instance_id=id_,
            instance_name="renamed",
            description="",
            host_name="renamed-host",
            user_data=base64.b64encode(b"#!/bin/bash\n").decode(),
            credit_specification="Unlimited",
        )
    )
    found = attribute(ecs, id_)
    assert (found.instance_name, found.description, found.host_name) == ("renamed", "", "renamed-host")
    assert found.credit_specification == "Unlimited"
    asked = models.DescribeUserDataRequest(region_id=REGION, instance_id=id_)
    assert base64.b64decode(ecs.describe_user_data(asked).body.user_data) == b"#!/bin/bash\n"
    wrong = models.ModifyInstanceAttributeRequest(instance_id=id_, instance_name="1")
    ecs_refused("InvalidInstanceName.Malformed", ecs.modify_instance_attribute, wrong)
    nobody = models.ModifyInstanceAttributeRequest(instance_id="i-nobody", instance_name="one")
    ecs_refused("InvalidInstanceId.NotFound", ecs.modify_instance_attribute, nobody)


def test_security_groups_are_replaced(ecs: Client, network: Network, created: Created) -> None:
    id_ = created()
    other = ecs.create_security_group(
        models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=network.vpc)
    ).body.security_group_id
    change = models.ModifyInstanceAttributeRequest(instance_id=id_, security_group_ids=[other, network.group])
    ecs.modify_instance_attribute(change)
    assert set(instance_of(ecs, id_).security_group_ids.security_group_id) == {other, network.group}


def test_the_type_changes_while_it_is_stopped(ecs: Client, created: Created, ecs_refused: Refused) -> None:
    id_ = created()
    ecs.modify_instance_spec(
        models.ModifyInstanceSpecRequest(instance_id=id_, instance_type="ecs.r6.2xlarge")
    )
    found = instance_of(ecs, id_)
    assert (found.instance_type, found.cpu, found.memory) == ("ecs.r6.2xlarge", 8, 65_536)
    ecs.start_instance(models.StartInstanceRequest(instance_id=id_))
    smaller = models.ModifyInstanceSpecRequest(instance_id=id_, instance_type=TYPE)
    ecs_refused("IncorrectInstanceStatus", ecs.modify_instance_spec, smaller)


def test_bandwidth_brings_an_address_and_takes_it_away(
    ecs: Client, created: Created, ecs_refused: Refused
) -> None:
    id_ = created()
    allocate = models.AllocatePublicIpAddressRequest(instance_id=id_)
    ecs_refused("InvalidParameter.Bandwidth", ecs.allocate_public_ip_address, allocate)
    ecs.modify_instance_network_spec(
        models.ModifyInstanceNetworkSpecRequest(instance_id=id_, internet_max_bandwidth_out=50)
    )
    address = ecs.allocate_public_ip_address(allocate).body.ip_address
    found = instance_of(ecs, id_)
    assert (found.internet_max_bandwidth_out, found.public_ip_address.ip_address) == (50, [address])
    ecs_refused("AllocatedAlready", ecs.allocate_public_ip_address, allocate)
    ecs.modify_instance_network_spec(
        models.ModifyInstanceNetworkSpecRequest(instance_id=id_, internet_max_bandwidth_out=0)
    )
    assert instance_of(ecs, id_).public_ip_address.ip_address == []


def test_a_stopped_instance_moves(ecs: Client, vpc: Any, network: Network, created: Created) -> None:
    id_ = created()
    other = vpc.create_vswitch(
        vpc_models.CreateVSwitchRequest(
            region_id=REGION, vpc_id=network.vpc, zone_id="cn-hangzhou-i", cidr_block="172.16.8.0/24"
        )
    ).body.v_switch_id
    move = models.ModifyInstanceVpcAttributeRequest(
        instance_id=id_, v_switch_id=other, private_ip_address="172.16.8.8"
    )
    ecs.modify_instance_vpc_attribute(move)
    where = instance_of(ecs, id_).vpc_attributes
    assert (where.v_switch_id, where.private_ip_address.ip_address) == (other, ["172.16.8.8"])
    elsewhere = make_network(ecs, vpc, block="192.168.0.0/16")
    ecs.modify_instance_vpc_attribute(
        models.ModifyInstanceVpcAttributeRequest(
            instance_id=id_,
            v_switch_id=elsewhere.vswitch,
            vpc_id=elsewhere.vpc,
            security_group_id=[elsewhere.group],
        )
    )
    found = instance_of(ecs, id_)
    assert found.vpc_attributes.vpc_id == elsewhere.vpc
    assert found.security_group_ids.security_group_id == [elsewhere.group]


def test_a_system_disk_is_replaced(ecs: Client, created: Created) -> None:
    id_ = created(key_pair_name=None)
    replace = models.ReplaceSystemDiskRequest(
        instance_id=id_,
        image_id="debian_12_6_x64_20G_alibase_20240819.vhd",
        system_disk=models.ReplaceSystemDiskRequestSystemDisk(size=70),
    )
    new = ecs.replace_system_disk(replace).body.disk_id
    assert instance_of(ecs, id_).image_id == "debian_12_6_x64_20G_alibase_20240819.vhd"
    disks = ecs.describe_disks(models.DescribeDisksRequest(region_id=REGION, instance_id=id_)).body.disks.disk
    assert [(each.disk_id, each.size, each.type) for each in disks] == [(new, 70, "system")]


def test_roles_are_played_by_instances_that_they_trust(
    ecs: Client, ram: RamClient, created: Created, ecs_refused: Refused
) -> None:
    id_ = created()
    for name, trust in (("player", TRUST), ("stranger", TRUST.replace("ecs.", "fc."))):
        ram.create_role(ram_models.CreateRoleRequest(role_name=name, assume_role_policy_document=trust))
    ids = json.dumps([id_])

    def attach(role: str) -> Any:
        request = models.AttachInstanceRamRoleRequest(region_id=REGION, instance_ids=ids, ram_role_name=role)
        return ecs.attach_instance_ram_role(request).body

    def played() -> list[str]:
        asked = models.DescribeInstanceRamRoleRequest(region_id=REGION, instance_ids=ids)
        sets = ecs.describe_instance_ram_role(asked).body.instance_ram_role_sets.instance_ram_role_set
        return [each.ram_role_name for each in sets]

    assert played() == [""]
    ecs_refused("InvalidRamRole.NotFound", attach, "nobody")
    ecs_refused("InvalidRamRole.NotEcsRole", attach, "stranger")
    assert (attach("player").fail_count, played()) == (0, ["player"])
    detach = models.DetachInstanceRamRoleRequest(region_id=REGION, instance_ids=ids, ram_role_name="player")
    assert ecs.detach_instance_ram_role(detach).body.fail_count == 0
    assert ecs.detach_instance_ram_role(detach).body.fail_count == 1
    assert played() == [""]


def test_a_role_is_passed_by_who_may_pass_it(
    cloud: RunningCloud, ram: RamClient, created: Created, ecs_refused: Refused
) -> None:
    id_ = created()
    ram.create_role(ram_models.CreateRoleRequest(role_name="passed", assume_role_policy_document=TRUST))
    ram.create_user(ram_models.CreateUserRequest(user_name="passer"))
    key = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="passer")).body.access_key
    statements = [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]

    def allow(name: str) -> None:
        document = json.dumps({"Version": "1", "Statement": statements})
        ram.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=document))
        ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(policy_type="Custom", policy_name=name, user_name="passer")
        )

    allow("ecs-only")
    client = Client(configured(cloud, keys=(key.access_key_id, key.access_key_secret)))
    request = models.AttachInstanceRamRoleRequest(
        region_id=REGION, instance_ids=json.dumps([id_]), ram_role_name="passed"
    )
    ecs_refused("NoPermission", client.attach_instance_ram_role, request)
    statements[0] = {"Effect": "Allow", "Action": "ram:PassRole", "Resource": "acs:ram:*:*:role/passed"}
    allow("pass-too")
    assert client.attach_instance_ram_role(request).body.fail_count == 0


def test_who_runs_instances_needs_what_they_use(
    cloud: RunningCloud, ecs: Client, network: Network, ram: RamClient, ecs_refused: Refused
) -> None:
    ram.create_user(ram_models.CreateUserRequest(user_name="runner"))
    key = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="runner")).body.access_key
    resources = [
        f"acs:ecs:*:*:{each}" for each in ("instance/*", "image/*", f"securitygroup/{network.group}")
    ]
    statements = [{"Effect": "Allow", "Action": "ecs:RunInstances", "Resource": resources}]
    document = json.dumps({"Version": "1", "Statement": statements})
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name="run-there", policy_document=document))
    ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(
            policy_type="Custom", policy_name="run-there", user_name="runner"
        )
    )
    runner = Client(configured(cloud, keys=(key.access_key_id, key.access_key_secret)))
    other = ecs.create_security_group(
        models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=network.vpc)
    ).body.security_group_id
    ecs_refused("Forbidden.RAM", launch, runner, network, security_group_id=other)
    ecs_refused("Forbidden.RAM", launch, runner, network, key_pair_name="any")
    ecs_refused("DryRunOperation", launch, runner, network, dry_run=True)


def test_subscriptions(ecs: Client, created: Created, ecs_refused: Refused) -> None:
    id_ = created(instance_charge_type="PrePaid", period=1)
    before = instance_of(ecs, id_)
    assert (before.instance_charge_type, before.expired_time < "2099") == ("PrePaid", True)
    delete = models.DeleteInstanceRequest(instance_id=id_)
    ecs_refused("ChargeTypeViolation", ecs.delete_instance, delete)
    ecs.renew_instance(models.RenewInstanceRequest(instance_id=id_, period=1))
    assert instance_of(ecs, id_).expired_time > before.expired_time
    ecs.modify_instance_auto_renew_attribute(
        models.ModifyInstanceAutoRenewAttributeRequest(
            region_id=REGION, instance_id=id_, renewal_status="AutoRenewal", duration=2
        )
    )
    asked = models.DescribeInstanceAutoRenewAttributeRequest(region_id=REGION, instance_id=id_)
    (renewal,) = ecs.describe_instance_auto_renew_attribute(
        asked
    ).body.instance_renew_attributes.instance_renew_attribute
    assert (renewal.renewal_status, renewal.duration, renewal.auto_renew_enabled) == ("AutoRenewal", 2, True)
    release = models.ModifyInstanceAutoReleaseTimeRequest(
        region_id=REGION, instance_id=id_, auto_release_time="2027-06-01T00:00:00Z"
    )
    ecs_refused("ChargeTypeViolation", ecs.modify_instance_auto_release_time, release)
    back = models.ModifyInstanceChargeTypeRequest(
        region_id=REGION, instance_ids=json.dumps([id_]), instance_charge_type="PostPaid"
    )
    ecs.modify_instance_charge_type(back)
    ecs.modify_instance_auto_release_time(release)
    found = instance_of(ecs, id_)
    assert (found.expired_time, found.auto_release_time) == ("2099-12-31T15:59Z", "2027-06-01T00:00Z")
    ecs.modify_instance_auto_release_time(
        models.ModifyInstanceAutoReleaseTimeRequest(region_id=REGION, instance_id=id_)
    )
    assert instance_of(ecs, id_).auto_release_time == ""


def test_options(ecs: Client, created: Created) -> None:
    id_ = created()
    ecs.modify_instance_metadata_options(
        models.ModifyInstanceMetadataOptionsRequest(
            region_id=REGION, instance_id=id_, http_endpoint="enabled", http_tokens="required"
        )
    )
    assert instance_of(ecs, id_).metadata_options.http_tokens == "required"
    window = models.ModifyInstanceMaintenanceAttributesRequestMaintenanceWindow(
        start_time="02:00:00", end_time="03:00:00"
    )
    ecs.modify_instance_maintenance_attributes(
        models.ModifyInstanceMaintenanceAttributesRequest(
            region_id=REGION,
            instance_id=[id_],
            maintenance_window=[window],
            action_on_maintenance="Stop",
            notify_on_maintenance=True,
        )
    )
    asked = models.DescribeInstanceMaintenanceAttributesRequest(region_id=REGION, instance_id=[id_])
    (found,) = ecs.describe_instance_maintenance_attributes(
        asked
    ).body.maintenance_attributes.maintenance_attribute
    assert (found.action_on_maintenance.value, found.notify_on_maintenance) == ("Stop", True)
    assert found.maintenance_windows.maintenance_window[0].start_time == "02:00:00"
    pools = models.DescribeInstanceAttachmentAttributesRequest(
        region_id=REGION, instance_ids=json.dumps([id_])
    )
    (pool,) = ecs.describe_instance_attachment_attributes(pools).body.instances.instance
    assert pool.private_pool_options_match_criteria == "None"


def test_tags_and_resource_groups(ecs: Client, created: Created, ecs_refused: Refused) -> None:
    id_ = created()
    tag = models.TagResourcesRequestTag(key="colour", value="blue")
    ecs.tag_resources(
        models.TagResourcesRequest(region_id=REGION, resource_type="instance", resource_id=[id_], tag=[tag])
    )
    assert [each.tag_key for each in instance_of(ecs, id_).tags.tag] == ["colour"]
    ecs.untag_resources(
        models.UntagResourcesRequest(
            region_id=REGION, resource_type="instance", resource_id=[id_], tag_key=["colour"]
        )
    )
    assert instance_of(ecs, id_).tags.tag == []
    join = models.JoinResourceGroupRequest(
        region_id=REGION, resource_type="instance", resource_id=id_, resource_group_id="rg-joined"
    )
    ecs.join_resource_group(join)
    assert instance_of(ecs, id_).resource_group_id == "rg-joined"
    join.resource_id = "i-nobody"
    ecs_refused("InvalidResourceId.NotFound", ecs.join_resource_group, join)


def test_key_pairs_are_tagged_by_their_names(ecs: Client) -> None:
    ecs.create_key_pair(models.CreateKeyPairRequest(region_id=REGION, key_pair_name="tagged-by-name"))
    tag = models.TagResourcesRequestTag(key="colour", value="blue")
    ecs.tag_resources(
        models.TagResourcesRequest(
            region_id=REGION, resource_type="keypair", resource_id=["tagged-by-name"], tag=[tag]
        )
    )
    asked = models.ListTagResourcesRequest(
        region_id=REGION, resource_type="keypair", resource_id=["tagged-by-name"]
    )
    (found,) = ecs.list_tag_resources(asked).body.tag_resources.tag_resource
    assert (found.resource_id, found.tag_value) == ("tagged-by-name", "blue")


def test_an_elastic_address_is_shown_while_it_is_bound(ecs: Client, vpc: Any, created: Created) -> None:
    id_ = created()
    eip = vpc.allocate_eip_address(vpc_models.AllocateEipAddressRequest(region_id=REGION)).body
    vpc.associate_eip_address(
        vpc_models.AssociateEipAddressRequest(
            region_id=REGION, allocation_id=eip.allocation_id, instance_id=id_, instance_type="EcsInstance"
        )
    )
    found = instance_of(ecs, id_).eip_address
    assert (found.allocation_id, found.ip_address) == (eip.allocation_id, eip.eip_address)
    vpc.unassociate_eip_address(
        vpc_models.UnassociateEipAddressRequest(region_id=REGION, allocation_id=eip.allocation_id)
    )
    wait_for(lambda: instance_of(ecs, id_).eip_address.ip_address == "")
