"""Writing a new instance with its interface, addresses and disks, in the transaction of the request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.create import create_disk, free_device
from yunbox.services.ecs.errors import interface_not_found, mismatch
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instances.model import Desired, Instance
from yunbox.services.ecs.instances.network import repeated
from yunbox.services.ecs.instances.parameters import (
    DataDisk,
    FurtherDataDisk,
    LaunchRequest,
    NetworkInterfaceAsked,
    RunRequest,
)
from yunbox.services.ecs.instances.plan import Plan, bandwidth_in, find_security_groups, find_vswitch
from yunbox.services.ecs.network_interfaces.create import create_interface, replace_interface
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.snapshots.find import usable_snapshot
from yunbox.services.vpc.eips.pool import take_public_address

_SYSTEM_DISK_SIZE = 40


class Particulars(msgspec.Struct, frozen=True, kw_only=True):
    """What is one instance's own."""

    id: str
    name: str
    host_name: str
    private_ip: str = ""
    desired: Desired = "Running"
    public: bool = False
    auto_release: float = 0.0


def launch(call: Call, request: LaunchRequest, plan: Plan, own: Particulars) -> Instance:
    """Store one instance and all that belongs to it; return it. Raises CloudError for what is not to be had."""
    interface = create_interface(
        call,
        plan.vswitch,
        plan.groups,
        instance_id=own.id,
        primary=True,
        private_ip=own.private_ip,
        resource_group=request.resource_group_id,
        tags=plan.tags,
    )
    if isinstance(request, RunRequest):
        for asked in request.network_interface:
            if asked.instance_type == "Primary":
                _keep_options(call, interface, asked, plan)
        _further_interfaces(call, request, plan, own.id)
    system_disk = _create_system_disk(call, request, plan, own.id)
    _create_data_disks(call, request, plan, own.id)
    instance = msgspec.structs.replace(
        _instance(call, request, plan, own),
        system_disk=system_disk,
        public_ip=take_public_address(call, own.id) if own.public else "",
    )
    return call.change.create(repeated(call.change, instance))


def _instance(call: Call, request: LaunchRequest, plan: Plan, own: Particulars) -> Instance:
    running = own.desired == "Running"
    out = request.internet_max_bandwidth_out
    return Instance(
        id=own.id,
        account=call.account,
        region=call.region,
        name=own.name,
        parent=plan.vswitch.id,
        tags=plan.tags,
        resource_group=request.resource_group_id,
        created=call.now,
        desired=own.desired,
        status="Pending" if running else "Stopped",
        boot=1 if running else 0,
        boot_asked=call.now,
        instance_type=plan.type.id,
        cpu=plan.type.cpu,
        memory=int(plan.type.memory * 1024),
        image_id=plan.image.id,
        engine_image=plan.image.engine_image,
        os_name=plan.image.os_name,
        os_name_en=plan.image.os_name_en,
        os_type=plan.image.os_type,
        zone_id=plan.vswitch.zone_id,
        serial=_serial(call),
        vpc_id=plan.vswitch.vpc_id,
        bandwidth_in=bandwidth_in(request.internet_max_bandwidth_in, out),
        bandwidth_out=out,
        internet_charge_type=request.internet_charge_type,
        host_name=own.host_name,
        key_pair=request.key_pair_name,
        password=plan.password,
        ram_role=request.ram_role_name,
        user_data=plan.user_data,
        http_endpoint=request.http_endpoint,
        http_tokens=request.http_tokens,
        http_hops=request.http_put_response_hop_limit,
        description=request.description,
        charge_type=request.instance_charge_type,
        expires=plan.expires,
        auto_release=own.auto_release,
        renewal="AutoRenewal" if request.auto_renew else "Normal",
        renewal_period=request.auto_renew_period,
        renewal_unit=request.period_unit,
        spot_strategy=request.spot_strategy,
        spot_price=request.spot_price_limit,
        spot_duration=request.spot_duration,
        spot_interruption=request.spot_interruption_behavior,
        deletion_protection=request.deletion_protection,
        credit=request.credit_specification or ("Standard" if plan.type.initial_credit else ""),
        **_options(request),
    )


def _options(request: LaunchRequest) -> dict[str, Any]:
    found: dict[str, Any] = {"pool_criteria": request.private_pool_options.match_criteria}
    if isinstance(request, RunRequest):
        found |= {
            "login_as_non_root": request.image_options.login_as_non_root,
            "jumbo_frames": request.network_options.enable_jumbo_frame,
            "core_count": request.cpu_options.core,
            "threads_per_core": request.cpu_options.threads_per_core,
            "topology": request.cpu_options.topology_type,
            "launch_template": request.launch_template_id,
        }
    return found


def _serial(call: Call) -> str:
    """Return a serial number as the vendor's are: a UUID."""
    digits = call.cloud.ids.hex(32).lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def system_disk_size(wanted: int, image: Image) -> int:
    """Return the size of a system disk, in GiB; 0 takes 40, or the image's.

    Raises CloudError: InvalidSystemDiskSize.LessThanImageSize.
    """
    if wanted and wanted < image.size:
        raise CloudError(
            "InvalidSystemDiskSize.LessThanImageSize",
            400,
            f"The size of the system disk is smaller than the image's, {image.size} GiB.",
        )
    return wanted or max(image.size, _SYSTEM_DISK_SIZE)


def _create_system_disk(call: Call, request: LaunchRequest, plan: Plan, instance_id: str) -> str:
    asked = request.system_disk
    disk = create_disk(
        call,
        zone_id=plan.vswitch.zone_id,
        size=system_disk_size(asked.size, plan.image),
        category=asked.category,
        type="system",
        instance_id=instance_id,
        name=asked.disk_name,
        description=asked.description,
        performance_level=asked.performance_level,
        delete_with_instance=True,
        image_id=plan.image.id,
        tags=plan.tags,
        resource_group=request.resource_group_id,
        bursting_enabled=asked.bursting_enabled,
        provisioned_iops=asked.provisioned_iops,
        encrypted=asked.encrypted,
    )
    return disk.id


def _create_data_disks(call: Call, request: LaunchRequest, plan: Plan, instance_id: str) -> None:
    wanted = [*request.data_disk, *_image_disks(plan.image, request.data_disk)]
    taken = {disk.device for disk in wanted if disk.device}
    for asked in wanted:
        device = asked.device or free_device(taken)
        taken.add(device)
        further = asked if isinstance(asked, FurtherDataDisk) else FurtherDataDisk()
        create_disk(
            call,
            zone_id=plan.vswitch.zone_id,
            size=_data_size(call, asked),
            category=asked.category,
            instance_id=instance_id,
            name=asked.disk_name,
            description=asked.description,
            performance_level=asked.performance_level,
            delete_with_instance=asked.delete_with_instance,
            source_snapshot=asked.snapshot_id,
            device=device,
            tags=plan.tags,
            resource_group=request.resource_group_id,
            bursting_enabled=further.bursting_enabled,
            provisioned_iops=further.provisioned_iops,
            encrypted=asked.encrypted,
        )


def _image_disks(image: Image, asked: Sequence[DataDisk]) -> list[DataDisk]:
    """Return the data disks that come with the image, but for those that the request replaces by their device."""
    replaced = {each.device for each in asked}
    return [
        DataDisk(size=each.size, snapshot_id=each.snapshot_id, device=each.device)
        for each in image.mappings
        if each.type == "data" and each.device not in replaced
    ]


def _data_size(call: Call, asked: DataDisk) -> int:
    if not asked.snapshot_id:
        return asked.size
    return max(asked.size, usable_snapshot(call, asked.snapshot_id, "data").size)


def _further_interfaces(call: Call, request: RunRequest, plan: Plan, instance_id: str) -> None:
    asked = [each for each in request.network_interface if each.instance_type == "Secondary"]
    if len(asked) + 1 > plan.type.eni:
        raise CloudError(
            "InvalidInstanceType.EniLimitExceeded",
            403,
            f"{plan.type.id} has at most {plan.type.eni} interfaces.",
        )
    for index, each in enumerate(asked, 1):
        if each.network_interface_id:
            _attach(call, each.network_interface_id, plan, instance_id, index)
        else:
            _create(call, each, plan, instance_id, index)


def _create(call: Call, asked: NetworkInterfaceAsked, plan: Plan, instance_id: str, index: int) -> None:
    vswitch = find_vswitch(call, asked.v_switch_id) if asked.v_switch_id else plan.vswitch
    if vswitch.vpc_id != plan.vswitch.vpc_id or vswitch.zone_id != plan.vswitch.zone_id:
        raise mismatch("The vSwitch of a further interface is not in the instance's VPC and zone.")
    ids = [asked.security_group_id, *asked.security_group_ids]
    groups = find_security_groups(call, ids, vswitch.vpc_id) if any(ids) else plan.groups
    interface = create_interface(
        call,
        vswitch,
        groups,
        instance_id=instance_id,
        index=index,
        private_ip=asked.primary_ip_address,
        name=asked.network_interface_name,
        description=asked.description,
        delete_on_release=asked.delete_on_release,
    )
    _keep_options(call, interface, asked, plan)


def _keep_options(call: Call, interface: NetworkInterface, asked: NetworkInterfaceAsked, plan: Plan) -> None:
    if asked.network_card_index >= plan.type.cards:
        raise invalid_parameter(
            "NetworkInterface.N.NetworkCardIndex", f"{plan.type.id} has {plan.type.cards} network card(s)"
        )
    kept = msgspec.structs.replace(
        interface,
        traffic_mode=asked.network_interface_traffic_mode,
        card=asked.network_card_index,
        queues=asked.queue_number,
        queue_pairs=asked.queue_pair_number,
        source_dest_check=asked.source_dest_check,
    )
    if kept != interface:
        replace_interface(call.change, kept)


def _attach(call: Call, interface_id: str, plan: Plan, instance_id: str, index: int) -> None:
    interface = call.require(NetworkInterface, interface_id, interface_not_found)
    if interface.parent or interface.primary:
        raise CloudError("InvalidEniStatus", 400, f"The specified interface {interface.id} is in use.")
    if interface.vpc_id != plan.vswitch.vpc_id or interface.zone_id != plan.vswitch.zone_id:
        raise mismatch("The interface is not in the instance's VPC and zone.")
    attached = msgspec.structs.replace(interface, parent=instance_id, status="InUse", index=index)
    replace_interface(call.change, attached)
