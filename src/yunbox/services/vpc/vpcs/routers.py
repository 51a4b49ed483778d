"""DescribeVRouters and ModifyVRouterAttribute: each VPC has one router. Wire shapes: VPC API 2016-04-28."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Empty, Request, Shape, Text
from yunbox.services.vpc.checks import check_description, check_name
from yunbox.services.vpc.errors import router_not_found
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.route_tables.model import RouteTable
from yunbox.services.vpc.vpcs.model import Vpc


class DescribeVRouters(Listing):
    """List routers."""

    v_router_id: str = ""


class ModifyVRouterAttribute(Request):
    """Change a router's name or description."""

    v_router_id: str
    v_router_name: Text = UNSET
    description: Text = UNSET


class RouteTableIdList(Shape):
    """The wrapping of ids of route tables."""

    route_table_id: list[str]


class VRouter(Shape):
    """A router."""

    v_router_id: str
    v_router_name: str
    description: str
    vpc_id: str
    region_id: str
    creation_time: str
    route_table_ids: RouteTableIdList


class VRouterList(Shape):
    """The wrapping of routers."""

    v_router: list[VRouter]


class VRoutersDescribed(Listed):
    """A page of routers."""

    v_routers: VRouterList


@vpc.action(DescribeVRouters, on="vrouter/*")
def describe_vrouters(request: DescribeVRouters, call: Call) -> VRoutersDescribed:
    """Answer with a page of routers."""
    wanted = request.v_router_id

    def keep(each: Vpc) -> bool:
        return each.router_id == wanted

    page = find_page(call, Vpc, request.page_number, request.page_size, keep if wanted else None)
    return VRoutersDescribed(
        v_routers=VRouterList(v_router=[_shown(call, each) for each in page.items]),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _shown(call: Call, each: Vpc) -> VRouter:
    return VRouter(
        v_router_id=each.router_id,
        v_router_name=each.router_name,
        description=each.router_description,
        vpc_id=each.id,
        region_id=each.region,
        creation_time=seconds(each.created),
        route_table_ids=RouteTableIdList(
            route_table_id=[table.id for table in call.find(RouteTable, parent=each.id)]
        ),
    )


@vpc.action(ModifyVRouterAttribute, on="vrouter/{v_router_id}")
def modify_vrouter_attribute(request: ModifyVRouterAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidVRouterId.NotFound."""
    found = next((each for each in call.find(Vpc) if each.router_id == request.v_router_id), None)
    if found is None:
        raise router_not_found(request.v_router_id)
    if request.v_router_name is not UNSET:
        found = msgspec.structs.replace(found, router_name=check_name(request.v_router_name, "VRouterName"))
    if request.description is not UNSET:
        text = check_description(request.description)
        found = msgspec.structs.replace(found, router_description=text)
    call.change.replace(found)
    return Empty()
