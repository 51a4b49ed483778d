"""Load balancers, through the official SDK."""

from __future__ import annotations

from collections.abc import Callable

from alb_clients import ZONES, Albs

Refused = Callable[..., str]


def test_a_load_balancer_has_an_address_in_each_zone(albs: Albs) -> None:
    balancer = albs.balancer(load_balancer_name="front", tag=[{"key": "team", "value": "shop"}])
    shown = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer)
    assert shown.load_balancer_status == "Active"
    assert shown.load_balancer_name == "front"
    assert shown.vpc_id == albs.network()[0]
    assert balancer in shown.dnsname
    assert [each.zone_id for each in shown.zone_mappings] == list(ZONES)
    for index, zone in enumerate(shown.zone_mappings):
        assert zone.load_balancer_addresses[0].intranet_address.startswith(f"10.{index}.")
        assert not zone.load_balancer_addresses[0].address
    assert shown.tags[0].key == "team"
    assert shown.deletion_protection_config.enabled is False
    assert shown.load_balancer_billing_config.pay_type == "PostPay"


def test_public_addresses_come_and_go_and_private_ones_stay(albs: Albs) -> None:
    balancer = albs.balancer(address_type="Internet")
    before = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer)
    addresses = [each.load_balancer_addresses[0] for each in before.zone_mappings]
    assert all(each.address.startswith("198.19.") for each in addresses)
    albs.do("UpdateLoadBalancerAddressTypeConfig", load_balancer_id=balancer, address_type="Intranet")
    after = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer)
    assert after.address_type == "Intranet"
    assert [each.load_balancer_addresses[0].address for each in after.zone_mappings] == ["", ""]
    assert [each.load_balancer_addresses[0].intranet_address for each in after.zone_mappings] == [
        each.intranet_address for each in addresses
    ]


def test_zones_are_exchanged(albs: Albs, refused: Refused) -> None:
    balancer = albs.balancer()
    _, vswitches = albs.network()
    one = [{"zone_id": ZONES[0], "v_switch_id": vswitches[0]}]
    before = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings[0]
    albs.do("UpdateLoadBalancerZones", load_balancer_id=balancer, zone_mappings=one)
    after = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    assert [each.to_map() for each in after] == [before.to_map()]
    wrong = [{"zone_id": ZONES[1], "v_switch_id": vswitches[0]}]
    update = ("UpdateLoadBalancerZones",)
    assert refused(albs.do, *update, load_balancer_id=balancer, zone_mappings=wrong) == "Mismatch.ZoneId"
    twice = [*one, *one]
    assert (
        refused(albs.do, *update, load_balancer_id=balancer, zone_mappings=twice)
        == "ResourceAlreadyExist.ZoneMapping"
    )


def test_a_load_balancer_is_renamed_and_protected(albs: Albs, refused: Refused) -> None:
    balancer = albs.balancer()
    albs.do("UpdateLoadBalancerAttribute", load_balancer_id=balancer, load_balancer_name="other")
    albs.do("UpdateLoadBalancerEdition", load_balancer_id=balancer, load_balancer_edition="Basic")
    albs.do("EnableDeletionProtection", resource_id=balancer)
    shown = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer)
    assert (shown.load_balancer_name, shown.load_balancer_edition) == ("other", "Basic")
    assert shown.deletion_protection_config.enabled_time
    delete = ("DeleteLoadBalancer",)
    assert refused(albs.do, *delete, load_balancer_id=balancer) == "OperationDenied.DeletionProtection"
    albs.do("DisableDeletionProtection", resource_id=balancer)
    albs.settle(albs.do(*delete, load_balancer_id=balancer).job_id)
    assert refused(albs.do, *delete, load_balancer_id=balancer) == "ResourceNotFound.LoadBalancer"


def test_deleting_gives_the_addresses_back(albs: Albs) -> None:
    wanted = {"zone_id": ZONES[0], "v_switch_id": albs.network()[1][0], "intranet_address": "10.0.77.77"}
    for _ in range(2):
        balancer = albs.balancer(zone_mappings=[wanted])
        albs.do("DeleteLoadBalancer", load_balancer_id=balancer)


def test_load_balancers_are_listed_in_pages(albs: Albs) -> None:
    made = [
        albs.balancer(load_balancer_name="listed", tag=[{"key": "page", "value": "yes"}]) for _ in range(3)
    ]
    asked = {"tag": [{"key": "page", "value": "yes"}], "max_results": 2}
    first = albs.do("ListLoadBalancers", **asked)
    second = albs.do("ListLoadBalancers", next_token=first.next_token, **asked)
    assert [each.load_balancer_id for each in (*first.load_balancers, *second.load_balancers)] == made[::-1]
    assert first.total_count == 3
    assert not second.next_token
    some = albs.do("ListLoadBalancers", load_balancer_ids=made[:1], vpc_ids=[albs.network()[0]])
    assert [each.load_balancer_id for each in some.load_balancers] == made[:1]
    assert not albs.do("ListLoadBalancers", load_balancer_ids=made, address_type="Internet").load_balancers


def test_what_yunbox_has_not_is_refused_by_name(albs: Albs, refused: Refused) -> None:
    assert refused(albs.balancer, address_ip_version="DualStack") == "InvalidParameter"
    assert refused(albs.balancer, load_balancer_name="1") == "IllegalParam.LoadBalancerName"
    assert refused(albs.balancer, vpc_id="vpc-none") == "ResourceNotFound.Vpc"
    missing = "InvalidAction.NotImplemented"
    balancer = albs.balancer()
    log = {"log_project": "logs", "log_store": "alb"}
    assert refused(albs.do, "EnableLoadBalancerAccessLog", load_balancer_id=balancer, **log) == missing


def test_the_regions_and_zones_are_those_of_the_cloud(albs: Albs) -> None:
    regions = albs.do("DescribeRegions", accept_language="en-US").regions
    assert "cn-hangzhou" in {each.region_id for each in regions}
    zones = albs.do("DescribeZones", accept_language="en-US").zones
    assert set(ZONES) <= {each.zone_id for each in zones}


def test_an_elastic_address_is_the_public_one_of_a_zone(albs: Albs, refused: Refused) -> None:
    eip = albs.eip()
    mapping = {"zone_id": ZONES[0], "v_switch_id": albs.network()[1][0], "allocation_id": eip.allocation_id}
    given = {"address_type": "Internet", "zone_mappings": [mapping]}
    balancer = albs.balancer(**given)
    (zone,) = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    (address,) = zone.load_balancer_addresses
    assert (address.address, address.allocation_id) == (eip.eip_address, eip.allocation_id)
    assert refused(albs.balancer, **given) == "IncorrectEipStatus"
    assert refused(albs.unbind, eip.allocation_id) == "DependencyViolation.Alb"
    albs.do("UpdateLoadBalancerAddressTypeConfig", load_balancer_id=balancer, address_type="Intranet")
    again = {"load_balancer_id": balancer, "address_type": "Internet", "zone_mappings": [mapping]}
    albs.do("UpdateLoadBalancerAddressTypeConfig", **again)
    (zone,) = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    assert zone.load_balancer_addresses[0].address == eip.eip_address
    albs.do("DeleteLoadBalancer", load_balancer_id=balancer)
    albs.do("DeleteLoadBalancer", load_balancer_id=albs.balancer(**given))


def test_traffic_is_led_away_from_a_zone(albs: Albs, refused: Refused) -> None:
    balancer = albs.balancer()
    first, second = (
        {"zone_id": zone, "v_switch_id": each} for zone, each in zip(ZONES, albs.network()[1], strict=True)
    )
    albs.do("StartShiftLoadBalancerZones", load_balancer_id=balancer, zone_mappings=[first])
    zones = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    assert [each.status for each in zones] == ["Shifted", "Active"]
    rest = {"load_balancer_id": balancer, "zone_mappings": [second]}
    assert refused(albs.do, "StartShiftLoadBalancerZones", **rest) == "OperationDenied.OnlyOneZone"
    albs.do("CancelShiftLoadBalancerZones", load_balancer_id=balancer, zone_mappings=[first])
    zones = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    assert [each.status for each in zones] == ["Active", "Active"]
