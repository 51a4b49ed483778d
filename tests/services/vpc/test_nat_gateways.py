"""NAT gateways and SNAT entries, through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from vpc_clients import Vpcs

Refused = Callable[..., str]


class Ground(NamedTuple):
    """A gateway in a vSwitch, and its SNAT table."""

    vpc: str
    vswitch: str
    gateway: str
    table: str


@pytest.fixture
def ground(vpcs: Vpcs) -> Ground:
    id_ = vpcs.vpc()
    vswitch = vpcs.vswitch(id_)
    made = vpcs.do("CreateNatGateway", vpc_id=id_, v_switch_id=vswitch, name="gate", nat_type="Enhanced")
    return Ground(id_, vswitch, made.nat_gateway_id, made.snat_table_ids.snat_table_id[0])


def entries(vpcs: Vpcs, **filters: Any) -> list[Any]:
    return list(vpcs.do("DescribeSnatTableEntries", **filters).snat_table_entries.snat_table_entry)


def bind(vpcs: Vpcs, gateway: str) -> Any:
    made = vpcs.eip()
    vpcs.do("AssociateEipAddress", allocation_id=made.allocation_id, instance_id=gateway, instance_type="Nat")
    return made


def test_a_gateway_takes_an_address_of_its_vswitch(vpcs: Vpcs, ground: Ground) -> None:
    (found,) = vpcs.do("DescribeNatGateways", vpc_id=ground.vpc).nat_gateways.nat_gateway
    assert (found.nat_gateway_id, found.name, found.status) == (ground.gateway, "gate", "Available")
    assert found.snat_table_ids.snat_table_id == [ground.table]
    info = found.nat_gateway_private_info
    assert info.vswitch_id == ground.vswitch
    assert info.private_ip_address.startswith("10.0.0.")
    assert vpcs.do("DescribeVSwitchAttributes", v_switch_id=ground.vswitch).available_ip_address_count == 251
    assert vpcs.do("DescribeVpcs", vpc_id=ground.vpc).vpcs.vpc[0].nat_gateway_ids.nat_gateway_ids == [
        ground.gateway
    ]
    one = vpcs.do("GetNatGatewayAttribute", nat_gateway_id=ground.gateway)
    assert (one.name, one.snat_table.snat_entry_count, one.private_info.iz_no) == ("gate", 0, info.iz_no)


def test_a_gateway_is_changed(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    vpcs.do("ModifyNatGatewayAttribute", nat_gateway_id=ground.gateway, name="port", eip_bind_mode="NAT")
    (found,) = vpcs.do("DescribeNatGateways", name="port", vpc_id=ground.vpc).nat_gateways.nat_gateway
    assert (found.name, found.eip_bind_mode) == ("port", "NAT")
    missing = {"nat_gateway_id": "ngw-none", "name": "x"}
    assert refused(vpcs.do, "ModifyNatGatewayAttribute", **missing) == "InvalidNatGatewayId.NotFound"


def test_an_snat_entry_needs_an_address_of_the_gateway(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    stray = vpcs.eip().eip_address
    new = {"action": "CreateSnatEntry", "snat_table_id": ground.table, "source_vswitch_id": ground.vswitch}
    assert refused(vpcs.do, **new, snat_ip=stray) == "EIP_NOT_IN_GATEWAY"
    eip = bind(vpcs, ground.gateway)
    assert vpcs.find_eip(eip.allocation_id).status == "InUse"
    entry = vpcs.do(**new, snat_ip=eip.eip_address, snat_entry_name="n").snat_entry_id
    (found,) = entries(vpcs, snat_table_id=ground.table)
    assert (found.snat_entry_id, found.snat_ip, found.status) == (entry, eip.eip_address, "Available")
    assert (found.source_vswitch_id, found.source_cidr) == (ground.vswitch, "10.0.0.0/24")
    assert entries(vpcs, nat_gateway_id=ground.gateway, source_cidr="10.0.0.0/24")
    assert entries(vpcs, snat_table_id=ground.table, snat_entry_name="other") == []
    assert refused(vpcs.do, **new, snat_ip=eip.eip_address) == "Forbidden.SourceVSwitchId.Duplicated"
    assert (
        refused(vpcs.do, "DeleteVSwitch", v_switch_id=ground.vswitch) == "DependencyViolation.EnhancedNatgw"
    )
    leave = {"action": "UnassociateEipAddress", "allocation_id": eip.allocation_id}
    assert refused(vpcs.do, **leave) == "DependencyViolation.SnatEntry"
    assert (
        refused(vpcs.do, "DeleteNatGateway", nat_gateway_id=ground.gateway) == "DependencyViolation.SnatEntry"
    )
    vpcs.do("DeleteSnatEntry", snat_table_id=ground.table, snat_entry_id=entry)
    assert refused(vpcs.do, "DeleteNatGateway", nat_gateway_id=ground.gateway) == "DependencyViolation.EIPS"
    vpcs.do(**leave)
    vpcs.do("DeleteNatGateway", nat_gateway_id=ground.gateway)
    assert refused(entries, vpcs, snat_table_id=ground.table) == "InvalidSnatTableId.NotFound"


def test_an_entry_is_changed(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    one, two = bind(vpcs, ground.gateway), bind(vpcs, ground.gateway)
    new = {"action": "CreateSnatEntry", "snat_table_id": ground.table, "source_cidr": "10.0.0.0/25"}
    entry = vpcs.do(**new, snat_ip=one.eip_address).snat_entry_id
    named = {"snat_table_id": ground.table, "snat_entry_id": entry}
    both = f"{one.eip_address},{two.eip_address}"
    vpcs.do("ModifySnatEntry", **named, snat_ip=both, snat_entry_name="pair", eip_affinity=1)
    (found,) = entries(vpcs, **named)
    assert (found.snat_ip, found.snat_entry_name, found.eip_affinity) == (both, "pair", "1")
    vpcs.do("UnassociateEipAddress", allocation_id=one.allocation_id, force=True)
    assert entries(vpcs, **named)[0].snat_ip == two.eip_address
    missing = {"snat_table_id": ground.table, "snat_entry_id": "snat-none"}
    assert refused(vpcs.do, "DeleteSnatEntry", **missing) == "InvalidSnatEntryId.NotFound"


def test_a_forced_deletion_leaves_nothing_behind(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    eip = bind(vpcs, ground.gateway)
    new = {"snat_table_id": ground.table, "source_cidr": "10.0.0.0/25", "snat_ip": eip.eip_address}
    vpcs.do("CreateSnatEntry", **new)
    vpcs.do("DeletionProtection", instance_id=ground.gateway, type="NATGW", protection_enable=True)
    delete = {"action": "DeleteNatGateway", "nat_gateway_id": ground.gateway, "force": True}
    assert refused(vpcs.do, **delete) == "InvalidOperation.DeletionProtection"
    vpcs.do("DeletionProtection", instance_id=ground.gateway, type="NATGW", protection_enable=False)
    vpcs.do(**delete)
    assert vpcs.find_eip(eip.allocation_id).status == "Available"
    vpcs.do("DeleteVSwitch", v_switch_id=ground.vswitch)
    vpcs.do("DeleteVpc", vpc_id=ground.vpc)


def test_what_a_gateway_cannot_be(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    new = {"action": "CreateNatGateway", "vpc_id": ground.vpc}
    assert refused(vpcs.do, **new) == "MissingParameter"
    assert refused(vpcs.do, **new, v_switch_id="vsw-none") == "InvalidVswitchID.NotFound"
    foreign = vpcs.vswitch(vpcs.vpc())
    assert refused(vpcs.do, **new, v_switch_id=foreign) == "InvalidParameter.VSwitchId"
    assert refused(vpcs.do, **new, v_switch_id=ground.vswitch, nat_type="Normal") == "InvalidParameter"
    private = {"v_switch_id": ground.vswitch, "private_link_enabled": True}
    assert refused(vpcs.do, **new, **private) == "InvalidParameter.NotImplemented"


def test_entries_of_destination_nat_are_missing_by_name(vpcs: Vpcs, ground: Ground, refused: Refused) -> None:
    new = {
        "forward_table_id": "ftb-1",
        "external_ip": "198.19.1.1",
        "external_port": "80",
        "internal_ip": "10.0.0.1",
        "internal_port": "80",
        "ip_protocol": "TCP",
    }
    assert refused(vpcs.do, "CreateForwardEntry", **new) == "InvalidAction.NotImplemented"
