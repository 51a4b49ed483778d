"""Classic load balancers carry traffic: real instances behind real balancers."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections import Counter
from collections.abc import Callable

import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from cryptography import x509
from cryptography.x509.oid import NameOID
from running import RunningCloud
from services.ecs.ecs_clients import Network, exposes, wait_for
from services.sdk import REGION, configured
from services.self_signed import RSA, self_signed
from services.slb.slb_clients import Slbs, servers_of

pytestmark = pytest.mark.skipif(not exposes(), reason="this machine allows no network namespaces")

Serving = Callable[..., list[str]]


def get(address: str, path: str = "/", port: int = 80, **headers: str) -> tuple[int, str]:
    """Return the status and the body of an answer."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_requests_reach_the_instances_behind_a_balancer(
    slbs: Slbs, network: Network, serving: Serving
) -> None:
    ids = serving(2)
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    slbs.add(balancer, *ids)
    slbs.listen(balancer, 80, health_check="on", health_check_interval=1, healthy_threshold=2)
    slbs.listen(balancer, 81, "TCP")
    slbs.start(balancer, 80)
    slbs.start(balancer, 81, "TCP")
    wait_for(lambda: set(slbs.health(balancer).values()) == {"normal"})
    seen = Counter(get(address)[1].partition("\n")[0] for _ in range(10))
    assert sorted(seen.values()) == [5, 5]
    assert get(address, port=81)[0] == 200


def group_of(slbs: Slbs, balancer: str, *ids: str) -> str:
    """Make a VServer group of instances."""
    servers = servers_of(*ids, Port=8080)
    made = slbs.do("CreateVServerGroup", load_balancer_id=balancer, backend_servers=servers)
    return str(made.vserver_group_id)


def test_rules_cookies_headers_and_access(slbs: Slbs, network: Network, serving: Serving) -> None:
    one, two = serving(2)
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    slbs.add(balancer, one)
    slbs.listen(
        balancer,
        sticky_session="on",
        sticky_session_type="insert",
        cookie_timeout=60,
        xforwarded_for_proto="on",
        xforwarded_for_slbid="on",
        xforwarded_for_slbip="on",
        xforwarded_for_client_src_port="on",
    )
    rules = [
        {"RuleName": "path", "Url": "/two", "VServerGroupId": group_of(slbs, balancer, two)},
        {"RuleName": "domain", "Domain": "*.example.com", "VServerGroupId": group_of(slbs, balancer, two)},
    ]
    slbs.do("CreateRules", load_balancer_id=balancer, listener_port=80, rule_list=json.dumps(rules))
    slbs.start(balancer)
    status, body = wait_for(lambda: (found := get(address)) and found[0] == 200 and found)
    first = body.partition("\n")[0]
    assert status == 200
    for expected in (
        "X-Forwarded-Proto: http",
        f"SLB-ID: {balancer}",
        f"SLB-IP: {address}",
        "X-Forwarded-For: ",
    ):
        assert expected.lower() in body.lower()
    assert "x-forwarded-client-srcport: " in body.lower()
    other = wait_for(lambda: (found := get(address, "/two/x")) and found[0] == 200 and found)[1].partition(
        "\n"
    )[0]
    assert other != first
    assert get(address, Host="www.example.com")[1].startswith(other)
    assert get(address, "/tw")[1].startswith(first)
    acl = slbs.do("CreateAccessControlList", acl_name="traffic").acl_id
    entries = json.dumps([{"entry": "0.0.0.0/0"}])
    slbs.do("AddAccessControlListEntry", acl_id=acl, acl_entrys=entries)
    black = {"acl_status": "on", "acl_type": "black", "acl_id": acl}
    slbs.do("SetLoadBalancerHTTPListenerAttribute", load_balancer_id=balancer, listener_port=80, **black)
    wait_for(lambda: answer(address) in (None, 403))
    slbs.do("RemoveAccessControlListEntry", acl_id=acl, acl_entrys=entries)
    wait_for(lambda: answer(address) == 200)


def answer(address: str) -> int | None:
    """Return the status of an answer, or None where there is none."""
    try:
        return get(address)[0]
    except (OSError, http.client.HTTPException):
        return None


def common_name(address: str, name: str) -> str:
    """Return whose certificate is shown to one who asks for a name."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        found = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
    return str(found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_https_with_a_certificate_for_each_domain(slbs: Slbs, network: Network, serving: Serving) -> None:
    [one] = serving(1)
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    ids = []
    for name in ("a.example.com", "b.example.com"):
        chain, key = self_signed(name, key=RSA)
        uploaded = slbs.do("UploadServerCertificate", server_certificate=chain, private_key=key)
        ids.append(uploaded.server_certificate_id)
    slbs.add(balancer, one)
    slbs.listen(balancer, 443, "HTTPS", server_certificate_id=ids[0])
    slbs.do(
        "CreateDomainExtension",
        load_balancer_id=balancer,
        listener_port=443,
        domain="b.example.com",
        server_certificate_id=ids[1],
    )
    slbs.listen(balancer, 80, listener_forward="on", forward_port=443)
    slbs.start(balancer, 443, "HTTPS")
    slbs.start(balancer, 80)
    assert common_name(address, "a.example.com") == "a.example.com"
    assert common_name(address, "b.example.com") == "b.example.com"
    assert common_name(address, "c.example.com") == "a.example.com"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(address, 443, context=context, timeout=10)
    connection.request("GET", "/secure")
    assert connection.getresponse().status == 200
    connection.close()
    plain = http.client.HTTPConnection(address, 80, timeout=10)
    plain.request("GET", "/path?q=1")
    sent = plain.getresponse()
    assert (sent.status, sent.headers["Location"]) == (302, f"https://{address}/path?q=1")
    plain.close()


def test_public_addresses_lead_to_balancers(
    cloud: RunningCloud, slbs: Slbs, network: Network, serving: Serving
) -> None:
    ids = serving(1)
    outside = slbs.do("CreateLoadBalancer")
    slbs.add(outside.load_balancer_id, *ids)
    slbs.listen(outside.load_balancer_id)
    slbs.start(outside.load_balancer_id)
    wait_for(lambda: answer(outside.address) == 200)
    inside = slbs.balancer(v_switch_id=network.vswitch)
    slbs.add(inside, *ids)
    slbs.listen(inside)
    slbs.start(inside)
    vpc = VpcClient(configured(cloud))
    eip = vpc.allocate_eip_address(vpc_models.AllocateEipAddressRequest(region_id=REGION)).body
    bound = vpc_models.AssociateEipAddressRequest(
        region_id=REGION, allocation_id=eip.allocation_id, instance_id=inside, instance_type="SlbInstance"
    )
    vpc.associate_eip_address(bound)
    wait_for(lambda: answer(eip.eip_address) == 200)
    vpc.unassociate_eip_address(
        vpc_models.UnassociateEipAddressRequest(region_id=REGION, allocation_id=eip.allocation_id)
    )
    wait_for(lambda: answer(eip.eip_address) != 200)
    assert answer(slbs.describe(inside).address) == 200


def test_the_proxy_protocol_tells_servers_the_clients_address(
    slbs: Slbs, network: Network, serving: Serving
) -> None:
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    slbs.add(balancer, *serving(1))
    slbs.listen(balancer, 81, "TCP", backend_server_port=8081, proxy_protocol_v2enabled=True)
    assert slbs.listener(balancer, 81, "TCP").proxy_protocol_v2enabled is True
    slbs.start(balancer, 81, "TCP")
    wait_for(lambda: set(slbs.health(balancer).values()) == {"normal"})
    with socket.create_connection((address, 81), timeout=10) as client:
        mine = socket.inet_aton(client.getsockname()[0]).hex()
        client.sendall(b"hello")
        head = client.recv(1024).decode()
    assert head.startswith("0d0a0d0a000d0a515549540a2111")
    assert mine in head


def test_a_slave_serves_while_the_master_does_not(
    ecs: EcsClient, slbs: Slbs, network: Network, serving: Serving
) -> None:
    master, slave = serving(2)
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    pair = [
        {"ServerId": master, "Port": 8080, "ServerType": "Master"},
        {"ServerId": slave, "Port": 8080, "ServerType": "Slave"},
    ]
    group = slbs.do(
        "CreateMasterSlaveServerGroup",
        load_balancer_id=balancer,
        master_slave_backend_servers=json.dumps(pair),
    ).master_slave_server_group_id
    slbs.listen(
        balancer,
        80,
        "TCP",
        master_slave_server_group_id=group,
        backend_server_port=None,
        health_check_interval=1,
        healthy_threshold=2,
        unhealthy_threshold=2,
    )
    slbs.start(balancer, 80, "TCP")
    wait_for(lambda: set(slbs.health(balancer).values()) == {"normal"})
    first = get(address)[1].partition("\n")[0]
    assert {get(address)[1].partition("\n")[0] for _ in range(4)} == {first}
    ecs.stop_instance(ecs_models.StopInstanceRequest(instance_id=master, force_stop=True))
    wait_for(lambda: slbs.health(balancer)[master] == "abnormal")
    assert slbs.health(balancer)[slave] == "normal"
    assert get(address)[1].partition("\n")[0] not in ("", first)
