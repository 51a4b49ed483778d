"""ModifyInstanceVpcAttribute and ReplaceSystemDisk: another place, another system."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.create import create_disk
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.errors import instance_status, mismatch
from yunbox.services.ecs.instances.launch import system_disk_size
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.network import renew_network
from yunbox.services.ecs.instances.plan import (
    check_key_pair,
    find_security_groups,
    find_vswitch,
    hashed_password,
    usable_image,
)
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.network_interfaces.create import interfaces_of, mac_of, replace_interface
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.product import ecs
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.vswitches.addresses import release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch


class ModifyInstanceVpcAttribute(Request):
    """Move a stopped instance to another vSwitch of its zone, or give it another address."""

    instance_id: str
    v_switch_id: str
    private_ip_address: str = ""
    vpc_id: str = ""
    security_group_id: Annotated[list[str], Meta(max_length=16)] = []


@ecs.action(ModifyInstanceVpcAttribute, on="instance/{instance_id}")
def modify_instance_vpc_attribute(request: ModifyInstanceVpcAttribute, call: Call) -> Empty:
    """Give its primary interface an address there; another VPC needs security groups of it too."""
    instance = _stopped(find_instance(call, request.instance_id))
    vswitch = find_vswitch(call, request.v_switch_id)
    if vswitch.zone_id != instance.zone_id:
        raise mismatch("The specified VSwitchId is not in the zone of the instance.")
    if request.vpc_id and request.vpc_id != vswitch.vpc_id:
        raise mismatch("The specified VSwitchId is not in the specified VpcId.")
    interfaces = interfaces_of(call.view, instance.id)
    primary = next(each for each in interfaces if each.primary)
    groups = primary.security_groups
    if vswitch.vpc_id != instance.vpc_id:
        if len(interfaces) > 1 or instance.eip is not None:
            raise CloudError(
                "InvalidOperation.VpcChange",
                403,
                f"The instance {instance.id} has further interfaces or an elastic address, which its VPC holds.",
            )
        if not request.security_group_id:
            raise missing_parameter("SecurityGroupId")
    if request.security_group_id:
        found = find_security_groups(call, request.security_group_id, vswitch.vpc_id)
        groups = tuple(each.id for each in found)
    moved = _moved(call, primary, vswitch, request.private_ip_address)
    replace_interface(call.change, msgspec.structs.replace(moved, security_groups=groups))
    call.change.replace(msgspec.structs.replace(instance, parent=vswitch.id, vpc_id=vswitch.vpc_id))
    for eip in call.view.find(Eip, parent=instance.id):
        call.change.replace(msgspec.structs.replace(eip, private_ip=moved.private_ip))
    renew_network(call.change, instance.id)
    return Empty()


def _moved(call: Call, interface: NetworkInterface, vswitch: VSwitch, wanted: str) -> NetworkInterface:
    stays = vswitch.id == interface.vswitch_id
    if stays and wanted in ("", interface.private_ip):
        return interface
    address = take_address(call, vswitch, interface.id, wanted)
    release_address(call.change, interface.vswitch_id, interface.private_ip)
    if not stays:
        for each in interface.secondary_ips:
            release_address(call.change, interface.vswitch_id, each)
    return msgspec.structs.replace(
        interface,
        vswitch_id=vswitch.id,
        vpc_id=vswitch.vpc_id,
        private_ip=address,
        mac=mac_of(vswitch.vpc_id, address),
        secondary_ips=interface.secondary_ips if stays else (),
    )


def _stopped(instance: Instance) -> Instance:
    if instance.status != "Stopped" or instance.desired != "Stopped":
        raise instance_status(instance.id, instance.status, "Stopped")
    return instance


class ReplacedDisk(Shape):
    """The new system disk. `size` in GiB, 0 for the old one's."""

    size: Annotated[int, Meta(ge=0, le=2048)] = 0


class ReplaceSystemDisk(Request):
    """Give a stopped instance a new system disk, made from an image. What was on the old one is lost."""

    accepted: ClassVar[dict[str, str]] = {
        "SecurityEnhancementStrategy": "no agent is installed either way",
        "UseAdditionalService": "there is none",
        "Architecture": "the vendor no longer uses it",
        "Platform": "the vendor no longer uses it",
    }

    instance_id: str
    image_id: str
    system_disk: ReplacedDisk = ReplacedDisk()
    key_pair_name: str = ""
    password: str = ""
    password_inherit: bool = False
    encrypted: bool = False


class SystemDiskReplaced(Answer):
    """The new system disk."""

    disk_id: str


@ecs.action(ReplaceSystemDisk, on="instance/{instance_id}")
def replace_system_disk(request: ReplaceSystemDisk, call: Call) -> SystemDiskReplaced:
    """Store a new system disk in place of the old; the layer is made anew before the next start.

    As with the vendor, a key pair or password that is not given again is no more.
    """
    instance = _stopped(find_instance(call, request.instance_id))
    image = usable_image(call, request.image_id)
    check_key_pair(call, request.key_pair_name)
    old = call.get(Disk, instance.system_disk)
    kept: dict[str, Any] = {}
    if old is not None:
        kept = {"category": old.category, "performance_level": old.performance_level, "name": old.name}
        kept |= {"description": old.description, "tags": old.tags, "resource_group": old.resource_group}
        call.change.delete(Disk, old.id)
    size = request.system_disk.size or (max(old.size, image.size) if old is not None else 0)
    new = create_disk(
        call,
        zone_id=instance.zone_id,
        size=system_disk_size(size, image),
        type="system",
        instance_id=instance.id,
        delete_with_instance=True,
        image_id=image.id,
        encrypted=request.encrypted,
        **kept,
    )
    call.change.replace(
        msgspec.structs.replace(
            instance,
            image_id=image.id,
            engine_image=image.engine_image,
            os_name=image.os_name,
            os_name_en=image.os_name_en,
            os_type=image.os_type,
            system_disk=new.id,
            key_pair=request.key_pair_name,
            password=hashed_password(call, request.password),
        )
    )
    return SystemDiskReplaced(disk_id=new.id)
