"""Launch templates through the vendor's SDK."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_tea_openapi import models as open_api
from alibabacloud_tea_util.models import RuntimeOptions
from ecs_clients import IMAGE, TYPE, Network, instance_of, release
from services.sdk import REGION
from Tea.exceptions import TeaException

from yunbox.services.ecs.launch_templates.resolve import merge

_numbers = itertools.count(1)


def refused(code: str, call: Callable[..., object], request: object) -> TeaException:
    """Return the refusal of a call that the cloud must refuse."""
    with pytest.raises(TeaException) as caught:
        call(request)
    assert caught.value.code == code, caught.value
    return caught.value


def create(ecs: EcsClient, **parameters: Any) -> tuple[str, str]:
    """Make a template; return its id and name."""
    name = f"template-{next(_numbers)}-{id(ecs)}"
    request = models.CreateLaunchTemplateRequest(
        region_id=REGION, **({"launch_template_name": name} | parameters)
    )
    made = ecs.create_launch_template(request).body
    assert made.launch_template_version_number == 1
    return made.launch_template_id, request.launch_template_name


def add_version(ecs: EcsClient, template: str, **parameters: Any) -> int:
    """Add a version; return its number."""
    request = models.CreateLaunchTemplateVersionRequest(
        region_id=REGION, launch_template_id=template, **parameters
    )
    return int(ecs.create_launch_template_version(request).body.launch_template_version_number)


def versions(ecs: EcsClient, template: str, **filters: Any) -> list[Any]:
    """Return what DescribeLaunchTemplateVersions lists."""
    request = models.DescribeLaunchTemplateVersionsRequest(
        region_id=REGION, launch_template_id=template, **filters
    )
    found = ecs.describe_launch_template_versions(request).body
    return list(found.launch_template_version_sets.launch_template_version_set)


def templates(ecs: EcsClient, **filters: Any) -> list[Any]:
    """Return what DescribeLaunchTemplates lists."""
    request = models.DescribeLaunchTemplatesRequest(region_id=REGION, **filters)
    return list(ecs.describe_launch_templates(request).body.launch_template_sets.launch_template_set)


def delete(ecs: EcsClient, template: str) -> Any:
    """Delete a template."""
    request = models.DeleteLaunchTemplateRequest(region_id=REGION, launch_template_id=template)
    return ecs.delete_launch_template(request).body


def test_a_template_says_what_it_was_told_and_nothing_else(ecs: EcsClient) -> None:
    script = base64.b64encode(b"#!/bin/sh\necho hello\n").decode()
    id_, name = create(
        ecs,
        version_description="the first",
        image_id=IMAGE,
        instance_type=TYPE,
        user_data=script,
        internet_max_bandwidth_out=5,
        security_group_ids=["sg-one", "sg-two"],
        system_disk=models.CreateLaunchTemplateRequestSystemDisk(
            category="cloud_essd", size=60, encrypted="false"
        ),
        data_disk=[
            models.CreateLaunchTemplateRequestDataDisk(category="cloud_essd", size=100, disk_name="data-1")
        ],
        network_interface=[
            models.CreateLaunchTemplateRequestNetworkInterface(
                v_switch_id="vsw-any", delete_on_release=True, description="an interface"
            )
        ],
        tag=[models.CreateLaunchTemplateRequestTag(key="stage", value="test")],
        template_tag=[models.CreateLaunchTemplateRequestTemplateTag(key="owner", value="me")],
    )
    (version,) = versions(ecs, id_)
    assert (version.version_number, version.default_version, version.version_description) == (
        1,
        True,
        "the first",
    )
    assert (version.launch_template_id, version.launch_template_name) == (id_, name)
    data = version.launch_template_data
    assert (data.image_id, data.instance_type, data.user_data) == (IMAGE, TYPE, script)
    assert (data.internet_max_bandwidth_out, data.internet_charge_type, data.host_name) == (5, None, None)
    assert data.security_group_ids.security_group_id == ["sg-one", "sg-two"]
    assert (data.system_disk.category, data.system_disk.size, data.system_disk.disk_name) == (
        "cloud_essd",
        60,
        None,
    )
    (disk,) = data.data_disks.data_disk
    assert (disk.category, disk.size, disk.disk_name, disk.snapshot_id) == ("cloud_essd", 100, "data-1", None)
    (interface,) = data.network_interfaces.network_interface
    assert (interface.v_switch_id, interface.delete_on_release, interface.primary_ip_address) == (
        "vsw-any",
        True,
        None,
    )
    assert [(each.key, each.value) for each in data.tags.instance_tag] == [("stage", "test")]
    (template,) = templates(ecs, launch_template_id=[id_])
    assert (template.default_version_number, template.latest_version_number) == (1, 1)
    assert [(each.tag_key, each.tag_value) for each in template.tags.tag] == [("owner", "me")]
    assert [each.launch_template_id for each in templates(ecs, launch_template_name=[name])] == [id_]
    delete(ecs, id_)


def test_the_system_disk_stands_also_in_dotted_names(ecs: EcsClient) -> None:
    """The Terraform provider reads those."""
    id_, _ = create(ecs, system_disk=models.CreateLaunchTemplateRequestSystemDisk(size=40, encrypted="true"))
    request = models.DescribeLaunchTemplateVersionsRequest(region_id=REGION, launch_template_id=id_)
    params = open_api.Params(
        action="DescribeLaunchTemplateVersions",
        version="2014-05-26",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    answer = ecs.call_api(params, open_api.OpenApiRequest(query=request.to_map()), RuntimeOptions())
    (version,) = answer["body"]["LaunchTemplateVersionSets"]["LaunchTemplateVersionSet"]
    data = version["LaunchTemplateData"]
    assert (data["SystemDisk.Size"], data["SystemDisk.Encrypted"]) == (40, True)
    assert data["DataDisks"] == {"DataDisk": []}
    assert data["NetworkInterfaces"] == {"NetworkInterface": []}
    assert data["Tags"] == {"InstanceTag": []}
    delete(ecs, id_)


def test_versions_are_numbered_and_one_is_the_default(ecs: EcsClient) -> None:
    id_, name = create(ecs, instance_name="first")
    assert [add_version(ecs, id_, instance_name=each) for each in ("second", "third")] == [2, 3]
    assert [each.version_number for each in versions(ecs, id_)] == [3, 2, 1]
    assert [each.version_number for each in versions(ecs, id_, launch_template_version=[2])] == [2]
    assert [each.version_number for each in versions(ecs, id_, min_version=2, max_version=3)] == [3, 2]
    assert [each.version_number for each in versions(ecs, id_, default_version=True)] == [1]
    (bare,) = versions(ecs, id_, launch_template_version=[3], detail_flag=False)
    assert bare.launch_template_data.instance_name is None
    ecs.modify_launch_template_default_version(
        models.ModifyLaunchTemplateDefaultVersionRequest(
            region_id=REGION, launch_template_name=name, default_version_number=2
        )
    )
    assert [each.version_number for each in versions(ecs, id_, default_version=True)] == [2]
    assert [each.default_version_number for each in templates(ecs, launch_template_id=[id_])] == [2]
    delete_versions = models.DeleteLaunchTemplateVersionRequest(
        region_id=REGION, launch_template_id=id_, delete_version=[3, 2]
    )
    refused("InvalidParameter", ecs.delete_launch_template_version, delete_versions)
    assert [each.version_number for each in versions(ecs, id_)] == [3, 2, 1]
    delete_versions.delete_version = [3]
    gone = ecs.delete_launch_template_version(delete_versions).body.launch_template_versions
    assert [each.launch_template_version_number for each in gone.launch_template_version] == [3]
    assert add_version(ecs, id_) == 4
    gone = delete(ecs, id_)
    assert (gone.launch_template_id, gone.launch_template_version_numbers.version_numbers) == (id_, [1, 2, 4])
    assert templates(ecs, launch_template_id=[id_]) == []


def test_what_is_refused(ecs: EcsClient) -> None:
    id_, name = create(ecs)
    new = models.CreateLaunchTemplateRequest(region_id=REGION, launch_template_name=name)
    refused("LaunchTemplateName.Duplicated", ecs.create_launch_template, new)
    new.launch_template_name = "1"
    refused("InvalidLaunchTemplateName.Malformed", ecs.create_launch_template, new)
    new.launch_template_name, new.user_data = f"{name}-2", "no base64!"
    refused("InvalidUserData.Base64FormatInvalid", ecs.create_launch_template, new)
    new.user_data, new.version_description = None, "http://description"
    refused("InvalidDescription.Malformed", ecs.create_launch_template, new)
    assert templates(ecs, launch_template_name=[f"{name}-2"]) == []
    unknown = models.DescribeLaunchTemplateVersionsRequest(region_id=REGION, launch_template_id="lt-none")
    refused("InvalidLaunchTemplate.NotFound", ecs.describe_launch_template_versions, unknown)
    default = models.ModifyLaunchTemplateDefaultVersionRequest(
        region_id=REGION, launch_template_id=id_, default_version_number=7
    )
    refused("InvalidLaunchTemplateVersion.NotFound", ecs.modify_launch_template_default_version, default)
    delete(ecs, id_)


def test_a_template_has_thirty_versions_at_most(ecs: EcsClient) -> None:
    id_, _ = create(ecs)
    for _ in range(29):
        add_version(ecs, id_)
    request = models.CreateLaunchTemplateVersionRequest(region_id=REGION, launch_template_id=id_)
    refused("LaunchTemplateVersionLimitExceed", ecs.create_launch_template_version, request)
    assert len(versions(ecs, id_, page_size=50)) == 30
    delete(ecs, id_)


def test_templates_bear_tags(ecs: EcsClient) -> None:
    id_, _ = create(ecs)
    ecs.tag_resources(
        models.TagResourcesRequest(
            region_id=REGION,
            resource_type="launchtemplate",
            resource_id=[id_],
            tag=[models.TagResourcesRequestTag(key="stage", value="test")],
        )
    )
    wanted = [models.DescribeLaunchTemplatesRequestTemplateTag(key="stage", value="test")]
    assert [each.launch_template_id for each in templates(ecs, template_tag=wanted)] == [id_]
    delete(ecs, id_)


def test_instances_are_run_from_a_template(ecs: EcsClient, network: Network) -> None:
    id_, name = create(
        ecs,
        image_id=IMAGE,
        instance_type=TYPE,
        instance_name="from-template",
        v_switch_id=network.vswitch,
        security_group_id=network.group,
        vpc_id=network.vpc,
        network_type="vpc",
        system_disk=models.CreateLaunchTemplateRequestSystemDisk(category="cloud_essd", size=50),
        tag=[models.CreateLaunchTemplateRequestTag(key="made", value="by template")],
    )
    add_version(ecs, id_, instance_name="from-version-2")
    made: list[str] = []

    def run(**parameters: Any) -> Any:
        request = models.RunInstancesRequest(region_id=REGION, **parameters)
        ids = ecs.run_instances(request).body.instance_id_sets.instance_id_set
        made.extend(ids)
        return instance_of(ecs, ids[0])

    try:
        first = run(launch_template_id=id_)
        assert (first.instance_name, first.instance_type, first.image_id) == ("from-template", TYPE, IMAGE)
        assert first.vpc_attributes.v_switch_id == network.vswitch
        assert [(each.tag_key, each.tag_value) for each in first.tags.tag] == [("made", "by template")]
        named = run(launch_template_name=name, instance_name="from-request", instance_type="ecs.c6.large")
        assert (named.instance_name, named.instance_type) == ("from-request", "ecs.c6.large")
        disks = ecs.describe_disks(
            models.DescribeDisksRequest(region_id=REGION, instance_id=first.instance_id, disk_type="system")
        ).body.disks.disk
        assert [each.size for each in disks] == [50]
        request = models.RunInstancesRequest(
            region_id=REGION, launch_template_id=id_, launch_template_version=2
        )
        refused("MissingParameter", ecs.run_instances, request)
        request.launch_template_version = 9
        refused("InvalidLaunchTemplateVersion.NotFound", ecs.run_instances, request)
        request = models.RunInstancesRequest(region_id=REGION, launch_template_id="lt-none")
        refused("InvalidLaunchTemplate.NotFound", ecs.run_instances, request)
    finally:
        release(ecs, made)
    delete(ecs, id_)


def test_a_request_goes_over_its_template() -> None:
    template = {
        "ImageId": "image",
        "UserData": "IyEvYmluL3NoCg",
        "SystemDisk": {"Size": 40, "Category": "cloud_essd", "Iops": 100, "DeleteWithInstance": True},
        "SecurityGroupIds": ["sg-1"],
        "NetworkInterface": [{"InstanceType": "Primary", "VSwitchId": "vsw-1", "SecurityGroupId": "sg-2"}],
        "VpcId": "vpc-1",
        "Tag": [{"Key": "a", "Value": "1"}],
    }
    alone = merge(template, {})
    assert "VpcId" not in alone
    assert alone["SystemDisk"] == {"Size": 40, "Category": "cloud_essd"}
    assert alone["UserData"] == "IyEvYmluL3NoCg=="
    assert alone["NetworkInterface"] == template["NetworkInterface"]
    larger = merge(template, {"SystemDisk": {"Size": 60, "Category": "", "Encrypted": False}})
    assert larger["SystemDisk"] == {"Size": 60, "Category": "cloud_essd"}
    assert merge(template, {"Tag": [{"Key": "b"}]})["Tag"] == [{"Key": "b"}]
    elsewhere = merge(template, {"VSwitchId": "vsw-2"})
    assert (elsewhere["VSwitchId"], "NetworkInterface" in elsewhere) == ("vsw-2", False)
    guarded = merge(template, {"SecurityGroupId": "sg-3"})
    assert (guarded["SecurityGroupId"], guarded["VSwitchId"]) == ("sg-3", "vsw-1")
    assert "SecurityGroupIds" not in guarded
    wired = merge(
        {"VSwitchId": "vsw-1", "SecurityGroupId": "sg-1"}, {"NetworkInterface": [{"VSwitchId": "vsw-2"}]}
    )
    assert wired == {"NetworkInterface": [{"VSwitchId": "vsw-2"}]}


def test_what_an_instance_cannot_have_is_named(ecs: EcsClient, network: Network) -> None:
    id_, _ = create(
        ecs,
        image_id=IMAGE,
        instance_type=TYPE,
        v_switch_id=network.vswitch,
        security_group_id=network.group,
        deployment_set_id="ds-any",
    )
    request = models.RunInstancesRequest(region_id=REGION, launch_template_id=id_)
    error = refused("InvalidParameter.NotImplemented", ecs.run_instances, request)
    assert "DeploymentSetId" in str(error.message)
    delete(ecs, id_)
