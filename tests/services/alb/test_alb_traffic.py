"""Application load balancers carry traffic: rules, certificates and lists as a plain client meets them."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alb_clients import Albs, forward
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from cryptography import x509
from echo_server import user_data
from running import RunningCloud
from services.ecs.ecs_clients import ZONE, Network, launch, make_network, release, wait_for, wait_status
from services.sdk import configured

Upload = Callable[..., str]


class Reply:
    """An answer: its status, headers (by lower-case names) and body."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read().decode()

    @property
    def echo(self) -> Any:
        """What the echo server says that it was asked."""
        return json.loads(self.body)


def ask(address: str, path: str = "/", method: str = "GET", port: int = 80, **headers: str) -> Reply:
    """Ask once; names of headers may have underscores for hyphens."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return Reply(connection.getresponse())
    finally:
        connection.close()


class Shop:
    """A load balancer with a listener at port 80; `one` and `other` are server groups of the same instance."""

    def __init__(self, albs: Albs, network: Network, instance: str) -> None:
        self.albs = albs
        self.one, self.other = (self._group(network, instance, port) for port in (8001, 8002))
        mapping = [{"zone_id": ZONE, "v_switch_id": network.vswitch}]
        self.balancer = albs.balancer(vpc_id=network.vpc, zone_mappings=mapping)
        self.listener = albs.listener(self.balancer, self.one)
        zones = albs.do("GetLoadBalancerAttribute", load_balancer_id=self.balancer).zone_mappings
        self.inner = zones[0].load_balancer_addresses[0].intranet_address
        albs.running(self.listener)
        zones = albs.do("GetLoadBalancerAttribute", load_balancer_id=self.balancer).zone_mappings
        self.address = zones[0].load_balancer_addresses[0].address or self.inner
        self._priority = 0

    def _group(self, network: Network, instance: str, port: int) -> str:
        group = self.albs.group(server_group_type="Instance", vpc_id=network.vpc)
        server = {"server_id": instance, "server_type": "Ecs", "port": port}
        self.albs.do("AddServersToServerGroup", server_group_id=group, servers=[server])
        return group

    def rule(self, conditions: list[Any], *actions: Any) -> str:
        """Make a rule behind those there are."""
        self._priority += 1
        return self.albs.rule(self.listener, self._priority, conditions, *actions)

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> Reply:
        """Ask at port 80."""
        return ask(self.address, path, method, **headers)


@pytest.fixture(scope="module")
def ecs(cloud: RunningCloud) -> EcsClient:
    return EcsClient(configured(cloud))


@pytest.fixture(scope="module")
def network(cloud: RunningCloud, ecs: EcsClient) -> Network:
    """A network whose addresses no other test process's cloud has: this machine reaches them all."""
    return make_network(ecs, VpcClient(configured(cloud)), f"10.{20 + os.getpid() % 200}.0.0/16")


@pytest.fixture(scope="module")
def instance(ecs: EcsClient, network: Network) -> Iterator[str]:
    """An instance that answers at several ports."""
    (id_,) = launch(ecs, network, user_data=user_data())
    wait_status(ecs, id_, "Running")
    yield id_
    release(ecs, [id_])


@pytest.fixture(scope="module")
def shop(albs: Albs, network: Network, instance: str) -> Shop:
    made = Shop(albs, network, instance)
    wait_for(lambda: made.ask("/").status == 200)
    return made


def steady(holds: Callable[[], bool]) -> None:
    """Wait until something holds and goes on holding: for a moment two processes answer, the old and the new."""
    row = 0

    def held() -> bool:
        nonlocal row
        row = row + 1 if holds() else 0
        return row >= 5

    wait_for(held)


def path(*values: str) -> dict[str, Any]:
    return {"type": "Path", "path_config": {"values": list(values)}}


def fixed(content: str, code: str = "200") -> dict[str, Any]:
    config = {"http_code": code, "content": content, "content_type": "text/plain"}
    return {"type": "FixedResponse", "fixed_response_config": config}


def test_conditions_decide(shop: Shop) -> None:
    pairs = [{"key": "v", "value": "2"}, {"key": "w", "value": "3"}]
    conditions: dict[str, list[Any]] = {
        "host": [{"type": "Host", "host_config": {"values": ["*.shop.example"]}}],
        "regular": [path("~^/r[0-9]+$")],
        "path": [path("/exact", "/under/*")],
        "header": [{"type": "Header", "header_config": {"key": "X-Kind", "values": ["gold*"]}}],
        "query": [{"type": "QueryString", "query_string_config": {"values": pairs}}],
        "cookie": [{"type": "Cookie", "cookie_config": {"values": [{"key": "beta", "value": "yes"}]}}],
        "method": [path("/m"), {"type": "Method", "method_config": {"values": ["DELETE"]}}],
        "elsewhere": [path("/s"), {"type": "SourceIp", "source_ip_config": {"values": ["192.0.2.0/24"]}}],
        "source": [path("/s"), {"type": "SourceIp", "source_ip_config": {"values": ["0.0.0.0/0"]}}],
    }
    for name, each in conditions.items():
        shop.rule(each, fixed(name))
    steady(lambda: shop.ask("/s").body == "source")
    assert shop.ask("/", Host="www.shop.example").body == "host"
    assert shop.ask("/r12").body == "regular"
    assert shop.ask("/exact").body == shop.ask("/under/here").body == "path"
    assert shop.ask("/", X_Kind="golden").body == "header"
    assert shop.ask("/?v=2").body == shop.ask("/?a=b&w=3").body == "query"
    assert shop.ask("/", Cookie="a=b; beta=yes").body == "cookie"
    assert shop.ask("/m", "DELETE").body == "method"
    for other in ("/exact2", "/m", "/r12x", "/?v=3"):
        assert shop.ask(other, X_Kind="old", Cookie="beta=no", Host="shop.example").echo["port"] == 8001


def test_actions_are_done(shop: Shop) -> None:
    shop.rule(
        [path("/old/*")],
        {
            "type": "InsertHeader",
            "insert_header_config": {"key": "X-A", "value": "1", "value_type": "UserDefined"},
        },
        {
            "type": "InsertHeader",
            "insert_header_config": {"key": "X-Port", "value": "SLBPort", "value_type": "SystemDefined"},
        },
        {
            "type": "InsertHeader",
            "insert_header_config": {
                "key": "X-Agent",
                "value": "User-Agent",
                "value_type": "ReferenceHeader",
            },
        },
        {"type": "RemoveHeader", "remove_header_config": {"key": "X-Gone"}},
        {
            "type": "Rewrite",
            "rewrite_config": {"host": "inner.example", "path": "/new${path}", "query": "q=1"},
        },
        forward(shop.other),
    )
    redirect = {"protocol": "HTTPS", "port": "8443", "http_code": "302", "path": "/there"}
    shop.rule([path("/away")], {"type": "Redirect", "redirect_config": redirect})
    shop.rule([path("/closed")], fixed("closed", "503"))
    steady(lambda: shop.ask("/closed").body == "closed")
    echo = shop.ask("/old/it?x=y", User_Agent="test", X_Gone="yes").echo
    assert (echo["port"], echo["path"]) == (8002, "/new/old/it?q=1")
    headers = echo["headers"]
    assert headers["host"] == "inner.example"
    assert (headers["x-a"], headers["x-port"], headers["x-agent"]) == ("1", "80", "test")
    assert "x-gone" not in headers
    assert "x-forwarded-for" in headers
    away = shop.ask("/away?a=b", Host="shop.example")
    assert (away.status, away.headers["location"]) == (302, "https://shop.example:8443/there?a=b")
    assert shop.ask("/closed").body == "closed"


def test_weights_and_stickiness(shop: Shop) -> None:
    tuples = [{"server_group_id": shop.one, "weight": 80}, {"server_group_id": shop.other, "weight": 20}]
    session = {"enabled": True, "timeout": 60}
    plain = {"server_group_tuples": tuples}
    shop.rule([path("/split")], {"type": "ForwardGroup", "forward_group_config": plain})
    sticky = plain | {"server_group_sticky_session": session}
    shop.rule([path("/stick")], {"type": "ForwardGroup", "forward_group_config": sticky})
    steady(lambda: "set-cookie" in shop.ask("/stick").headers)
    seen = Counter(shop.ask("/split").echo["port"] for _ in range(60))
    assert 0 < seen[8002] < seen[8001]
    first = shop.ask("/stick")
    cookie = first.headers["set-cookie"].partition(";")[0]
    assert {shop.ask("/stick", Cookie=cookie).echo["port"] for _ in range(10)} == {first.echo["port"]}


def test_so_many_requests_a_second_pass(shop: Shop) -> None:
    shop.rule(
        [path("/limited")],
        {"type": "TrafficLimit", "traffic_limit_config": {"qps": 5}},
        fixed("through"),
    )
    wait_for(lambda: shop.ask("/limited").body == "through")
    seen = Counter(shop.ask("/limited").status for _ in range(40))
    assert seen.keys() == {200, 503}


def test_pages_of_other_origins(shop: Shop) -> None:
    config = {
        "allow_origin": ["https://shop.example"],
        "allow_methods": ["GET", "PUT"],
        "allow_headers": ["*"],
        "expose_headers": ["X-Id"],
        "allow_credentials": "on",
        "max_age": 60,
    }
    shop.rule([path("/cors")], {"type": "Cors", "cors_config": config}, forward(shop.one))
    origin = {"Origin": "https://shop.example"}
    steady(lambda: "access-control-allow-origin" in shop.ask("/cors", **origin).headers)
    before = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "x-b"}
    asked = shop.ask("/cors", "OPTIONS", **origin, **before)
    assert (asked.status, asked.body) == (200, "")
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert asked.headers["access-control-allow-methods"] == "GET,PUT"
    assert asked.headers["access-control-allow-headers"] == "x-b"
    assert asked.headers["access-control-max-age"] == "60"
    through = shop.ask("/cors", **origin)
    assert through.echo["port"] == 8001
    assert through.headers["access-control-expose-headers"] == "X-Id"
    assert through.headers["access-control-allow-credentials"] == "true"
    stranger = shop.ask("/cors", Origin="https://other.example")
    assert stranger.echo["port"] == 8001
    assert "access-control-allow-origin" not in stranger.headers


def test_a_listener_presents_the_certificate_of_the_name_that_is_asked(shop: Shop, upload: Upload) -> None:
    albs = shop.albs
    first, second = upload("a.example"), upload("b.example")
    listener = albs.listener(
        shop.balancer,
        shop.one,
        443,
        listener_protocol="HTTPS",
        certificates=[{"certificate_id": first}],
        security_policy_id="tls_cipher_policy_1_2_strict_with_1_3",
        xforwarded_for_config={"xforwarded_for_proto_enabled": True},
    )
    albs.do(
        "AssociateAdditionalCertificatesWithListener",
        listener_id=listener,
        certificates=[{"certificate_id": second}],
    )
    albs.running(listener)
    steady(lambda: presented(shop.address, "b.example") == "b.example")
    assert presented(shop.address, "a.example") == "a.example"
    assert presented(shop.address, "else.example") == "a.example"
    connection = http.client.HTTPSConnection(shop.address, 443, timeout=10, context=unchecked())
    connection.request("GET", "/")
    reply = Reply(connection.getresponse())
    connection.close()
    assert reply.echo["headers"]["x-forwarded-proto"] == "https"


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def presented(address: str, name: str) -> str:
    """Return the first name in the certificate that is presented for a name."""

    with (
        socket.create_connection((address, 443), timeout=10) as plain,
        unchecked().wrap_socket(plain, server_hostname=name) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
    assert der is not None
    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return str(names.value.get_values_for_type(x509.DNSName)[0])


def test_only_those_of_a_list_connect(shop: Shop) -> None:
    albs = shop.albs
    listener = albs.listener(shop.balancer, shop.one, 8000)
    albs.running(listener)
    acl = albs.do("CreateAcl").acl_id
    albs.do("AddEntriesToAcl", acl_id=acl, acl_entries=[{"entry": "192.0.2.0/24"}])
    albs.do("AssociateAclsWithListener", listener_id=listener, acl_ids=[acl], acl_type="White")
    steady(lambda: closes(shop.address, 8000))
    albs.do("AddEntriesToAcl", acl_id=acl, acl_entries=[{"entry": "0.0.0.0/1"}, {"entry": "128.0.0.0/1"}])
    steady(lambda: not closes(shop.address, 8000))
    albs.do("StopListener", listener_id=listener)
    steady(lambda: closes(shop.address, 8000))
    assert shop.ask("/").status == 200


def closes(address: str, port: int) -> bool:
    """Return whether a request gets no answer."""
    try:
        ask(address, port=port)
    except (OSError, http.client.HTTPException):
        return True
    return False


def test_checks_find_who_is_not_well_and_removal_waits_for_requests(shop: Shop, instance: str) -> None:
    albs = shop.albs
    group = albs.group(
        server_group_type="Instance",
        vpc_id=albs.do("GetLoadBalancerAttribute", load_balancer_id=shop.balancer).vpc_id,
        health_check_config={
            "health_check_enabled": True,
            "health_check_interval": 1,
            "healthy_threshold": 2,
            "unhealthy_threshold": 2,
        },
    )
    servers = [{"server_id": instance, "server_type": "Ecs", "port": port} for port in (8003, 8009)]
    albs.do("AddServersToServerGroup", server_group_id=group, servers=servers)
    listener = albs.listener(shop.balancer, group, 8081)
    albs.running(listener)

    def unwell() -> dict[int, str]:
        shown = albs.do("GetListenerHealthStatus", listener_id=listener).listener_health_status[0]
        return {each.port: each.status for each in shown.server_group_infos[0].non_normal_servers}

    wait_for(lambda: unwell() == {8009: "Unhealthy"})
    assert {ask(shop.address, port=8081).echo["port"] for _ in range(6)} == {8003}
    replies: list[int] = []
    slow = threading.Thread(target=lambda: replies.append(ask(shop.address, "/slow?s=1.5", port=8081).status))
    slow.start()
    albs.do("RemoveServersFromServerGroup", server_group_id=group, servers=servers[:1])

    def left() -> dict[int, str]:
        found = albs.do("ListServerGroupServers", server_group_id=group).servers
        return {each.port: each.status for each in found}

    assert left()[8003] == "Removing"
    wait_for(lambda: 8003 not in left())
    slow.join(timeout=10)
    assert replies == [200]


def test_public_addresses_lead_to_a_balancer_too(shop: Shop) -> None:
    albs = shop.albs
    albs.do("UpdateLoadBalancerAddressTypeConfig", load_balancer_id=shop.balancer, address_type="Internet")
    (zone,) = albs.do("GetLoadBalancerAttribute", load_balancer_id=shop.balancer).zone_mappings
    address = zone.load_balancer_addresses[0].address
    assert address.startswith("198.19.")
    wait_for(lambda: leads_here(address))
    albs.do("UpdateLoadBalancerAddressTypeConfig", load_balancer_id=shop.balancer, address_type="Intranet")
    wait_for(lambda: not leads_here(address))
    assert shop.ask("/").status == 200


def leads_here(address: str) -> bool:
    """Return whether an address leads to the test's own servers, whoever else may answer there."""
    try:
        return ask(address, "/public").echo["path"] == "/public"
    except (OSError, http.client.HTTPException, ValueError):
        return False
