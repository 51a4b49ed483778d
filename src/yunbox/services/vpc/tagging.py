"""Tags and resource groups of Vpc's resources. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Empty, Request
from yunbox.api.tagging import register_tagging
from yunbox.errors import CloudError
from yunbox.services.vpc.checks import ResourceGroup
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.groups import group_of
from yunbox.services.vpc.nat_gateways.model import NatGateway
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.model import VSwitch

register_tagging(
    vpc,
    {"VPC": Vpc, "VSWITCH": VSwitch, "ROUTETABLE": RouteTable, "EIP": Eip, "NATGATEWAY": NatGateway},
    untag="UnTagResources",
    sized=True,
)

_MOVABLE: dict[str, type[CloudResource]] = {"vpc": Vpc, "eip": Eip}


class MoveResourceGroup(Request):
    """Put a resource into another resource group."""

    resource_type: str
    resource_id: str
    new_resource_group_id: ResourceGroup


def _missing(id_: str) -> CloudError:
    return CloudError(
        "InvalidResourceId.NotFound", 404, f"The specified resource {id_[:64]!a} does not exist."
    )


# Policies are asked in their own spelling of the type, whatever case the request has.
@vpc.action(MoveResourceGroup, on="")
def move_resource_group(request: MoveResourceGroup, call: Call) -> Empty:
    """Move a VPC, with its vSwitches and route tables, or an EIP.

    Raises CloudError: InvalidResourceId.NotFound.
    """
    type_ = _MOVABLE.get(request.resource_type.lower())
    if type_ is None:
        raise invalid_parameter("ResourceType", "Vpc or Eip is expected")
    call.authorise(resource_of(request.resource_type.lower(), request.resource_id))
    found = call.require(type_, request.resource_id, _missing)
    group = group_of(call, request.new_resource_group_id)
    moved: list[CloudResource] = [found]
    if type_ is Vpc:
        moved += call.find(VSwitch, parent=found.id)
        moved += call.find(RouteTable, parent=found.id)
    for each in moved:
        call.change.replace(msgspec.structs.replace(each, resource_group=group))
    return Empty()
