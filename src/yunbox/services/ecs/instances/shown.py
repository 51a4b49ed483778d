"""How an instance is shown. Wire shapes: the SDK alibabacloud_ecs20140526, DescribeInstances."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

import msgspec

from yunbox.api.resource import minutes
from yunbox.api.shapes import Shape
from yunbox.services.ecs.instances.model import AttachedInterface, Instance
from yunbox.services.ecs.instances.moments import NEVER
from yunbox.services.ecs.tags import TagList, tag_list

_KEPT = 20_000
"""So many encoded instances a process keeps: about 2.5 KB each."""


class Addresses(Shape):
    """The wrapping of a list of addresses."""

    ip_address: list[str] = []


class ShownEip(Shape):
    """The elastic address that is bound to an instance, or empty fields."""

    allocation_id: str = ""
    ip_address: str = ""
    internet_charge_type: str = ""
    bandwidth: int | msgspec.UnsetType = msgspec.UNSET
    is_support_unassociate: bool | msgspec.UnsetType = msgspec.UNSET


class VpcAttributes(Shape):
    """Where an instance is in its VPC."""

    vpc_id: str
    v_switch_id: str
    private_ip_address: Addresses
    nat_ip_address: str = ""


class GroupIds(Shape):
    """The wrapping of a list of security groups."""

    security_group_id: list[str]


class PrivateIp(Shape):
    """An address of an interface."""

    private_ip_address: str
    primary: bool


class PrivateIps(Shape):
    """The wrapping of a list of addresses of an interface."""

    private_ip_set: list[PrivateIp]


class ShownInterface(Shape):
    """A network interface of an instance."""

    network_interface_id: str
    mac_address: str
    primary_ip_address: str
    type: str
    private_ip_sets: PrivateIps


class ShownInterfaces(Shape):
    """The wrapping of a list of interfaces."""

    network_interface: list[ShownInterface]


class LockReason(Shape):
    """Why an instance is locked."""

    lock_reason: str
    lock_msg: str = ""


class Locks(Shape):
    """The wrapping of a list of locks."""

    lock_reason: list[LockReason] = []


class MetadataOptions(Shape):
    """How the metadata service answers."""

    http_endpoint: str
    http_tokens: str
    http_put_response_hop_limit: int
    instance_metadata_tags: str


class ShownCpuOptions(Shape):
    """Cores and threads."""

    core_count: int
    threads_per_core: int
    topology_type: str = ""
    numa: str = ""


class DedicatedHost(Shape):
    """The dedicated host: there is none."""

    dedicated_host_id: str = ""
    dedicated_host_name: str = ""
    dedicated_host_cluster_id: str = ""


class Tenancy(Shape):
    """Whether on a dedicated host: it is not."""

    affinity: str = ""
    tenancy: str = ""


class CapacityReservation(Shape):
    """The capacity reservation: there is none."""

    capacity_reservation_id: str = ""
    capacity_reservation_preference: str = ""


class Hibernation(Shape):
    """Whether it can hibernate."""

    configured: bool = False


class ShownImageOptions(Shape):
    """Options of the image."""

    login_as_non_root: bool


class ShownInstance(Shape, kw_only=True):
    """One instance of a listing."""

    instance_id: str
    instance_name: str
    description: str
    status: str
    region_id: str
    zone_id: str
    host_name: str
    instance_type: str
    instance_type_family: str
    cpu: int
    memory: int
    image_id: str
    os_name: str = msgspec.field(name="OSName")
    os_name_en: str = msgspec.field(name="OSNameEn")
    os_type: str = msgspec.field(name="OSType")
    creation_time: str
    start_time: str
    expired_time: str
    auto_release_time: str
    instance_charge_type: str
    instance_network_type: str = "vpc"
    internet_charge_type: str
    internet_max_bandwidth_in: int
    internet_max_bandwidth_out: int
    public_ip_address: Addresses
    inner_ip_address: Addresses = Addresses()
    rdma_ip_address: Addresses = Addresses()
    eip_address: ShownEip
    vpc_attributes: VpcAttributes
    security_group_ids: GroupIds
    network_interfaces: ShownInterfaces
    key_pair_name: str
    tags: TagList
    resource_group_id: str
    deletion_protection: bool
    credit_specification: str
    spot_strategy: str
    spot_price_limit: float
    spot_duration: int
    spot_interruption_behavior: str
    stopped_mode: str
    metadata_options: MetadataOptions
    cpu_options: ShownCpuOptions
    serial_number: str
    operation_locks: Locks = Locks()
    dedicated_host_attribute: DedicatedHost = DedicatedHost()
    dedicated_instance_attribute: Tenancy = Tenancy()
    ecs_capacity_reservation_attr: CapacityReservation = CapacityReservation()
    hibernation_options: Hibernation = Hibernation()
    image_options: ShownImageOptions
    io_optimized: bool = True
    device_available: bool = True
    recyclable: bool = False
    sale_cycle: str = ""
    gpu_amount: int = msgspec.field(name="GPUAmount", default=0)
    gpu_spec: str = msgspec.field(name="GPUSpec", default="")
    local_storage_amount: int = 0
    deployment_set_id: str = ""
    hpc_cluster_id: str = ""
    cluster_id: str = ""
    vlan_id: str = ""


_encode = msgspec.json.Encoder().encode
_encoded: OrderedDict[str, tuple[int, msgspec.Raw]] = OrderedDict()


def shown(instance: Instance) -> ShownInstance:
    """Return an instance as a listing shows it, encoded already: an instance at a revision is always shown alike."""
    kept = _encoded.get(instance.id)
    if kept is not None and kept[0] == instance.revision:
        return cast(ShownInstance, kept[1])
    made = msgspec.Raw(_encode(show(instance)))
    _encoded[instance.id] = instance.revision, made
    if len(_encoded) > _KEPT:
        _encoded.popitem(last=False)
    return cast(ShownInstance, made)


def show(instance: Instance) -> ShownInstance:
    """Return an instance as a listing shows it."""
    return ShownInstance(
        instance_id=instance.id,
        instance_name=instance.name,
        description=instance.description,
        status=instance.status,
        region_id=instance.region,
        zone_id=instance.zone_id,
        host_name=instance.host_name,
        instance_type=instance.instance_type,
        instance_type_family=family_of(instance.instance_type),
        cpu=instance.cpu,
        memory=instance.memory,
        image_id=instance.image_id,
        os_name=instance.os_name,
        os_name_en=instance.os_name_en,
        os_type=instance.os_type,
        creation_time=minutes(instance.created),
        start_time=minutes(instance.started),
        expired_time=minutes(instance.expires) or NEVER,
        auto_release_time=minutes(instance.auto_release),
        instance_charge_type=instance.charge_type,
        internet_charge_type=instance.internet_charge_type,
        internet_max_bandwidth_in=instance.bandwidth_in,
        internet_max_bandwidth_out=instance.bandwidth_out,
        public_ip_address=Addresses(ip_address=instance.public_addresses),
        eip_address=shown_eip(instance),
        vpc_attributes=vpc_attributes(instance),
        security_group_ids=GroupIds(security_group_id=list(instance.security_groups)),
        network_interfaces=ShownInterfaces(
            network_interface=[_show_interface(each) for each in instance.interfaces]
        ),
        key_pair_name=instance.key_pair,
        tags=tag_list(instance.tags),
        resource_group_id=instance.resource_group,
        deletion_protection=instance.deletion_protection,
        credit_specification=instance.credit,
        spot_strategy=instance.spot_strategy,
        spot_price_limit=instance.spot_price,
        spot_duration=instance.spot_duration,
        spot_interruption_behavior=instance.spot_interruption if instance.spot_strategy != "NoSpot" else "",
        stopped_mode=instance.stopped_mode,
        metadata_options=MetadataOptions(
            http_endpoint=instance.http_endpoint,
            http_tokens=instance.http_tokens,
            http_put_response_hop_limit=instance.http_hops,
            instance_metadata_tags=instance.metadata_tags,
        ),
        cpu_options=_cpu_options(instance),
        serial_number=instance.serial,
        image_options=ShownImageOptions(login_as_non_root=instance.login_as_non_root),
    )


def family_of(instance_type: str) -> str:
    """Return the family of a type: `ecs.g7` of `ecs.g7.large`."""
    return instance_type.rpartition(".")[0].partition("-")[0]


def shown_eip(instance: Instance) -> ShownEip:
    """Return the bound elastic address, or empty fields."""
    if instance.eip is None:
        return ShownEip()
    return ShownEip(
        allocation_id=instance.eip.id,
        ip_address=instance.eip.address,
        internet_charge_type=instance.eip.charge_type,
        bandwidth=instance.eip.bandwidth,
        is_support_unassociate=True,
    )


def vpc_attributes(instance: Instance) -> VpcAttributes:
    """Return where it is."""
    return VpcAttributes(
        vpc_id=instance.vpc_id,
        v_switch_id=instance.vswitch_id,
        private_ip_address=Addresses(ip_address=[instance.private_ip]),
    )


def _show_interface(interface: AttachedInterface) -> ShownInterface:
    addresses = [PrivateIp(private_ip_address=interface.private_ip, primary=True)]
    addresses += [PrivateIp(private_ip_address=each, primary=False) for each in interface.secondary]
    return ShownInterface(
        network_interface_id=interface.id,
        mac_address=interface.mac,
        primary_ip_address=interface.private_ip,
        type="Primary" if interface.primary else "Secondary",
        private_ip_sets=PrivateIps(private_ip_set=addresses),
    )


def _cpu_options(instance: Instance) -> ShownCpuOptions:
    threads = instance.threads_per_core or (2 if instance.cpu > 1 else 1)
    return ShownCpuOptions(
        core_count=instance.core_count or max(instance.cpu // threads, 1),
        threads_per_core=threads,
        topology_type=instance.topology,
    )
