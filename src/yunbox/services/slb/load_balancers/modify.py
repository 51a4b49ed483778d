"""Changing load balancers. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Text
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.load_balancers.create import (
    NOT_LIMITED,
    PAID,
    Bandwidth,
    ModificationProtection,
    check_charge_type,
    spec_of,
)
from yunbox.services.slb.load_balancers.model import OnOff, require_balancer
from yunbox.services.slb.product import slb

ON = "loadbalancer/{load_balancer_id}"


class SetLoadBalancerName(Request):
    """Name a load balancer anew."""

    load_balancer_id: str
    load_balancer_name: str


class SetLoadBalancerStatus(Request):
    """Have the listeners of a load balancer listen, or not."""

    load_balancer_id: str
    load_balancer_status: Literal["active", "inactive"]


class SetLoadBalancerDeleteProtection(Request):
    """Protect a load balancer from being deleted, or no more."""

    load_balancer_id: str
    delete_protection: OnOff


class SetLoadBalancerModificationProtection(Request):
    """Record that a load balancer is not to be changed from a console."""

    load_balancer_id: str
    modification_protection_status: ModificationProtection
    modification_protection_reason: Annotated[str, Meta(max_length=80)] = ""


class ModifyLoadBalancerInstanceSpec(Request):
    """Change the specification."""

    load_balancer_id: str
    load_balancer_spec: str
    accepted = {"AutoPay": PAID["AutoPay"]}


class ModifyLoadBalancerInternetSpec(Request):
    """Change the bandwidth and how traffic is paid."""

    load_balancer_id: str
    bandwidth: Bandwidth | UnsetType = UNSET
    internet_charge_type: Text = UNSET
    accepted = {"AutoPay": PAID["AutoPay"]}


class ModifyLoadBalancerInstanceChargeType(Request):
    """Change how the load balancer is paid."""

    load_balancer_id: str
    instance_charge_type: Literal["PayBySpec", "PayByCLCU"]
    load_balancer_spec: str = ""
    bandwidth: Bandwidth | UnsetType = UNSET
    internet_charge_type: Text = UNSET


class ModifyLoadBalancerPayType(Request):
    """Keep the one way of paying there is: nothing is paid."""

    load_balancer_id: str
    pay_type: Literal["PayOnDemand"] = "PayOnDemand"
    accepted = PAID


class Ordered(Answer):
    """The vendor's order, of which there is none."""

    order_id: int = 0


@slb.action(SetLoadBalancerName, on=ON)
def set_load_balancer_name(request: SetLoadBalancerName, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    return _change(
        call, request.load_balancer_id, name=check_name(request.load_balancer_name, "LoadBalancerName")
    )


@slb.action(SetLoadBalancerStatus, on=ON)
def set_load_balancer_status(request: SetLoadBalancerStatus, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    return _change(call, request.load_balancer_id, status=request.load_balancer_status)


@slb.action(SetLoadBalancerDeleteProtection, on=ON)
def set_delete_protection(request: SetLoadBalancerDeleteProtection, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    return _change(call, request.load_balancer_id, delete_protection=request.delete_protection)


@slb.action(SetLoadBalancerModificationProtection, on=ON)
def set_modification_protection(request: SetLoadBalancerModificationProtection, call: Call) -> Empty:
    """Write it; the reason goes with the protection. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    on = request.modification_protection_status == "ConsoleProtection"
    return _change(
        call,
        request.load_balancer_id,
        modification_protection=request.modification_protection_status,
        modification_reason=request.modification_protection_reason if on else "",
    )


@slb.action(ModifyLoadBalancerInstanceSpec, on=ON, partial=NOT_LIMITED)
def modify_instance_spec(request: ModifyLoadBalancerInstanceSpec, call: Call) -> Ordered:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = require_balancer(call, request.load_balancer_id)
    _change(call, found.id, spec=spec_of(request.load_balancer_spec, found.instance_charge_type))
    return Ordered()


@slb.action(ModifyLoadBalancerInternetSpec, on=ON, partial=NOT_LIMITED)
def modify_internet_spec(request: ModifyLoadBalancerInternetSpec, call: Call) -> Ordered:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    _change(call, request.load_balancer_id, **_internet(request))
    return Ordered()


@slb.action(ModifyLoadBalancerInstanceChargeType, on=ON, partial=NOT_LIMITED)
def modify_instance_charge_type(request: ModifyLoadBalancerInstanceChargeType, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    return _change(
        call,
        request.load_balancer_id,
        instance_charge_type=request.instance_charge_type,
        spec=spec_of(request.load_balancer_spec, request.instance_charge_type),
        **_internet(request),
    )


@slb.action(ModifyLoadBalancerPayType, on=ON)
def modify_pay_type(request: ModifyLoadBalancerPayType, call: Call) -> Ordered:
    """Keep it. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    require_balancer(call, request.load_balancer_id)
    return Ordered()


def _internet(
    request: ModifyLoadBalancerInternetSpec | ModifyLoadBalancerInstanceChargeType,
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if request.bandwidth is not UNSET:
        changed["bandwidth"] = request.bandwidth
    if request.internet_charge_type:
        changed["internet_charge_type"] = check_charge_type(request.internet_charge_type)
    return changed


def _change(call: Call, id_: str, **fields: Any) -> Empty:
    call.change.replace(msgspec.structs.replace(require_balancer(call, id_), **fields))
    return Empty()
