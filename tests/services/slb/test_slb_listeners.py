"""Listeners, forwarding rules and who may connect, through the SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alibabacloud_slb20140515 import models
from services.ecs.ecs_clients import wait_for
from services.slb.slb_clients import Slbs


def test_a_new_listener_is_as_the_vendor_makes_it(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer, 80, health_check="on")
    found = slbs.listener(balancer)
    assert (found.status, found.scheduler, found.bandwidth) == ("stopped", "wrr", -1)
    assert (found.backend_server_port, found.description) == (8080, None)
    assert (found.health_check, found.health_check_uri, found.health_check_method) == ("on", "/", "head")
    assert (found.health_check_interval, found.health_check_timeout) == (2, 5)
    assert (found.healthy_threshold, found.unhealthy_threshold) == (3, 3)
    assert found.health_check_http_code == "http_2xx"
    assert (found.idle_timeout, found.request_timeout, found.gzip) == (15, 60, "on")
    assert (found.xforwarded_for, found.xforwarded_for_proto) == ("on", "off")
    assert (found.sticky_session, found.acl_status, found.listener_forward) == ("off", "off", "off")
    assert found.rules.rule == []
    slbs.listen(balancer, 81, "TCP")
    tcp = slbs.listener(balancer, 81, "TCP")
    assert (tcp.health_check, tcp.health_check_type, tcp.established_timeout) == ("on", "tcp", 900)
    assert (tcp.persistence_timeout, tcp.connection_drain) == (0, "off")
    whole = slbs.describe(balancer)
    assert whole.listener_ports.listener_port == [80, 81]
    ports = whole.listener_ports_and_protocol.listener_port_and_protocol
    assert [(each.listener_port, each.listener_protocol) for each in ports] == [(80, "http"), (81, "tcp")]


@pytest.mark.parametrize(
    ("protocol", "parameters", "code"),
    [
        ("HTTP", {"backend_server_port": None}, "MissingParameter"),
        ("HTTP", {"sticky_session": "on"}, "MissingParameter"),
        ("HTTP", {"sticky_session": "on", "sticky_session_type": "insert"}, "MissingParameter"),
        ("HTTP", {"sticky_session": "on", "sticky_session_type": "server"}, "MissingParameter"),
        ("HTTP", {"scheduler": "sch"}, "InvalidParameter"),
        ("HTTP", {"health_check_http_code": "http_6xx"}, "InvalidParameter"),
        ("HTTP", {"healthy_threshold": 1}, "InvalidParameter"),
        ("HTTP", {"vserver_group_id": "rsp-none"}, "InvalidVServerGroupId.NotFound"),
        ("HTTP", {"acl_status": "on"}, "MissingParameter"),
        ("HTTP", {"acl_status": "on", "acl_type": "white", "acl_id": "acl-none"}, "AclNotExist"),
        ("HTTP", {"listener_forward": "on"}, "MissingParameter"),
        ("HTTPS", {}, "MissingParameter"),
        ("HTTPS", {"server_certificate_id": "cert-none"}, "ServerCertificateId.NotFound"),
        ("TCP", {"connection_drain": "on"}, "MissingParameter"),
        ("UDP", {}, "InvalidAction.NotImplemented"),
    ],
)
def test_what_no_listener_can_be(slbs: Slbs, protocol: str, parameters: dict[str, Any], code: str) -> None:
    balancer = slbs.balancer()
    given: dict[str, Any] = {"load_balancer_id": balancer, "listener_port": 80, "backend_server_port": 8080}
    given |= {"health_check": "off"} if protocol.startswith("HTTP") else {}
    given |= {"bandwidth": -1} | parameters
    assert slbs.refused(f"CreateLoadBalancer{protocol}Listener", **given) == code


def test_a_port_is_one_listeners(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer)
    tcp = {"load_balancer_id": balancer, "listener_port": 80, "backend_server_port": 80, "bandwidth": -1}
    assert slbs.refused("CreateLoadBalancerTCPListener", **tcp) == "ListenerAlreadyExists"
    assert slbs.refused("CreateLoadBalancerTCPListener", **(tcp | {"load_balancer_id": "lb-none"})) == (
        "InvalidLoadBalancerId.NotFound"
    )
    missing = {"load_balancer_id": balancer, "listener_port": 82}
    assert slbs.refused("DescribeLoadBalancerHTTPListenerAttribute", **missing) == "InvalidParameter"
    assert slbs.refused("StartLoadBalancerListener", **missing) == "InvalidParameter"


def test_a_listener_is_changed(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer)
    group = slbs.do("CreateVServerGroup", load_balancer_id=balancer, vserver_group_name="g").vserver_group_id
    slbs.do(
        "SetLoadBalancerHTTPListenerAttribute",
        load_balancer_id=balancer,
        listener_port=80,
        scheduler="rr",
        description="mine",
        vserver_group="on",
        vserver_group_id=group,
        sticky_session="on",
        sticky_session_type="insert",
        cookie_timeout=30,
        health_check="on",
        health_check_uri="/up",
        health_check_domain="example.com",
        health_check_http_code="http_2xx,http_3xx",
        gzip="off",
        idle_timeout=20,
        request_timeout=90,
        xforwarded_for_proto="on",
        xforwarded_for_slbid="on",
    )
    found = slbs.listener(balancer)
    assert (found.scheduler, found.description, found.vserver_group_id) == ("rr", "mine", group)
    assert (found.sticky_session_type, found.cookie_timeout) == ("insert", 30)
    assert (found.health_check_uri, found.health_check_domain) == ("/up", "example.com")
    assert (found.gzip, found.idle_timeout, found.request_timeout) == ("off", 20, 90)
    assert (found.xforwarded_for_proto, found.xforwarded_for_slbid) == ("on", "on")
    groups = slbs.do("DescribeVServerGroups", load_balancer_id=balancer, include_listener=True)
    listed = groups.vserver_groups.vserver_group[0]
    assert [each.port for each in listed.associated_objects.listeners.listener] == [80]
    assert slbs.refused("DeleteVServerGroup", vserver_group_id=group) == "RspoolVipExist"
    slbs.do(
        "SetLoadBalancerHTTPListenerAttribute",
        load_balancer_id=balancer,
        listener_port=80,
        vserver_group="off",
        sticky_session="off",
    )
    found = slbs.listener(balancer)
    assert (found.vserver_group_id, found.sticky_session, found.cookie_timeout) == (None, "off", None)
    slbs.do("DeleteVServerGroup", vserver_group_id=group)


def test_listeners_are_listed_page_by_page(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    for port in (80, 81, 82):
        slbs.listen(
            balancer, port, tag=[models.CreateLoadBalancerHTTPListenerRequestTag(key="p", value=str(port))]
        )
    slbs.listen(balancer, 90, "TCP")

    def page(**filters: Any) -> Any:
        return slbs.do("DescribeLoadBalancerListeners", load_balancer_id=[balancer], **filters)

    first = page(max_results=3)
    assert ([each.listener_port for each in first.listeners], first.total_count) == ([80, 81, 82], 4)
    rest = page(max_results=3, next_token=first.next_token)
    assert [each.listener_port for each in rest.listeners] == [90]
    assert rest.next_token is None
    assert rest.listeners[0].tcplistener_config.health_check_type == "tcp"
    assert page(listener_protocol="http", listener_port=81).listeners[0].httplistener_config.gzip == "on"
    tagged = page(tag=[models.DescribeLoadBalancerListenersRequestTag(key="p", value="82")])
    assert [each.listener_port for each in tagged.listeners] == [82]


def test_a_listener_runs_and_stops(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer)
    slbs.start(balancer)
    slbs.do("SetLoadBalancerStatus", load_balancer_id=balancer, load_balancer_status="inactive")
    wait_for(lambda: slbs.listener(balancer).status == "stopped")
    slbs.do("SetLoadBalancerStatus", load_balancer_id=balancer, load_balancer_status="active")
    wait_for(lambda: slbs.listener(balancer).status == "running")
    slbs.do("StopLoadBalancerListener", load_balancer_id=balancer, listener_port=80, listener_protocol="http")
    wait_for(lambda: slbs.listener(balancer).status == "stopped")
    slbs.do("DeleteLoadBalancerListener", load_balancer_id=balancer, listener_port=80)
    gone = {"load_balancer_id": balancer, "listener_port": 80}
    assert slbs.refused("DescribeLoadBalancerHTTPListenerAttribute", **gone) == "InvalidParameter"


def test_forwarding_rules(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer)
    group = slbs.do("CreateVServerGroup", load_balancer_id=balancer).vserver_group_id
    at = {"load_balancer_id": balancer, "listener_port": 80}
    wanted = [
        {"RuleName": "one", "Domain": "a.example.com", "Url": "/x", "VServerGroupId": group},
        {"RuleName": "two", "Domain": "*.example.com", "VServerGroupId": group},
    ]
    made = slbs.do("CreateRules", **at, rule_list=json.dumps(wanted)).rules.rule
    assert [each.rule_name for each in made] == ["one", "two"]
    assert slbs.refused("CreateRules", **at, rule_list=json.dumps(wanted[:1])) == "DomainExist"
    nothing = json.dumps([{"RuleName": "three", "VServerGroupId": group}])
    assert slbs.refused("CreateRules", **at, rule_list=nothing) == "InvalidParameter"
    one = made[0].rule_id
    found = slbs.do("DescribeRuleAttribute", rule_id=one)
    assert (found.domain, found.url, found.listener_sync) == ("a.example.com", "/x", "on")
    assert (found.listener_port, found.load_balancer_id, found.health_check) == ("80", balancer, "off")
    slbs.do(
        "SetRule",
        rule_id=one,
        rule_name="first",
        listener_sync="off",
        scheduler="rr",
        health_check="on",
        health_check_interval=7,
        sticky_session="on",
        sticky_session_type="server",
        cookie="mine",
    )
    found = slbs.do("DescribeRuleAttribute", rule_id=one)
    assert (found.rule_name, found.scheduler, found.cookie) == ("first", "rr", "mine")
    assert (found.health_check, found.health_check_interval) == ("on", 7)
    assert len(slbs.do("DescribeRules", **at).rules.rule) == 2
    assert slbs.refused("DeleteVServerGroup", vserver_group_id=group) == "RspoolVipExist"
    slbs.do("DeleteRules", rule_ids=f"['{one}', '{made[1].rule_id}']")
    assert slbs.refused("DescribeRuleAttribute", rule_id=one) == "InvalidRuleId.NotFound"
    slbs.do("DeleteVServerGroup", vserver_group_id=group)


def test_access_control_lists(slbs: Slbs) -> None:
    made = slbs.do("CreateAccessControlList", acl_name="acl-one").acl_id
    assert slbs.refused("CreateAccessControlList", acl_name="acl-one") == "AclExist"
    entries = json.dumps([{"entry": "10.0.0.0/24", "comment": "office"}, {"entry": "10.1.0.7"}])
    slbs.do("AddAccessControlListEntry", acl_id=made, acl_entrys=entries)
    balancer = slbs.balancer()
    slbs.listen(balancer, acl_status="on", acl_type="white", acl_id=made)
    found = slbs.do("DescribeAccessControlListAttribute", acl_id=made)
    shown = [(each.acl_entry_ip, each.acl_entry_comment) for each in found.acl_entrys.acl_entry]
    assert shown == [("10.0.0.0/24", "office"), ("10.1.0.7/32", "")]
    assert [each.listener_port for each in found.related_listeners.related_listener] == [80]
    assert slbs.listener(balancer).acl_ids.acl_id == [made]
    assert slbs.refused("DeleteAccessControlList", acl_id=made) == "AclInUsed"
    off = {"load_balancer_id": balancer, "listener_port": 80, "acl_status": "off"}
    slbs.do("SetLoadBalancerHTTPListenerAttribute", **off)
    slbs.do("SetAccessControlListAttribute", acl_id=made, acl_name="acl-anew")
    slbs.do("RemoveAccessControlListEntry", acl_id=made, acl_entrys=entries)
    assert slbs.refused("RemoveAccessControlListEntry", acl_id=made, acl_entrys=entries) == "AclEntryEmpty"
    bad = json.dumps([{"entry": "10.0.0.0/240"}])
    assert slbs.refused("AddAccessControlListEntry", acl_id=made, acl_entrys=bad) == "InvalidParameter"
    listed = slbs.do("DescribeAccessControlLists", acl_name="anew").acls.acl
    assert [each.acl_id for each in listed] == [made]
    slbs.do("DeleteAccessControlList", acl_id=made)
    assert slbs.refused("DescribeAccessControlListAttribute", acl_id=made) == "AclNotExist"


def test_white_lists(slbs: Slbs) -> None:
    balancer = slbs.balancer()
    slbs.listen(balancer)
    at = {"load_balancer_id": balancer, "listener_port": 80}
    slbs.do("SetListenerAccessControlStatus", **at, access_control_status="open_white_list")
    slbs.do("AddListenerWhiteListItem", **at, source_items="10.0.0.7,10.1.0.0/16")
    slbs.do("RemoveListenerWhiteListItem", **at, source_items="10.1.0.0/16")
    found = slbs.do("DescribeListenerAccessControlAttribute", **at)
    assert (found.access_control_status, found.source_items) == ("open_white_list", "10.0.0.7")
    assert slbs.refused("AddListenerWhiteListItem", **at, source_items="0.0.0.0/0") == "InvalidParameter"
