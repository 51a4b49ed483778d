"""Route tables and their entries, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alibabacloud_vpc20160428 import models
from vpc_clients import Vpcs

Refused = Callable[..., str]


def tables(vpcs: Vpcs, **filters: Any) -> list[Any]:
    return list(vpcs.do("DescribeRouteTableList", **filters).router_table_list.router_table_list_type)


def entries(vpcs: Vpcs, table: str, **filters: Any) -> list[Any]:
    return list(vpcs.do("DescribeRouteEntryList", route_table_id=table, **filters).route_entrys.route_entry)


def gateway(vpcs: Vpcs, vpc_id: str, vswitch: str) -> str:
    return str(vpcs.do("CreateNatGateway", vpc_id=vpc_id, v_switch_id=vswitch).nat_gateway_id)


def test_the_system_table_counts_until_a_custom_one_is_associated(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc()
    one, two = vpcs.vswitch(id_, "10.0.0.0/24"), vpcs.vswitch(id_, "10.0.1.0/24")
    made = vpcs.do("CreateRouteTable", vpc_id=id_, route_table_name="mine", description="d").route_table_id
    vpcs.do("AssociateRouteTable", route_table_id=made, v_switch_id=two)
    custom, system = tables(vpcs, vpc_id=id_)
    assert (custom.route_table_id, custom.route_table_type, custom.route_table_name) == (
        made,
        "Custom",
        "mine",
    )
    assert (custom.v_switch_ids.v_switch_id, system.v_switch_ids.v_switch_id) == ([two], [one])
    assert system.route_table_type == "System"
    assert vpcs.do("DescribeVSwitchAttributes", v_switch_id=two).route_table.route_table_id == made
    pair = {"route_table_id": made, "v_switch_id": two}
    assert refused(vpcs.do, "AssociateRouteTable", **pair) == "ResourceAlreadyAssociated.VSwitch"
    assert refused(vpcs.do, "DeleteRouteTable", route_table_id=made) == "DependencyViolation.VSwitch"
    assert refused(vpcs.do, "DeleteVSwitch", v_switch_id=two) == "DependencyViolation.RouteTable"
    vpcs.do("UnassociateRouteTable", **pair)
    assert refused(vpcs.do, "UnassociateRouteTable", **pair) == "ResourceNotAssociated.VSwitch"
    vpcs.do("DeleteRouteTable", route_table_id=made)
    assert [each.route_table_id for each in tables(vpcs, vpc_id=id_)] == [system.route_table_id]


def test_what_stays_apart(vpcs: Vpcs, refused: Refused) -> None:
    id_, other = vpcs.vpc(), vpcs.vpc()
    foreign = vpcs.vswitch(other)
    made = vpcs.do("CreateRouteTable", vpc_id=id_).route_table_id
    system = tables(vpcs, vpc_id=id_, route_table_type="System")[0].route_table_id
    own = vpcs.vswitch(id_)
    pair = {"route_table_id": made, "v_switch_id": foreign}
    assert refused(vpcs.do, "AssociateRouteTable", **pair) == "InvalidParameter.VSwitchId"
    pair = {"route_table_id": system, "v_switch_id": own}
    assert refused(vpcs.do, "AssociateRouteTable", **pair) == "OperationDenied.SystemRouteTable"
    assert refused(vpcs.do, "DeleteRouteTable", route_table_id=system) == "OperationDenied.SystemRouteTable"
    assert refused(vpcs.do, "DeleteRouteTable", route_table_id="vtb-none") == "InvalidRouteTable.NotFound"
    assert refused(entries, vpcs, "vtb-none") == "InvalidRouteTable.NotFound"


def test_there_may_be_nine_custom_tables(vpcs: Vpcs, refused: Refused) -> None:
    id_ = vpcs.vpc()
    for _ in range(9):
        vpcs.do("CreateRouteTable", vpc_id=id_)
    assert refused(vpcs.do, "CreateRouteTable", vpc_id=id_) == "QuotaExceeded.RouteTable"


def test_a_table_is_found_by_what_it_is(vpcs: Vpcs) -> None:
    group = vpcs.group()
    made = vpcs.do("CreateVpc", resource_group_id=group)
    tag = models.CreateRouteTableRequestTag(key="table", value="x")
    custom = vpcs.do("CreateRouteTable", vpc_id=made.vpc_id, route_table_name="nm", tag=[tag]).route_table_id
    vpcs.do("ModifyRouteTableAttributes", route_table_id=made.route_table_id, route_table_name="sys")
    by_tag = models.DescribeRouteTableListRequestTag(key="table")

    def ids(**filters: Any) -> list[str]:
        return [each.route_table_id for each in tables(vpcs, vpc_id=made.vpc_id, **filters)]

    assert ids() == [custom, made.route_table_id]
    assert ids(route_table_name="sys") == [made.route_table_id]
    assert ids(route_table_type="Custom") == [custom]
    assert ids(tag=[by_tag]) == [custom]
    assert ids(tag=[by_tag], route_table_type="System") == []
    assert ids(resource_group_id=group) == [custom, made.route_table_id]
    found = vpcs.do("DescribeRouteTables", vrouter_id=made.vrouter_id).route_tables.route_table
    assert [each.route_table_id for each in found] == [custom, made.route_table_id]


def test_system_entries_follow_the_vswitches(vpcs: Vpcs) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    vswitch = vpcs.vswitch(made.vpc_id, "10.5.0.0/24")

    def routes() -> dict[str, str]:
        found = entries(vpcs, made.route_table_id, route_entry_type="System")
        return {each.destination_cidr_block: each.next_hops.next_hop[0].next_hop_type for each in found}

    assert routes() == {"100.64.0.0/10": "service", "10.5.0.0/24": "local"}
    vpcs.do("DeleteVSwitch", v_switch_id=vswitch)
    assert routes() == {"100.64.0.0/10": "service"}


def test_a_custom_entry_is_made_changed_and_deleted(vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    table = made.route_table_id
    vswitch = vpcs.vswitch(made.vpc_id)
    one, two = gateway(vpcs, made.vpc_id, vswitch), gateway(vpcs, made.vpc_id, vswitch)
    new = {
        "action": "CreateRouteEntry",
        "route_table_id": table,
        "destination_cidr_block": "0.0.0.0/0",
        "next_hop_type": "NatGateway",
        "next_hop_id": one,
    }
    entry = vpcs.do(**new, route_entry_name="out", description="d").route_entry_id
    assert refused(vpcs.do, **new) == "RouterEntryConflict.Duplicated"
    (found,) = entries(vpcs, table, destination_cidr_block="0.0.0.0/0")
    assert (found.route_entry_id, found.type, found.status) == (entry, "Custom", "Available")
    assert (found.route_entry_name, found.description) == ("out", "d")
    assert found.next_hops.next_hop[0].next_hop_id == one
    named = {"route_table_id": table, "destination_cidr_block": "0.0.0.0/0"}
    vpcs.do("ModifyRouteEntry", **named, route_entry_name="way", new_next_hop_id=two)
    (found,) = entries(vpcs, table, route_entry_type="Custom")
    assert (found.route_entry_name, found.next_hops.next_hop[0].next_hop_id) == ("way", two)
    shown = vpcs.do("DescribeRouteTables", route_table_id=table).route_tables.route_table[0]
    assert len(shown.route_entrys.route_entry) == 3
    assert refused(vpcs.do, "DeleteRouteEntry", **named, next_hop_id=one) == "InvalidRouteEntry.NotFound"
    assert refused(vpcs.do, "DeleteNatGateway", nat_gateway_id=two) == "DependencyViolation.RouteEntry"
    vpcs.do("DeleteRouteEntry", **named, next_hop_id=two)
    assert entries(vpcs, table, route_entry_type="Custom") == []
    again = vpcs.do(**new).route_entry_id
    vpcs.do("DeleteRouteEntry", route_entry_id=again)
    assert refused(vpcs.do, "DeleteRouteEntry", route_entry_id=again) == "InvalidRouteEntry.NotFound"
    assert refused(vpcs.do, "DeleteRouteEntry") == "MissingParameter"


def test_an_entry_that_cannot_be(vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    vswitch = vpcs.vswitch(made.vpc_id, "10.0.0.0/24")
    hop = gateway(vpcs, made.vpc_id, vswitch)
    foreign_vpc = vpcs.vpc()
    foreign = gateway(vpcs, foreign_vpc, vpcs.vswitch(foreign_vpc))

    def code(destination: str, type_: str = "NatGateway", id_: str = hop) -> str:
        return refused(
            vpcs.do,
            "CreateRouteEntry",
            route_table_id=made.route_table_id,
            destination_cidr_block=destination,
            next_hop_type=type_,
            next_hop_id=id_,
        )

    assert code("100.64.1.0/24") == "InvalidDestCidrBlock"
    assert code("10.0.0.0/24") == "InvalidDestCidrBlock"
    assert code("10.0.0.64/26") == "InvalidDestCidrBlock"
    assert code("::/0") == "InvalidDestCidrBlock"
    assert code("0.0.0.0/0", id_="ngw-none") == "InvalidNextHop.NotFound"
    assert code("0.0.0.0/0", "Instance", "i-none") == "InvalidNextHop.NotFound"
    assert code("0.0.0.0/0", id_=foreign) == "InvalidParameter.NextHopId"
    assert code("0.0.0.0/0", "VpnGateway") == "InvalidParameter"


def test_several_entries_at_once(vpcs: Vpcs) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    table = made.route_table_id
    hop = gateway(vpcs, made.vpc_id, vpcs.vswitch(made.vpc_id))
    new = [
        models.CreateRouteEntriesRequestRouteEntries(
            route_table_id=table, dst_cidr_block=block, next_hop=hop, next_hop_type="NatGateway"
        )
        for block in ("172.16.0.0/16", "172.16.0.0/16", "172.17.0.0/16")
    ]
    answer = vpcs.do("CreateRouteEntries", route_entries=new)
    assert (answer.success_count, answer.failed_count, len(answer.route_entry_ids)) == (2, 1, 2)
    assert answer.failed_route_entries[0].failed_code == "RouterEntryConflict.Duplicated"
    old = [
        models.DeleteRouteEntriesRequestRouteEntries(route_table_id=table, dst_cidr_block=block, next_hop=hop)
        for block in ("172.16.0.0/16", "172.18.0.0/16")
    ]
    answer = vpcs.do("DeleteRouteEntries", route_entries=old)
    assert (answer.success_count, answer.failed_count) == (1, 1)
    left = entries(vpcs, table, route_entry_type="Custom")
    assert [each.destination_cidr_block for each in left] == ["172.17.0.0/16"]


def test_entries_are_listed_in_pages(vpcs: Vpcs) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    for number in range(4):
        vpcs.vswitch(made.vpc_id, f"10.0.{number}.0/24")
    seen, token = [], None
    while True:
        asked = {"route_table_id": made.route_table_id, "max_result": 2, "next_token": token}
        body = vpcs.do("DescribeRouteEntryList", **asked)
        assert body.total_count == 5
        seen += [each.destination_cidr_block for each in body.route_entrys.route_entry]
        token = body.next_token
        if not token:
            break
    assert sorted(seen) == ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "100.64.0.0/10"]


def test_nothing_is_published(vpcs: Vpcs) -> None:
    made = vpcs.do("CreateVpc")
    asked = {"route_table_id": made.route_table_id, "target_type": "ECR"}
    assert vpcs.do("ListVpcPublishedRouteEntries", **asked).route_entries == []
