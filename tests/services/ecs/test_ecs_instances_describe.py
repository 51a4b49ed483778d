from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from ecs_clients import IMAGE, TYPE, Network, instance_of, make_network
from running import RunningCloud
from services.sdk import REGION, configured
from Tea.exceptions import TeaException

Refused = Callable[..., TeaException]

COUNT = 5


@pytest.fixture(scope="module")
def fleet(ecs: Client, vpc: Any) -> Iterator[tuple[Network, list[str]]]:
    """Five stopped instances of a network of their own, the oldest first; they are released in the end."""
    network = make_network(ecs, vpc, block="10.200.0.0/16")
    ids = []
    for number in range(COUNT):
        request = models.CreateInstanceRequest(
            region_id=REGION,
            image_id=IMAGE,
            instance_type=TYPE if number else "ecs.c7.xlarge",
            v_switch_id=network.vswitch,
            security_group_id=network.group,
            instance_name=f"fleet-{number}",
            resource_group_id="rg-fleet",
            tag=[models.CreateInstanceRequestTag(key="fleet", value=str(number % 2))],
        )
        ids.append(ecs.create_instance(request).body.instance_id)
    yield network, ids
    ecs.delete_instances(models.DeleteInstancesRequest(region_id=REGION, instance_id=ids, force=True))


Fleet = tuple[Network, list[str]]


def found(ecs: Client, **filters: Any) -> list[str]:
    request = models.DescribeInstancesRequest(region_id=REGION, **filters)
    return [each.instance_id for each in ecs.describe_instances(request).body.instances.instance]


def test_every_filter_filters(ecs: Client, fleet: Fleet) -> None:
    network, ids = fleet
    newest_first = ids[::-1]
    address = instance_of(ecs, ids[2]).vpc_attributes.private_ip_address.ip_address[0]
    assert found(ecs, v_switch_id=network.vswitch) == newest_first
    assert found(ecs, vpc_id=network.vpc) == newest_first
    assert found(ecs, security_group_id=network.group) == newest_first
    assert found(ecs, resource_group_id="rg-fleet") == newest_first
    assert found(ecs, vpc_id=network.vpc, instance_name="fleet-*") == newest_first
    assert found(ecs, vpc_id=network.vpc, instance_name="fleet-3") == [ids[3]]
    assert found(ecs, instance_name="fleet-3") == [ids[3]]
    assert found(ecs, vpc_id=network.vpc, instance_name="fleet") == []
    assert found(ecs, vpc_id=network.vpc, instance_name="fleet-[0-9]") == []
    assert found(ecs, vpc_id=network.vpc, instance_type="ecs.c7.xlarge") == [ids[0]]
    assert found(ecs, vpc_id=network.vpc, instance_type_family="ecs.g6") == newest_first[:-1]
    assert found(ecs, vpc_id=network.vpc, status="Running") == []
    assert found(ecs, vpc_id=network.vpc, status="Stopped") == newest_first
    assert found(ecs, vpc_id=network.vpc, zone_id="cn-hangzhou-b") == []
    assert found(ecs, vpc_id=network.vpc, instance_charge_type="PrePaid") == []
    assert found(ecs, vpc_id=network.vpc, image_id="other.vhd") == []
    assert found(ecs, vpc_id=network.vpc, instance_network_type="classic") == []
    assert found(ecs, vpc_id=network.vpc, private_ip_addresses=json.dumps([address])) == [ids[2]]
    assert found(ecs, vpc_id=network.vpc, eip_addresses=json.dumps(["198.19.1.1"])) == []
    odd = [models.DescribeInstancesRequestTag(key="fleet", value="1")]
    assert found(ecs, tag=odd) == [ids[3], ids[1]]
    assert found(ecs, tag=[models.DescribeInstancesRequestTag(key="fleet")]) == newest_first
    past = models.DescribeInstancesRequestFilter(key="CreationEndTime", value="2020-01-01T00:00Z")
    assert found(ecs, vpc_id=network.vpc, filter=[past]) == []
    since = models.DescribeInstancesRequestFilter(key="CreationStartTime", value="2020-01-01T00:00Z")
    assert found(ecs, vpc_id=network.vpc, filter=[since]) == newest_first


def test_instances_by_their_ids(ecs: Client, fleet: Fleet, cloud: RunningCloud) -> None:
    _, ids = fleet
    some = json.dumps([ids[1], ids[4], "i-nobody", ids[1]])
    assert found(ecs, instance_ids=some) == [ids[1], ids[4]]
    assert found(ecs, instance_ids=some, instance_name="fleet-4") == [ids[4]]
    assert found(ecs, instance_ids="[]") == []
    elsewhere = Client(configured(cloud, region="cn-beijing"))
    request = models.DescribeInstancesRequest(region_id="cn-beijing", instance_ids=some)
    assert elsewhere.describe_instances(request).body.total_count == 0


def test_both_ways_of_paging_list_all_once(ecs: Client, fleet: Fleet) -> None:
    network, ids = fleet
    pages = [
        found(ecs, v_switch_id=network.vswitch, page_size=2, page_number=number) for number in (1, 2, 3, 4)
    ]
    assert pages == [ids[:-3:-1], ids[2:0:-1], ids[:1], []]
    chained, token = [], None
    for _ in range(COUNT):
        request = models.DescribeInstancesRequest(
            region_id=REGION, vpc_id=network.vpc, max_results=2, next_token=token
        )
        body = ecs.describe_instances(request).body
        chained += [each.instance_id for each in body.instances.instance]
        assert body.total_count == COUNT
        token = body.next_token
        if not token:
            break
    assert chained == ids[::-1]


def test_a_change_is_seen_at_once_by_every_worker(ecs: Client, fleet: Fleet) -> None:
    _, ids = fleet
    for number in range(6):
        change = models.ModifyInstanceAttributeRequest(instance_id=ids[0], description=f"number {number}")
        ecs.modify_instance_attribute(change)
        assert {instance_of(ecs, ids[0]).description for _ in range(4)} == {f"number {number}"}


def test_statuses_and_health(ecs: Client, fleet: Fleet) -> None:
    _, ids = fleet
    asked = models.DescribeInstanceStatusRequest(region_id=REGION, instance_id=ids)
    body = ecs.describe_instance_status(asked).body
    assert (body.total_count, {each.status for each in body.instance_statuses.instance_status}) == (
        5,
        {"Stopped"},
    )
    whole = models.DescribeInstancesFullStatusRequest(region_id=REGION, instance_id=ids, status="Stopped")
    statuses = ecs.describe_instances_full_status(
        whole
    ).body.instance_full_status_set.instance_full_status_type
    assert {each.health_status.name for each in statuses} == {"Ok"}


def test_wrong_questions_are_refused(ecs: Client, fleet: Fleet, ecs_refused: Refused) -> None:
    assert fleet
    mood = models.DescribeInstancesRequestFilter(key="Mood", value="good")
    wrong_time = models.DescribeInstancesRequestFilter(key="CreationEndTime", value="yesterday")
    for wrong in (
        {"status": "Sleeping"},
        {"instance_ids": "[1"},
        {"instance_ids": json.dumps(["i-1"] * 101)},
        {"page_number": 0},
        {"filter": [mood]},
        {"filter": [wrong_time]},
    ):
        ecs_refused("InvalidParameter", found, ecs, **wrong)
