"""What is drawn for the balancer engine of what is stored."""

from __future__ import annotations

from typing import Any

import pytest
from services.alb.alb_in_memory import AlbCloud, forward, path

from yunbox.engines.balancer.interface import (
    Access,
    Check,
    Condition,
    Forward,
    Limit,
    Place,
    Queue,
    Redirect,
    RemoveHeader,
    Respond,
    Rewrite,
    SetHeader,
    Sticky,
)
from yunbox.errors import CloudError
from yunbox.services.alb.spec import backend_id, draw
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vswitches.create import CreateVSwitch, create_vswitch


@pytest.fixture
def cloud() -> AlbCloud:
    return AlbCloud()


def code_of(cloud: AlbCloud, action: str, **parameters: Any) -> str:
    with pytest.raises(CloudError) as caught:
        cloud.alb(action, **parameters)
    return caught.value.code


def test_a_listener_forwards_to_the_servers_of_its_group(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group("10.1.0.5", "10.1.0.6")
    listener = cloud.listener(balancer, group, IdleTimeout=20, RequestTimeout=30, GzipEnabled=False)
    drawn = cloud.drawn(balancer)
    (place,) = drawn.places
    assert place.network == cloud.vpc_id
    (one,) = drawn.listeners
    assert (one.id, one.port, one.protocol) == (listener, 80, "http")
    assert (one.idle_timeout, one.request_timeout, one.gzip) == (20.0, 30.0, False)
    assert one.default == (Forward(backends=((backend_id(balancer, group), 1),)),)
    assert one.forwarded == ("for",)
    (backend,) = drawn.backends
    assert [(each.address, each.port, each.weight) for each in backend.servers] == [
        ("10.1.0.5", 8080, 100),
        ("10.1.0.6", 8080, 100),
    ]
    assert (backend.algorithm, backend.check, backend.sticky, backend.queue) == (
        "roundrobin",
        None,
        None,
        None,
    )
    assert backend.response_timeout == 30.0
    assert backend.drain > 0


def test_nothing_runs_without_a_running_listener(cloud: AlbCloud) -> None:
    balancer = cloud.balancer()
    listener = cloud.listener(balancer, cloud.group())
    cloud.alb("StopListener", ListenerId=listener)
    with cloud.store.read() as view:
        wanted = draw(view, balancer)
        assert wanted is not None
        assert wanted.balancer is None
        assert listener in wanted.rests_on
        assert draw(view, "alb-none") is None


def test_public_addresses_are_the_hosts(cloud: AlbCloud) -> None:
    balancer = cloud.balancer(AddressType="Internet")
    cloud.listener(balancer, cloud.group())
    inner, outer = cloud.drawn(balancer).places
    assert inner.network == cloud.vpc_id
    assert outer == Place(address=outer.address)
    assert outer.address.startswith("198.19.")


def test_a_zone_that_traffic_is_led_away_from_is_no_place(cloud: AlbCloud) -> None:
    asked = CreateVSwitch(vpc_id=cloud.vpc_id, zone_id="cn-hangzhou-k", cidr_block="10.2.0.0/16")
    second = cloud.do(create_vswitch, asked, vpc).v_switch_id
    zones = [
        {"ZoneId": "cn-hangzhou-i", "VSwitchId": cloud.vswitch_id},
        {"ZoneId": "cn-hangzhou-k", "VSwitchId": second},
    ]
    balancer = cloud.balancer(ZoneMappings=zones)
    cloud.listener(balancer, cloud.group())
    assert len(cloud.drawn(balancer).places) == 2
    cloud.alb("StartShiftLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=zones[:1])
    (place,) = cloud.drawn(balancer).places
    assert place.address.startswith("10.2.")


def test_what_a_group_says_reaches_its_backend(cloud: AlbCloud) -> None:
    check = {
        "HealthCheckEnabled": True,
        "HealthCheckPath": "/health",
        "HealthCheckHost": "shop.example",
        "HealthCheckConnectPort": 9000,
        "HealthCheckMethod": "GET",
        "HealthCheckHttpVersion": "HTTP1.0",
        "HealthCheckCodes": ["http_2xx", "http_4xx"],
        "HealthCheckInterval": 3,
        "HealthCheckTimeout": 4,
        "HealthyThreshold": 2,
        "UnhealthyThreshold": 5,
    }
    group = cloud.group(
        HealthCheckConfig=check,
        StickySessionConfig={"StickySessionEnabled": True, "CookieTimeout": 90},
        SlowStartConfig={"SlowStartEnabled": True, "SlowStartDuration": 40},
        ConnectionDrainConfig={"ConnectionDrainEnabled": True, "ConnectionDrainTimeout": 120},
        UpstreamKeepaliveEnabled=True,
    )
    balancer = cloud.balancer()
    cloud.listener(balancer, group)
    backend = cloud.drawn_group(balancer, group)
    assert backend.check == Check(
        kind="http",
        port=9000,
        interval=3.0,
        timeout=4.0,
        rise=2,
        fall=5,
        method="GET",
        path="/health",
        host="shop.example",
        version="HTTP/1.0",
        codes=("2xx", "4xx"),
    )
    assert backend.sticky == Sticky(kind="insert", cookie="ALBSERVERID", seconds=90)
    assert (backend.slow_start, backend.drain, backend.keep_alive) == (40.0, 120.0, True)


@pytest.mark.parametrize(
    ("scheduler", "algorithm"),
    [("Wrr", "roundrobin"), ("Wlc", "leastconn"), ("Sch", "source"), ("Uch", "query")],
)
def test_schedulers(cloud: AlbCloud, scheduler: str, algorithm: str) -> None:
    slow = {"SlowStartEnabled": True, "SlowStartDuration": 40}
    hashed = {"UchConfig": {"Type": "QueryString", "Value": "user"}} if scheduler == "Uch" else {}
    group = cloud.group(Scheduler=scheduler, SlowStartConfig=slow, **hashed)
    balancer = cloud.balancer()
    cloud.listener(balancer, group)
    backend = cloud.drawn_group(balancer, group)
    assert backend.algorithm == algorithm
    assert backend.slow_start == (40.0 if scheduler == "Wrr" else 0.0)
    assert backend.hash_key == ("user" if scheduler == "Uch" else "")


def test_servers_that_leave_are_left_out_and_remembered(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group("10.1.0.5", "10.1.0.6")
    cloud.listener(balancer, group)
    gone = [{"ServerId": "10.1.0.5", "ServerType": "Ip", "Port": 8080}]
    cloud.alb("RemoveServersFromServerGroup", ServerGroupId=group, Servers=gone)
    assert [each.address for each in cloud.drawn_group(balancer, group).servers] == ["10.1.0.6"]
    with cloud.store.read() as view:
        wanted = draw(view, balancer)
    assert wanted is not None
    assert (backend_id(balancer, group), "10.1.0.5:8080") in wanted.origins


def test_surge_protection_by_tags(cloud: AlbCloud) -> None:
    tags = {
        "yunbox:surge-protection": "on",
        "yunbox:queue-seconds": "3",
        "yunbox:per-server": "8",
        "yunbox:drain-seconds": "5",
    }
    balancer = cloud.balancer(Tag=[{"Key": key, "Value": value} for key, value in tags.items()])
    group = cloud.group()
    cloud.listener(balancer, group)
    backend = cloud.drawn_group(balancer, group)
    assert backend.queue == Queue(seconds=3.0, length=10_000, per_server=8)
    assert backend.drain == 5.0
    wrong = {"ResourceType": "loadbalancer", "ResourceId": [balancer]}
    bad = [{"Key": "yunbox:queue-seconds", "Value": "for ever"}]
    assert code_of(cloud, "TagResources", **wrong, Tag=bad) == "InvalidTagValue.Malformed"


def test_headers_that_tell_of_the_client(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    asked = {
        "XForwardedForProtoEnabled": True,
        "XForwardedForSLBIdEnabled": True,
        "XForwardedForSLBPortEnabled": True,
        "XForwardedForClientSrcPortEnabled": True,
        "XForwardedForHostEnabled": True,
    }
    listener = cloud.listener(balancer, group, XForwardedForConfig=asked)
    cloud.rule(listener, [path("/a")], forward(group))
    drawn = cloud.drawn_listener(balancer)
    assert drawn.forwarded == ("for", "proto", "port", "id")
    added = (
        SetHeader(name="X-Forwarded-Client-srcport", value="${client_port}"),
        SetHeader(name="X-Forwarded-Host", value="${request_header:Host}"),
    )
    assert drawn.default[:-1] == added
    assert drawn.rules[0].actions[:-1] == added
    cloud.alb(
        "UpdateListenerAttribute",
        ListenerId=listener,
        XForwardedForConfig={"XForwardedForProcessingMode": "remove"},
    )
    drawn = cloud.drawn_listener(balancer)
    assert "for" not in drawn.forwarded
    assert drawn.default[0] == RemoveHeader(name="X-Forwarded-For")
    cert = {"XForwardedForClientCertSubjectDNEnabled": True}
    wrong = code_of(cloud, "UpdateListenerAttribute", ListenerId=listener, XForwardedForConfig=cert)
    assert wrong == "InvalidParameter.NotImplemented"


CONDITIONS = [
    (
        {"Type": "Host", "HostConfig": {"Values": ["*.shop.example", "~^a+$"]}},
        Condition(kind="host", values=("*.shop.example", "~^a+$")),
    ),
    (path("/api/*"), Condition(kind="path", values=("/api/*",))),
    (
        {"Type": "Header", "HeaderConfig": {"Key": "X-Kind", "Values": ["a", "b?"]}},
        Condition(kind="header", key="X-Kind", values=("a", "b?")),
    ),
    (
        {"Type": "Method", "MethodConfig": {"Values": ["GET", "HEAD"]}},
        Condition(kind="method", values=("GET", "HEAD")),
    ),
    (
        {"Type": "SourceIp", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}},
        Condition(kind="source", values=("10.0.0.0/8",)),
    ),
    (
        {
            "Type": "QueryString",
            "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1"}, {"Key": "v", "Value": "2"}]},
        },
        Condition(kind="query", key="v", values=("1", "2")),
    ),
    (
        {"Type": "Cookie", "CookieConfig": {"Values": [{"Key": "beta", "Value": "yes"}]}},
        Condition(kind="cookie", key="beta", values=("yes",)),
    ),
]


@pytest.mark.parametrize(("asked", "drawn"), CONDITIONS, ids=[each[0]["Type"] for each in CONDITIONS])
def test_conditions(cloud: AlbCloud, asked: dict[str, Any], drawn: Condition) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    rule = cloud.rule(cloud.listener(balancer, group), [asked], forward(group))
    (found,) = cloud.drawn_listener(balancer).rules
    assert found.id == rule
    assert found.conditions == (drawn,)


def test_pairs_of_several_keys_are_alternatives(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    pairs = [{"Key": "a", "Value": "1"}, {"Key": "b"}]
    condition = {"Type": "QueryString", "QueryStringConfig": {"Values": pairs}}
    rule = cloud.rule(cloud.listener(balancer, group), [condition, path("/x")], forward(group))
    first, second = cloud.drawn_listener(balancer).rules
    assert first.conditions[0] == Condition(kind="query", key="a", values=("1",))
    assert second.conditions[0] == Condition(kind="query", key="b")
    assert first.conditions[1] == second.conditions[1]
    assert first.actions == second.actions
    assert (first.id, second.id) == (rule, f"{rule}.1")


ACTIONS = [
    (
        {"Type": "Redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "HttpCode": "308"}},
        Redirect(protocol="HTTPS", port="443", code=308),
    ),
    (
        {"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "404", "Content": "none"}},
        Respond(status=404, body="none"),
    ),
]


@pytest.mark.parametrize(("asked", "drawn"), ACTIONS, ids=[each[0]["Type"] for each in ACTIONS])
def test_final_actions(cloud: AlbCloud, asked: dict[str, Any], drawn: object) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    cloud.rule(cloud.listener(balancer, group), [path("/x")], asked)
    (found,) = cloud.drawn_listener(balancer).rules
    assert found.actions == (drawn,)


def test_what_is_done_before_forwarding(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    cloud.rule(
        cloud.listener(balancer, group),
        [path("/x")],
        {"Type": "TrafficLimit", "TrafficLimitConfig": {"QPS": 100, "PerIpQps": 5}},
        {"Type": "InsertHeader", "InsertHeaderConfig": {"Key": "A", "Value": "1"}},
        {
            "Type": "InsertHeader",
            "InsertHeaderConfig": {"Key": "B", "Value": "SLBPort", "ValueType": "SystemDefined"},
        },
        {
            "Type": "InsertHeader",
            "InsertHeaderConfig": {"Key": "C", "Value": "User-Agent", "ValueType": "ReferenceHeader"},
        },
        {"Type": "RemoveHeader", "RemoveHeaderConfig": {"Key": "D"}},
        {"Type": "Rewrite", "RewriteConfig": {"Path": "/y${path}", "Query": ""}},
        forward(group),
    )
    (found,) = cloud.drawn_listener(balancer).rules
    assert found.actions[:-1] == (
        Limit(rate=100, rate_per_source=5),
        SetHeader(name="A", value="1"),
        SetHeader(name="B", value="${listener_port}"),
        SetHeader(name="C", value="${request_header:User-Agent}"),
        RemoveHeader(name="D"),
        Rewrite(path="/y${path}"),
    )


def test_weighted_forwarding_with_stickiness(cloud: AlbCloud) -> None:
    balancer, one, other = cloud.balancer(), cloud.group(), cloud.group()
    tuples = [{"ServerGroupId": one, "Weight": 90}, {"ServerGroupId": other, "Weight": 10}]
    session = {"Enabled": True, "Timeout": 60}
    config = {"ServerGroupTuples": tuples, "ServerGroupStickySession": session}
    cloud.rule(
        cloud.listener(balancer, one), [path("/x")], {"Type": "ForwardGroup", "ForwardGroupConfig": config}
    )
    (found,) = cloud.drawn_listener(balancer).rules
    expected = ((backend_id(balancer, one), 90), (backend_id(balancer, other), 10))
    assert found.actions == (Forward(backends=expected, sticky_seconds=60),)
    assert len(cloud.drawn(balancer).backends) == 2


def test_rules_are_tried_by_priority_whatever_came_first(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    listener = cloud.listener(balancer, group)
    made = {each: cloud.rule(listener, [path("/x")], forward(group), priority=each) for each in (30, 10, 20)}
    drawn = [each.id for each in cloud.drawn_listener(balancer).rules]
    assert drawn == [made[10], made[20], made[30]]


def test_cors_is_three_rules(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    config = {
        "AllowOrigin": ["https://shop.example"],
        "AllowMethods": ["GET"],
        "AllowHeaders": ["*"],
        "ExposeHeaders": ["X-Id"],
        "AllowCredentials": "on",
        "MaxAge": 60,
    }
    cloud.rule(
        cloud.listener(balancer, group), [path("/x")], {"Type": "Cors", "CorsConfig": config}, forward(group)
    )
    before, allowed, other = cloud.drawn_listener(balancer).rules
    (answer,) = before.actions
    assert isinstance(answer, Respond)
    assert dict(answer.headers) == {
        "Access-Control-Allow-Origin": "${request_header:Origin}",
        "Vary": "Origin",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "${request_header:Access-Control-Request-Headers}",
        "Access-Control-Max-Age": "60",
    }
    assert Condition(kind="method", values=("OPTIONS",)) in before.conditions
    assert Condition(kind="header", key="Origin", values=("https://shop.example",)) in allowed.conditions
    assert SetHeader(name="Access-Control-Expose-Headers", value="X-Id", answer=True) in allowed.actions
    assert len(other.actions) == 1


def test_access_is_what_the_lists_hold(cloud: AlbCloud) -> None:
    balancer = cloud.balancer()
    listener = cloud.listener(balancer, cloud.group())
    acl = str(cloud.alb("CreateAcl", AclName="mine").acl_id)
    cloud.alb("AssociateAclsWithListener", ListenerId=listener, AclIds=[acl], AclType="White")
    assert cloud.drawn_listener(balancer).access is None
    entries = [{"Entry": "10.2.0.0/16"}, {"Entry": "10.3.0.1"}]
    cloud.alb("AddEntriesToAcl", AclId=acl, AclEntries=entries)
    wanted = Access(kind="white", blocks=("10.2.0.0/16", "10.3.0.1/32"))
    assert cloud.drawn_listener(balancer).access == wanted


WRONG_RULES: list[tuple[list[Any], list[Any], str]] = [
    ([], [], "IllegalParam.RuleConditions"),
    ([path("/x")], [], "IllegalParam.RuleActions"),
    ([path("x")], [], "IllegalParam.PathConfig"),
    ([path("~(")], [], "IllegalParam.PathConfig"),
    ([{"Type": "Path"}], [], "MissingParam.PathConfig"),
    ([{"Type": "ResponseStatusCode"}], [], "InvalidParameter.NotImplemented"),
    ([{"Type": "SourceIp", "SourceIpConfig": {"Values": ["x"]}}], [], "IllegalParam.SourceIpConfig"),
    ([path("/x")], [{"Type": "TrafficMirror"}], "InvalidParameter.NotImplemented"),
    (
        [path("/x")],
        [{"Type": "InsertHeader", "InsertHeaderConfig": {"Key": "Host", "Value": "a"}}],
        "IllegalParam.InsertHeaderConfig.Key",
    ),
    (
        [path("/x")],
        [{"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "302"}}],
        "IllegalParam.FixedResponseConfig.HttpCode",
    ),
    (
        [path("/x")],
        [{"Type": "Redirect", "RedirectConfig": {"Host": 'a"b'}}],
        "IllegalParam.RedirectConfig.Host",
    ),
    (
        [path("/x")],
        [
            {"Type": "Rewrite", "RewriteConfig": {"Path": "/y"}},
            {"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "200"}},
        ],
        "IllegalParam.RuleActions",
    ),
]


@pytest.mark.parametrize(("conditions", "actions", "code"), WRONG_RULES)
def test_rules_that_are_refused(
    cloud: AlbCloud, conditions: list[Any], actions: list[Any], code: str
) -> None:
    listener = cloud.listener(cloud.balancer(), cloud.group())
    with pytest.raises(CloudError) as caught:
        cloud.rule(listener, conditions, *actions)
    assert caught.value.code == code


def test_an_https_listener_has_its_certificates_and_policy(cloud: AlbCloud) -> None:
    balancer, group = cloud.balancer(), cloud.group()
    first, second, authority = (cloud.certificate(each) for each in ("a.example", "b.example", "ca.example"))
    listener = cloud.listener(
        balancer,
        group,
        443,
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": first}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": authority}],
        SecurityPolicyId="tls_cipher_policy_1_2_strict",
        Http2Enabled=False,
    )
    more = [{"CertificateId": second}]
    cloud.alb("AssociateAdditionalCertificatesWithListener", ListenerId=listener, Certificates=more)
    drawn = cloud.drawn_listener(balancer)
    assert (drawn.protocol, drawn.http2, drawn.tls_versions) == ("https", False, ("TLSv1.2",))
    assert "ECDHE-RSA-AES128-GCM-SHA256" in drawn.ciphers
    assert [f"{each.id}-cn-hangzhou" for each in drawn.certificates] == [first, second]
    assert drawn.client_ca.startswith("-----BEGIN CERTIFICATE-----")
    policy = cloud.alb(
        "CreateSecurityPolicy", SecurityPolicyName="mine", TLSVersions=["TLSv1.1"], Ciphers=["AES128-SHA"]
    ).security_policy_id
    cloud.alb("UpdateListenerAttribute", ListenerId=listener, SecurityPolicyId=policy)
    drawn = cloud.drawn_listener(balancer)
    assert (drawn.tls_versions, drawn.ciphers) == (("TLSv1.1",), ("AES128-SHA",))
    assert code_of(cloud, "DeleteSecurityPolicy", SecurityPolicyId=policy) == "ResourceInUse.SecurityPolicy"
