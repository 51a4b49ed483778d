"""DeletionProtection, for elastic IP addresses and NAT gateways. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call, resource_of
from yunbox.api.shapes import Empty, Request
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import protected_not_found
from yunbox.services.vpc.nat_gateways.model import NatGateway
from yunbox.services.vpc.product import vpc


class DeletionProtection(Request):
    """Protect something from being deleted, or no more."""

    instance_id: str
    type: Literal["EIP", "NATGW"]
    protection_enable: bool


@vpc.action(DeletionProtection, on="")
def deletion_protection(request: DeletionProtection, call: Call) -> Empty:
    """Do it. Raises CloudError: DeletionProtection.ResourceNotExist."""
    folder = "eip" if request.type == "EIP" else "natgateway"
    call.authorise(resource_of(folder, request.instance_id))
    type_: type[Eip] | type[NatGateway] = Eip if request.type == "EIP" else NatGateway
    found = call.require(type_, request.instance_id, protected_not_found)
    call.change.replace(msgspec.structs.replace(found, deletion_protection=request.protection_enable))
    return Empty()
