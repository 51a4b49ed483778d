"""Rules as requests state them: what is read, and what is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.services.ecs.security_groups.firewall import ports_of
from yunbox.services.ecs.security_groups.permissions import Egress, Ingress, IngressPermission, read_rule

HTTP = {"ip_protocol": "tcp", "port_range": "80/80", "source_cidr_ip": "0.0.0.0/0"}


def read(**fields: Any) -> Any:
    """Read an incoming rule: HTTP from everywhere, but for the fields given."""
    return read_rule("ingress", Ingress(**HTTP | fields), "AuthorizeSecurityGroup")


def test_a_plain_rule() -> None:
    rule = read(priority="7", policy="DROP", description="no web", dest_cidr_ip="10.0.0.0/8")
    assert (rule.protocol, rule.ports, rule.policy, rule.priority) == ("TCP", "80/80", "Drop", 7)
    assert (rule.cidr, rule.near_cidr, rule.description) == ("0.0.0.0/0", "10.0.0.0/8", "no web")


def test_the_ends_of_an_outgoing_rule_are_the_other_way_round() -> None:
    stated = Egress(ip_protocol="ALL", dest_cidr_ip="10.1.0.0/16", source_cidr_ip="10.0.0.0/24")
    rule = read_rule("egress", stated, "AuthorizeSecurityGroupEgress")
    assert (rule.way, rule.cidr, rule.near_cidr, rule.ports) == (
        "egress",
        "10.1.0.0/16",
        "10.0.0.0/24",
        "-1/-1",
    )


def test_a_block_goes_before_a_group_and_both_before_a_prefix_list() -> None:
    rule = read(source_group_id="sg-1", source_group_owner_id=5, source_prefix_list_id="pl-1")
    assert (rule.cidr, rule.group, rule.group_account) == ("0.0.0.0/0", "", "")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("2001:DB8:0:0::1/64", "2001:db8::1/64"), ("2001:db8:0:0:0:0:0:0/32", "2001:db8::/32"), ("::", "::")],
)
def test_ipv6_is_kept_in_its_shortest_writing(text: str, kept: str) -> None:
    assert read(source_cidr_ip="", ipv6_source_cidr_ip=text).ipv6_cidr == kept


@pytest.mark.parametrize("text", ["10.0.0.5/8", "10.0.0.5", "0.0.0.0/0"])
def test_ipv4_is_kept_as_it_came(text: str) -> None:
    assert read(source_cidr_ip=text).cidr == text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ip_protocol": ""}, "MissingParameter"),
        ({"ip_protocol": "sctp"}, "InvalidIpProtocol.ValueNotSupported"),
        ({"port_range": ""}, "InvalidPortRange.Malformed"),
        ({"port_range": "80"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "-1/-1"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "81/80"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "0/80"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "1/65536"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "1/2/3"}, "InvalidIpPortRange.Malformed"),
        ({"port_range": "１/２"}, "InvalidIpPortRange.Malformed"),  # noqa: RUF001 - digits, but not ASCII's
        ({"ip_protocol": "icmp"}, "InvalidIpPortRange.Malformed"),
        ({"policy": "reject"}, "InvalidPolicy.Malformed"),
        ({"priority": "0"}, "InvalidPriority.ValueNotSupported"),
        ({"priority": "101"}, "InvalidPriority.ValueNotSupported"),
        ({"priority": "-1"}, "InvalidPriority.ValueNotSupported"),
        ({"priority": "1.5"}, "InvalidPriority.ValueNotSupported"),
        ({"nic_type": "wireless"}, "InvalidNicType.ValueNotSupported"),
        ({"source_cidr_ip": "10.0.0.0/33"}, "InvalidParam.SourceCidrIp"),
        ({"source_cidr_ip": "10.0.0"}, "InvalidParam.SourceCidrIp"),
        ({"source_cidr_ip": "::/0"}, "InvalidParam.SourceCidrIp"),
        ({"source_cidr_ip": "10.0.0.0/255.0.0.0"}, "InvalidParam.SourceCidrIp"),
        ({"source_cidr_ip": "", "ipv6_source_cidr_ip": "fe80::1%eth0"}, "InvalidParam.Ipv6SourceCidrIp"),
        ({"source_cidr_ip": "", "ipv6_source_cidr_ip": "10.0.0.0/8"}, "InvalidParam.Ipv6SourceCidrIp"),
        ({"ipv6_source_cidr_ip": "::/0"}, "InvalidParam.SourceIp"),
        ({"dest_cidr_ip": "10.0.0.0/8", "ipv6_dest_cidr_ip": "::/0"}, "InvalidParam.DestIp"),
        ({"ipv6_dest_cidr_ip": "::/0"}, "InvalidParameter.Conflict"),
        ({"source_cidr_ip": ""}, "MissingParameter.Source"),
        (
            {
                "ip_protocol": "icmp",
                "port_range": "-1/-1",
                "source_cidr_ip": "",
                "ipv6_source_cidr_ip": "::/0",
            },
            "InvalidParam.Ipv4ProtocolConflictWithIpv6Address",
        ),
        (
            {"ip_protocol": "ICMPv6", "port_range": "-1/-1"},
            "InvalidParam.Ipv6ProtocolConflictWithIpv4Address",
        ),
        ({"source_cidr_ip": "", "source_prefix_list_id": "pl-1"}, "InvalidParameter.NotImplemented"),
        ({"source_port_range": "1024/2048"}, "InvalidParameter.NotImplemented"),
        ({"description": "x" * 513}, "InvalidSecurityGroupDiscription.Malformed"),
    ],
)
def test_refusals(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(CloudError) as caught:
        read(**fields)
    assert caught.value.code == code


def test_a_list_of_ports_is_refused_by_name() -> None:
    stated = IngressPermission(ip_protocol="tcp", source_cidr_ip="0.0.0.0/0", port_range_list_id="prl-1")
    with pytest.raises(CloudError) as caught:
        read_rule("ingress", stated, "AuthorizeSecurityGroup", 3)
    assert caught.value.code == "InvalidParameter.NotImplemented"
    assert "Permissions.3.PortRangeListId" in caught.value.message


@given(st.text(max_size=12) | st.from_regex(r"-?\d{1,6}/-?\d{1,6}", fullmatch=True))
def test_no_text_makes_a_wrong_range(text: str) -> None:
    with contextlib.suppress(CloudError):
        first, last = ports_of(read(port_range=text).ports)
        assert 1 <= first <= last <= 65535


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=6), st.text(max_size=6))
def test_whatever_comes_is_read_or_refused(cidr: str, ipv6: str, protocol: str, priority: str) -> None:
    with contextlib.suppress(CloudError):
        read(source_cidr_ip=cidr, ipv6_source_cidr_ip=ipv6, ip_protocol=protocol, priority=priority)
