"""From the parameters of a new instance to a checked plan: everything that can be refused is refused here."""

from __future__ import annotations

import base64
import binascii

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import (
    conflict,
    instance_type_not_supported,
    key_pair_not_found,
    mismatch,
    vswitch_not_found,
)
from yunbox.services.ecs.images.find import find_image, newest_of_family
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instance_types.catalogue import InstanceType, find_type
from yunbox.services.ecs.instances.moments import later
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.instances.parameters import MAX_USER_DATA, LaunchRequest
from yunbox.services.ecs.instances.password import check_password, shadow_hash
from yunbox.services.ecs.instances.ram_role import check_role
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.security_groups.membership import choose_groups
from yunbox.services.ecs.security_groups.model import SecurityGroup
from yunbox.services.vpc.vswitches.model import VSwitch

_SMALL_BANDWIDTH = 10
_PERIODS = {
    "Week": frozenset({1, 2, 3, 4}),
    "Month": frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60}),
    "Year": frozenset({1, 2, 3, 4, 5}),
}


class Plan(msgspec.Struct, frozen=True):
    """What every instance of a request has in common, checked."""

    image: Image
    type: InstanceType
    vswitch: VSwitch
    groups: list[SecurityGroup]
    password: str
    user_data: bytes
    tags: dict[str, str]
    expires: float


def plan_of(call: Call, request: LaunchRequest, *, vswitch_id: str, groups: list[str]) -> Plan:
    """Return the plan. Raises CloudError with the vendor's code for whatever is wrong."""
    if not request.instance_type:
        raise missing_parameter("InstanceType")
    type_ = find_type(request.instance_type)
    if type_ is None:
        raise instance_type_not_supported(request.instance_type)
    image = _image(call, request)
    vswitch = find_vswitch(call, vswitch_id)
    if request.zone_id and request.zone_id != vswitch.zone_id:
        raise mismatch("The specified ZoneId is not the zone of the specified VSwitchId.")
    check_description(request.description)
    check_key_pair(call, request.key_pair_name)
    for disk in request.data_disk:
        if disk.snapshot_id:
            call.authorise(f"snapshot/{disk.snapshot_id}")
    if request.ram_role_name:
        check_role(call, request.ram_role_name)
    return Plan(
        image=image,
        type=type_,
        vswitch=vswitch,
        groups=find_security_groups(call, groups, vswitch.vpc_id),
        password=hashed_password(call, request.password),
        user_data=read_user_data(request.user_data),
        tags=check_tags(request.tag),
        expires=_expires(call, request),
    )


def _image(call: Call, request: LaunchRequest) -> Image:
    if request.image_id and request.image_family:
        raise conflict("ImageId and ImageFamily exclude each other.")
    if request.image_family:
        image = newest_of_family(call, request.image_family)
        call.authorise(f"image/{image.id}")
        return image
    if not request.image_id:
        raise missing_parameter("ImageId")
    return usable_image(call, request.image_id)


def usable_image(call: Call, image_id: str) -> Image:
    """Return an image that instances can be made from.

    Raises CloudError: InvalidImageId.NotFound, ImageNotAvailable (it is not ready).
    """
    call.authorise(f"image/{image_id}")
    image = find_image(call, image_id)
    if image.status not in ("Available", "Deprecated"):
        raise CloudError("IncorrectImageStatus", 403, f"The specified image {image.id} is {image.status}.")
    return image


def check_key_pair(call: Call, name: str) -> None:
    """Return when there is a key pair of that name, or none is asked for.

    Raises CloudError: InvalidKeyPairName.NotFound.
    """
    if not name:
        return
    call.authorise(f"keypair/{name}")
    if not call.find(KeyPair, name=name[:256], limit=1):
        raise key_pair_not_found(name)


def find_vswitch(call: Call, vswitch_id: str) -> VSwitch:
    """Return a vSwitch. Raises CloudError: MissingParameter, InvalidVSwitchId.NotFound."""
    if not vswitch_id:
        raise missing_parameter("VSwitchId")
    return call.require(VSwitch, vswitch_id, vswitch_not_found)


def find_security_groups(call: Call, ids: list[str], vpc_id: str) -> list[SecurityGroup]:
    """Return the security groups of an interface. Raises CloudError as `choose_groups` does.

    As everywhere here, the caller needs the permission on what is used as well: ECS documentation, "RAM
    authorization", of RunInstances.
    """
    for each in ids:
        if each:
            call.authorise(f"securitygroup/{each}")
    return choose_groups(call, list(dict.fromkeys(each for each in ids if each)), vpc_id, _other_vpc)


def _other_vpc(group_id: str) -> CloudError:
    return mismatch(f"Specified security group {group_id} and virtual switch are not in the same VPC.")


def read_user_data(text: str) -> bytes:
    """Return decoded user data. Raises CloudError: InvalidUserData.Base64FormatInvalid, -.SizeExceeded."""
    try:
        data = base64.b64decode("".join(text.split()).encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise CloudError(
            "InvalidUserData.Base64FormatInvalid",
            400,
            "The specified parameter UserData must be base64 encoded.",
        ) from None
    if len(data) > MAX_USER_DATA:
        raise CloudError(
            "InvalidUserData.SizeExceeded", 400, f"The specified UserData exceeds {MAX_USER_DATA} bytes."
        )
    return data


def hashed_password(call: Call, password: str) -> str:
    """Return the hash of a checked password, empty for none. Raises CloudError: InvalidPassword.Malformed."""
    return shadow_hash(check_password(password), call.cloud.ids.random(16)) if password else ""


def _expires(call: Call, request: LaunchRequest) -> float:
    if request.instance_charge_type != "PrePaid":
        return 0.0
    if request.spot_strategy != "NoSpot":
        raise conflict("SpotStrategy is for pay-as-you-go instances.")
    if not request.period:
        raise missing_parameter("Period")
    return later(call.now, check_period(request.period, request.period_unit), request.period_unit)


def check_period(period: int, unit: str) -> int:
    """Return a period of subscription. Raises CloudError: InvalidPeriod.ValueNotSupported."""
    if period not in _PERIODS[unit]:
        raise CloudError(
            "InvalidPeriod.ValueNotSupported", 403, f"The specified Period is not one of a {unit}."
        )
    return period


def bandwidth_in(wanted: int, out: int) -> int:
    """Return the inbound bandwidth: what was asked for, or the vendor's default for the outbound one."""
    return wanted if wanted > 0 else max(_SMALL_BANDWIDTH, out)
