"""Who may do what to which resource of Vpc."""

from __future__ import annotations

from collections.abc import Callable

from alibabacloud_vpc20160428 import models
from running import RunningCloud
from services.ram.callers import allow, make_user, root
from services.sdk import REGION, configured
from vpc_clients import Vpcs

Refused = Callable[..., str]
FORBIDDEN = "Forbidden.RAM"


def as_user(cloud: RunningCloud, *allowed: tuple[str, str]) -> Vpcs:
    """Return the SDK of a user who may do each action to each resource (`vpc/*`) of the region."""
    statements = [allow(f"vpc:{action}", resource=f"acs:vpc:{REGION}:*:{on}") for action, on in allowed]
    _, user = make_user(root(cloud), *statements)
    return Vpcs(configured(cloud, keys=(user.key, user.secret)))


def test_a_permission_is_for_one_vpc(cloud: RunningCloud, vpcs: Vpcs, refused: Refused) -> None:
    one, two = vpcs.vpc(), vpcs.vpc()
    user = as_user(cloud, ("DeleteVpc", f"vpc/{one}"), ("DescribeVpcs", "vpc/*"))
    assert user.do("DescribeVpcs", vpc_id=two).total_count == 1
    assert refused(user.do, "DescribeVpcAttribute", vpc_id=one) == FORBIDDEN
    assert refused(user.do, "DeleteVpc", vpc_id=two) == FORBIDDEN
    assert refused(user.do, "DeleteVpc", vpc_id="vpc-none") == FORBIDDEN
    assert refused(user.vpc) == FORBIDDEN
    user.do("DeleteVpc", vpc_id=one)


def test_a_route_entry_is_its_tables(cloud: RunningCloud, vpcs: Vpcs, refused: Refused) -> None:
    made = vpcs.do("CreateVpc", cidr_block="10.0.0.0/8")
    other = vpcs.do("CreateRouteTable", vpc_id=made.vpc_id).route_table_id
    vswitch = vpcs.vswitch(made.vpc_id)
    hop = vpcs.do("CreateNatGateway", vpc_id=made.vpc_id, v_switch_id=vswitch).nat_gateway_id
    user = as_user(
        cloud,
        ("CreateRouteEntry", f"routetable/{made.route_table_id}"),
        ("CreateRouteEntries", f"routetable/{made.route_table_id}"),
        ("DeleteRouteEntry", f"routetable/{made.route_table_id}"),
        ("DeleteRouteEntries", f"routetable/{made.route_table_id}"),
        ("ModifyRouteEntry", f"routetable/{made.route_table_id}"),
    )
    new = {"next_hop_type": "NatGateway", "next_hop_id": hop, "destination_cidr_block": "0.0.0.0/0"}
    theirs = vpcs.do("CreateRouteEntry", route_table_id=other, **new).route_entry_id
    own = user.do("CreateRouteEntry", route_table_id=made.route_table_id, **new).route_entry_id
    assert refused(user.do, "CreateRouteEntry", route_table_id=other, **new) == FORBIDDEN
    user.do("ModifyRouteEntry", route_entry_id=own, description="d")
    assert refused(user.do, "ModifyRouteEntry", route_entry_id=theirs, description="d") == FORBIDDEN
    assert refused(user.do, "DeleteRouteEntry", route_entry_id=theirs) == FORBIDDEN
    both = [
        models.CreateRouteEntriesRequestRouteEntries(
            route_table_id=table, dst_cidr_block="172.16.0.0/12", next_hop=hop, next_hop_type="NatGateway"
        )
        for table in (made.route_table_id, other)
    ]
    assert refused(user.do, "CreateRouteEntries", route_entries=both) == FORBIDDEN
    assert user.do("CreateRouteEntries", route_entries=both[:1]).success_count == 1
    old = [
        models.DeleteRouteEntriesRequestRouteEntries(route_table_id=table, dst_cidr_block="172.16.0.0/12")
        for table in (made.route_table_id, other)
    ]
    assert refused(user.do, "DeleteRouteEntries", route_entries=old) == FORBIDDEN
    # An entry of another table is not deleted by naming one's own.
    sly = [
        models.DeleteRouteEntriesRequestRouteEntries(
            route_table_id=made.route_table_id, route_entry_id=theirs
        )
    ]
    assert user.do("DeleteRouteEntries", route_entries=sly).failed_count == 1
    sly_one = {"route_table_id": made.route_table_id, "route_entry_id": theirs}
    assert refused(user.do, "DeleteRouteEntry", **sly_one) == "InvalidRouteEntry.NotFound"
    user.do("DeleteRouteEntry", route_entry_id=own)


def test_protection_is_the_resources(cloud: RunningCloud, vpcs: Vpcs, refused: Refused) -> None:
    one, two = vpcs.eip().allocation_id, vpcs.eip().allocation_id
    user = as_user(cloud, ("DeletionProtection", f"eip/{one}"))
    user.do("DeletionProtection", instance_id=one, type="EIP", protection_enable=True)
    protect = {"instance_id": two, "type": "EIP", "protection_enable": True}
    assert refused(user.do, "DeletionProtection", **protect) == FORBIDDEN
    missing = {"instance_id": "eip-none", "type": "NATGW", "protection_enable": True}
    assert refused(vpcs.do, "DeletionProtection", **missing) == "DeletionProtection.ResourceNotExist"


def test_a_permission_of_another_region_does_not_count(cloud: RunningCloud, refused: Refused) -> None:
    _, user = make_user(root(cloud), allow("vpc:*", resource="acs:vpc:cn-beijing:*:*"))
    here = Vpcs(configured(cloud, keys=(user.key, user.secret)))
    there = Vpcs(configured(cloud, "cn-beijing", keys=(user.key, user.secret)))
    assert refused(here.vpc) == FORBIDDEN
    assert refused(here.do, "DescribeVpcs") == FORBIDDEN
    id_ = there.vpc()
    assert there.do("DescribeVpcs", vpc_id=id_).total_count == 1


def test_a_request_sent_twice_makes_one_vpc(vpcs: Vpcs, refused: Refused) -> None:
    first = vpcs.vpc(client_token="once-only-vpc")
    assert vpcs.vpc(client_token="once-only-vpc") == first
    again = refused(vpcs.vpc, "10.1.0.0/16", client_token="once-only-vpc")
    assert again == "IdempotentParameterMismatch"


def test_a_dry_run_makes_nothing(vpcs: Vpcs, refused: Refused) -> None:
    before = vpcs.do("DescribeVpcs").total_count
    assert refused(vpcs.vpc, dry_run=True) == "DryRunOperation"
    assert refused(vpcs.vpc, "10.0.0.0/30", dry_run=True) == "InvalidCidrBlock.Malformed"
    assert vpcs.do("DescribeVpcs").total_count == before


def test_a_denial_counts_in_whatever_case_the_type_is_written(
    cloud: RunningCloud, vpcs: Vpcs, refused: Refused
) -> None:
    id_, group = vpcs.vpc(), vpcs.group()
    deny = {"Effect": "Deny", "Action": "vpc:*", "Resource": f"acs:vpc:*:*:vpc/{id_}"}
    _, user = make_user(root(cloud), allow("vpc:*"), deny)
    limited = Vpcs(configured(cloud, keys=(user.key, user.secret)))
    tag = models.TagResourcesRequestTag(key="k", value="v")
    for type_ in ("VPC", "vpc", "Vpc", "vPC"):
        one = {"resource_type": type_, "resource_id": [id_]}
        assert refused(limited.do, "TagResources", **one, tag=[tag]) == FORBIDDEN
        assert refused(limited.do, "UnTagResources", **one, tag_key=["k"]) == FORBIDDEN
        assert refused(limited.do, "ListTagResources", **one) == FORBIDDEN
        move = {"resource_type": type_, "resource_id": id_, "new_resource_group_id": group}
        assert refused(limited.do, "MoveResourceGroup", **move) == FORBIDDEN
    other = vpcs.vpc()
    assert (
        refused(limited.do, "TagResources", resource_type="VPC", resource_id=[other, id_], tag=[tag])
        == FORBIDDEN
    )
    limited.do("TagResources", resource_type="VPC", resource_id=[other], tag=[tag])
    own = as_user(cloud, ("TagResources", f"vpc/{other}"))
    own.do("TagResources", resource_type="VPC", resource_id=[other], tag=[tag])
