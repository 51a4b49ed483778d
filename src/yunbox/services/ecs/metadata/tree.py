"""What there is to know of an instance, by path: pure. Source: ECS documentation, "Instance metadata"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

import msgspec

from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch

NAMESERVERS = ("100.100.2.136", "100.100.2.138")
TIME_SERVERS = ("ntp1.cloud.aliyuncs.com", "ntp2.cloud.aliyuncs.com", "ntp3.cloud.aliyuncs.com")

Tree = Mapping[str, Any]
"""Names of one level: a text, or the next level."""


class About(msgspec.Struct, frozen=True):
    """An instance and what it is connected with."""

    instance: Instance
    vpc: Vpc
    vswitches: Mapping[str, VSwitch]
    interfaces: Sequence[NetworkInterface]
    public_key: str = ""


def meta_data(about: About) -> Tree:
    """Return what lies under `/latest/meta-data/`, but for the credentials of the role."""
    own, vpc = about.instance, about.vpc
    primary = about.vswitches[own.parent]
    eip = own.eip.address if own.eip is not None else own.public_ip
    tree: dict[str, Any] = {
        "dns-conf": {"nameservers": "\n".join(NAMESERVERS)},
        "hostname": own.host_name,
        "image-id": own.image_id,
        "instance": {
            "instance-name": own.name,
            "instance-type": own.instance_type,
            "max-netbw-egress": str(own.bandwidth_out * 1000),
            "max-netbw-ingress": str(own.bandwidth_in * 1000),
        },
        "instance-id": own.id,
        "mac": next((each.mac for each in about.interfaces if each.primary), ""),
        "network": {"interfaces": {"macs": {each.mac: _interface(about, each) for each in about.interfaces}}},
        "network-type": "vpc",
        "ntp-conf": {"ntp-servers": "\n".join(TIME_SERVERS)},
        "owner-account-id": own.account,
        "private-ipv4": own.private_ip,
        "region-id": own.region,
        "serial-number": own.serial,
        "vpc-cidr-block": vpc.cidr_block,
        "vpc-id": vpc.id,
        "vswitch-cidr-block": primary.cidr_block,
        "vswitch-id": primary.id,
        "zone-id": own.zone_id,
    }
    if eip:
        tree["eipv4"] = eip
    if about.public_key:
        tree["public-keys"] = {"0": {"openssh-key": about.public_key}}
    if own.ram_role:
        tree["ram"] = {"security-credentials": {own.ram_role: ""}}
    if own.metadata_tags == "enabled" and own.tags:
        tree["tags"] = {"instance": dict(own.tags)}
    return tree


def _interface(about: About, each: NetworkInterface) -> Tree:
    vswitch = about.vswitches[each.vswitch_id]
    return {
        "gateway": vswitch.gateway,
        "netmask": str(IPv4Network(vswitch.cidr_block).netmask),
        "network-interface-id": each.id,
        "primary-ip-address": each.private_ip,
        "private-ipv4s": "[" + ",".join(each.addresses) + "]",
        "vpc-cidr-block": about.vpc.cidr_block,
        "vpc-id": each.vpc_id,
        "vswitch-cidr-block": vswitch.cidr_block,
        "vswitch-id": each.vswitch_id,
    }


def document(about: About) -> bytes:
    """Return the instance identity document."""
    own = about.instance
    return msgspec.json.encode(
        {
            "owner-account-id": own.account,
            "instance-id": own.id,
            "mac": next((each.mac for each in about.interfaces if each.primary), ""),
            "region-id": own.region,
            "serial-number": own.serial,
            "zone-id": own.zone_id,
            "instance-type": own.instance_type,
            "image-id": own.image_id,
            "private-ipv4": own.private_ip,
        }
    )


def look_up(tree: Tree, path: str) -> str | None:
    """Return the text at a path (without a leading slash), the names below it one a line, or None."""
    node: Any = tree
    for step in [each for each in path.split("/") if each]:
        if not isinstance(node, Mapping) or step not in node:
            return None
        node = node[step]
    if isinstance(node, Mapping):
        return "\n".join(f"{name}/" if isinstance(below, Mapping) else name for name, below in node.items())
    return str(node)
