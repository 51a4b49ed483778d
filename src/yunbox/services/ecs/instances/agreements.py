"""How instances are paid for, and for how long. Wire shapes: ECS API 2014-05-26.

Nothing is paid here. What the vendor does about time is done (`due`): an instance is released at its AutoReleaseTime,
a subscription that ends is renewed or its instance stopped, and it cannot be released before.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Answer, Empty, PageNumber, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.errors import instance_status
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import later, release_at
from yunbox.services.ecs.instances.plan import check_period
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.product import ecs

_MAX_IDS = 100
Unit = Literal["Week", "Month", "Year"]


def _only(instance: Instance, charge_type: str) -> None:
    if instance.charge_type != charge_type:
        raise CloudError(
            "ChargeTypeViolation",
            403,
            f"The operation is not permitted due to charge type of the instance {instance.id}: it is "
            f"{instance.charge_type}.",
        )


class ModifyInstanceChargeType(Request):
    """Turn subscriptions into pay-as-you-go instances, or the other way round."""

    accepted: ClassVar[dict[str, str]] = {"AutoPay": "nothing is paid", "IsDetailFee": "there is no fee"}

    instance_ids: Annotated[list[str], Meta(min_length=1, max_length=20)]
    instance_charge_type: Literal["PrePaid", "PostPaid"] = "PrePaid"
    period: Annotated[int, Meta(ge=0, le=60)] = 0
    period_unit: Unit = "Month"
    include_data_disks: bool = False


class Fee(Shape):
    """What it costs."""

    instance_id: str
    fee: str = "0"
    currency: str = "CNY"


class Fees(Shape):
    """The wrapping of a list of fees."""

    fee_of_instance: list[Fee]


class ChargeTypeModified(Answer):
    """The order."""

    order_id: str
    fee_of_instances: Fees


@ecs.action(ModifyInstanceChargeType, on="instance/{instance_ids}")
def modify_instance_charge_type(request: ModifyInstanceChargeType, call: Call) -> ChargeTypeModified:
    """Write the charge type of the instances and their disks."""
    wanted = request.instance_charge_type
    expires = 0.0
    if wanted == "PrePaid":
        if not request.period:
            raise missing_parameter("Period")
        expires = later(call.now, check_period(request.period, request.period_unit), request.period_unit)
    fees = []
    for id_ in dict.fromkeys(request.instance_ids):
        instance = find_instance(call, id_)
        if instance.status not in ("Running", "Stopped"):
            raise instance_status(instance.id, instance.status, "Running or Stopped")
        _only(instance, "PostPaid" if wanted == "PrePaid" else "PrePaid")
        release = instance.auto_release if wanted == "PostPaid" else 0.0
        call.change.replace(
            msgspec.structs.replace(instance, charge_type=wanted, expires=expires, auto_release=release)
        )
        for disk in call.view.find(Disk, parent=instance.id):
            if disk.type == "system" or request.include_data_disks:
                call.change.replace(msgspec.structs.replace(disk, charge_type=wanted))
        fees.append(Fee(instance_id=id_))
    return ChargeTypeModified(order_id=order_id(call), fee_of_instances=Fees(fee_of_instance=fees))


def order_id(call: Call) -> str:
    """Return the number of a new order: 15 digits."""
    return str(int.from_bytes(call.cloud.ids.random(8)) % 10**14 + 2 * 10**14)


class ModifyInstanceAutoReleaseTime(Request):
    """Set when an instance is to be released; nothing cancels it."""

    instance_id: str
    auto_release_time: str = ""


@ecs.action(ModifyInstanceAutoReleaseTime, on="instance/{instance_id}")
def modify_instance_auto_release_time(request: ModifyInstanceAutoReleaseTime, call: Call) -> Empty:
    """Write the time; the instance controller keeps it."""
    instance = find_instance(call, request.instance_id)
    _only(instance, "PostPaid")
    moment = release_at(request.auto_release_time, call.now)
    call.change.replace(msgspec.structs.replace(instance, auto_release=moment))
    return Empty()


class RenewInstance(Request):
    """Renew a subscription."""

    instance_id: str
    period: Annotated[int, Meta(ge=1, le=60)]
    period_unit: Unit = "Month"


class Renewed(Answer):
    """The order."""

    order_id: str


@ecs.action(RenewInstance, on="instance/{instance_id}")
def renew_instance(request: RenewInstance, call: Call) -> Renewed:
    """Write a later end."""
    instance = find_instance(call, request.instance_id)
    _only(instance, "PrePaid")
    period = check_period(request.period, request.period_unit)
    start = max(instance.expires, call.now)
    call.change.replace(msgspec.structs.replace(instance, expires=later(start, period, request.period_unit)))
    return Renewed(order_id=order_id(call))


RenewalStatus = Literal["AutoRenewal", "Normal", "NotRenewal"]


class ModifyInstanceAutoRenewAttribute(Request):
    """Set whether subscriptions renew themselves. `instance_id` holds ids with commas between."""

    instance_id: Annotated[str, Meta(max_length=6400)]
    auto_renew: bool | None = None
    renewal_status: RenewalStatus | None = None
    duration: Annotated[int, Meta(ge=1, le=60)] | None = None
    period_unit: Unit = "Month"


@ecs.action(ModifyInstanceAutoRenewAttribute, on="instance/*")
def modify_instance_auto_renew_attribute(request: ModifyInstanceAutoRenewAttribute, call: Call) -> Empty:
    """Write it."""
    status = request.renewal_status or ("AutoRenewal" if request.auto_renew else "Normal")
    if status == "AutoRenewal" and request.duration is None:
        raise missing_parameter("Duration")
    for id_ in _ids(request.instance_id):
        instance = find_instance(call, id_)
        _only(instance, "PrePaid")
        changed = msgspec.structs.replace(instance, renewal=status)
        if request.duration is not None:
            period = check_period(request.duration, request.period_unit)
            changed = msgspec.structs.replace(
                changed, renewal_period=period, renewal_unit=request.period_unit
            )
        call.change.replace(changed)
    return Empty()


def _ids(text: str) -> list[str]:
    return [each for each in dict.fromkeys(text.split(",")) if each][:_MAX_IDS]


class DescribeInstanceAutoRenewAttribute(Request):
    """Ask whether subscriptions renew themselves."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    instance_id: Annotated[str, Meta(max_length=6400)] = ""
    renewal_status: Literal["", "AutoRenewal", "Normal", "NotRenewal"] = ""


class RenewAttribute(Shape):
    """How one subscription is renewed."""

    instance_id: str
    auto_renew_enabled: bool
    renewal_status: str
    duration: int
    period_unit: str


class RenewAttributes(Shape):
    """The wrapping of a list of them."""

    instance_renew_attribute: list[RenewAttribute]


class RenewalsDescribed(Answer):
    """A page of them."""

    instance_renew_attributes: RenewAttributes
    total_count: int
    page_number: int
    page_size: int


@ecs.action(DescribeInstanceAutoRenewAttribute, on="instance/*")
def describe_instance_auto_renew_attribute(
    request: DescribeInstanceAutoRenewAttribute, call: Call
) -> RenewalsDescribed:
    """Answer a page of subscriptions."""
    if request.instance_id:
        found = [find_instance(call, id_) for id_ in _ids(request.instance_id)]
        for each in found:
            _only(each, "PrePaid")
    elif request.renewal_status:
        found = [each for each in call.find(Instance, descending=True) if each.charge_type == "PrePaid"]
    else:
        raise missing_parameter("InstanceId")
    found = [each for each in found if request.renewal_status in ("", each.renewal)]
    first = (request.page_number - 1) * request.page_size
    shown = [
        RenewAttribute(
            instance_id=each.id,
            auto_renew_enabled=each.renewal == "AutoRenewal",
            renewal_status=each.renewal,
            duration=each.renewal_period,
            period_unit=each.renewal_unit,
        )
        for each in found[first : first + request.page_size]
    ]
    return RenewalsDescribed(
        instance_renew_attributes=RenewAttributes(instance_renew_attribute=shown),
        total_count=len(found),
        page_number=request.page_number,
        page_size=request.page_size,
    )
