"""Groups of backend servers, through the SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from services.ecs.ecs_clients import Network, wait_for, wait_gone
from services.slb.slb_clients import Slbs, servers_of

Instances = Callable[[int], list[str]]


def servers(found: Any) -> list[tuple[str, int]]:
    return [(each.server_id, int(each.weight)) for each in found.backend_servers.backend_server]


def test_the_default_group(slbs: Slbs, network: Network, instances: Instances) -> None:
    one, two = instances(2)
    balancer = slbs.balancer(v_switch_id=network.vswitch)
    id_ = {"load_balancer_id": balancer}
    both = json.dumps([{"ServerId": one, "Weight": "50", "Type": "ecs"}, {"ServerId": two}])
    added = slbs.do("AddBackendServers", **id_, backend_servers=both)
    assert servers(added) == [(one, 50), (two, 100)]
    slbs.do("SetBackendServers", **id_, backend_servers=servers_of(one, Weight=7, Description="mine"))
    found = slbs.describe(balancer)
    assert servers(found) == [(one, 7), (two, 100)]
    first = found.backend_servers.backend_server[0]
    assert (first.description, first.type) == ("mine", "ecs")
    assert slbs.refused("SetBackendServers", **id_, backend_servers=servers_of("i-none")) == (
        "InvalidBackendServers.NotFound"
    )
    assert slbs.refused("AddBackendServers", **id_, backend_servers="{}") == "InvalidBackendServers.MalFormed"
    heavy = servers_of(one, Weight=101)
    assert (
        slbs.refused("AddBackendServers", **id_, backend_servers=heavy) == "InvalidBackendServers.MalFormed"
    )
    listed = slbs.do("DescribeLoadBalancers", server_id=one).load_balancers.load_balancer
    assert [each.load_balancer_id for each in listed] == [balancer]
    left = slbs.do("RemoveBackendServers", **id_, backend_servers=f'["{one}"]')
    assert servers(left) == [(two, 100)]
    assert servers(slbs.describe(balancer)) == [(two, 100)]


def test_a_server_of_another_network_is_refused(slbs: Slbs, instances: Instances, ecs: EcsClient) -> None:
    [one] = instances(1)
    other = slbs.balancer()
    slbs.add(other, one)
    assert slbs.refused(
        "AddBackendServers", load_balancer_id=other, backend_servers=servers_of("i-none")
    ) == ("InvalidBackendServers.NotFound")
    ecs.delete_instance(ecs_models.DeleteInstanceRequest(instance_id=one, force=True))
    wait_gone(ecs, one)
    wait_for(lambda: servers(slbs.describe(other)) == [])


def test_a_vserver_group(slbs: Slbs, network: Network, instances: Instances) -> None:
    one, two = instances(2)
    balancer = slbs.balancer(v_switch_id=network.vswitch)
    made = slbs.do(
        "CreateVServerGroup",
        load_balancer_id=balancer,
        vserver_group_name="group",
        backend_servers=servers_of(one, Port=80, Weight=30),
    )
    group = made.vserver_group_id
    slbs.do("AddVServerGroupBackendServers", vserver_group_id=group, backend_servers=servers_of(one, Port=81))

    def held() -> list[tuple[str, int, int]]:
        found = slbs.do("DescribeVServerGroupAttribute", vserver_group_id=group)
        return [(each.server_id, each.port, each.weight) for each in found.backend_servers.backend_server]

    assert held() == [(one, 80, 30), (one, 81, 100)]
    slbs.do(
        "ModifyVServerGroupBackendServers",
        vserver_group_id=group,
        old_backend_servers=servers_of(one, Port=81),
        new_backend_servers=servers_of(two, Port=82),
    )
    assert held() == [(one, 80, 30), (two, 82, 100)]
    slbs.do(
        "SetVServerGroupAttribute",
        vserver_group_id=group,
        vserver_group_name="anew",
        backend_servers=servers_of(two, Port=82, Weight=5),
    )
    slbs.do(
        "RemoveVServerGroupBackendServers", vserver_group_id=group, backend_servers=servers_of(one, Port=80)
    )
    assert held() == [(two, 82, 5)]
    listed = slbs.do("DescribeVServerGroups", load_balancer_id=balancer).vserver_groups.vserver_group
    assert [(each.vserver_group_name, each.server_count) for each in listed] == [("anew", 1)]
    no_port = {"vserver_group_id": group, "backend_servers": servers_of(one)}
    assert slbs.refused("AddVServerGroupBackendServers", **no_port) == "InvalidBackendServers.MalFormed"
    slbs.do("DeleteVServerGroup", vserver_group_id=group)
    missing = {"vserver_group_id": group}
    assert slbs.refused("DescribeVServerGroupAttribute", **missing) == "InvalidVServerGroupId.NotFound"


def test_a_master_slave_group(slbs: Slbs, network: Network, instances: Instances) -> None:
    one, two = instances(2)
    balancer = slbs.balancer(v_switch_id=network.vswitch)
    pair = [
        {"ServerId": one, "Port": 80, "Weight": 100, "ServerType": "Master"},
        {"ServerId": two, "Port": 80, "Weight": 100, "ServerType": "Slave"},
    ]
    given = {"load_balancer_id": balancer, "master_slave_backend_servers": json.dumps(pair)}
    group = slbs.do("CreateMasterSlaveServerGroup", **given).master_slave_server_group_id
    found = slbs.do("DescribeMasterSlaveServerGroupAttribute", master_slave_server_group_id=group)
    roles = found.master_slave_backend_servers.master_slave_backend_server
    assert {each.server_id: each.server_type for each in roles} == {one: "Master", two: "Slave"}
    slbs.listen(balancer, 80, "TCP", master_slave_server_group_id=group, backend_server_port=None)
    assert slbs.listener(balancer, 80, "TCP").master_slave_server_group_id == group
    listed = slbs.do("DescribeMasterSlaveServerGroups", load_balancer_id=balancer, include_listener=True)
    [one_listed] = listed.master_slave_server_groups.master_slave_server_group
    assert [each.port for each in one_listed.associated_objects.listeners.listener] == [80]
    only = {"master_slave_server_group_id": group}
    assert slbs.refused("DeleteMasterSlaveServerGroup", **only) == "RspoolVipExist"
    slbs.do("DeleteLoadBalancerListener", load_balancer_id=balancer, listener_port=80)
    slbs.do("DeleteMasterSlaveServerGroup", **only)
    alone = {"load_balancer_id": balancer, "master_slave_backend_servers": json.dumps(pair[:1])}
    assert slbs.refused("CreateMasterSlaveServerGroup", **alone) == "InvalidBackendServers.MalFormed"
