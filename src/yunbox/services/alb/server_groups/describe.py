"""ListServerGroups and ListServerGroupServers. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Shape
from yunbox.control.store import View
from yunbox.services.alb.checks import Ids, TagFilters, TagShown, shown_tags
from yunbox.services.alb.health_check_templates.checks import CheckShown, facts
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.progress import server_group_status
from yunbox.services.alb.server_groups.groups import server_group
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.alb.using import balancers_by_group
from yunbox.services.balancing.model import Member
from yunbox.services.ecs.instances.model import Instance


class ListServerGroups(Listing):
    """List server groups."""

    server_group_ids: Annotated[list[str], Meta(max_length=100)] = []
    server_group_names: Ids = []
    server_group_type: Literal["", "Instance", "Ip", "Fc"] = ""
    vpc_id: str = ""
    resource_group_id: str = ""
    tag: TagFilters = []


class ListServerGroupServers(Listing):
    """List the servers of a group, or of those that bear tags."""

    server_group_id: str = ""
    server_ids: Annotated[list[str], Meta(max_length=100)] = []
    tag: TagFilters = []


class CheckOfGroup(CheckShown):
    """How servers are checked."""

    health_check_enabled: bool


class StickyShown(Shape):
    """How clients stay with a server."""

    sticky_session_enabled: bool
    sticky_session_type: str | UnsetType = UNSET
    cookie: str | UnsetType = UNSET
    cookie_timeout: int | UnsetType = UNSET


class SlowStartShown(Shape):
    """Whether new servers get their share slowly."""

    slow_start_enabled: bool
    slow_start_duration: int


class DrainShown(Shape):
    """Whether requests under way may go on at a server that is taken out."""

    connection_drain_enabled: bool
    connection_drain_timeout: int


class HashShown(Shape):
    """By which parameter of the query Uch hashes."""

    value: str
    type: str = "QueryString"


class ServerGroupShown(Shape):
    """A server group."""

    server_group_id: str
    server_group_name: str
    server_group_status: str
    server_group_type: str
    protocol: str
    scheduler: str
    vpc_id: str
    create_time: str
    resource_group_id: str
    server_count: int
    related_load_balancer_ids: list[str]
    health_check_config: CheckOfGroup
    sticky_session_config: StickyShown
    slow_start_config: SlowStartShown
    connection_drain_config: DrainShown
    upstream_keepalive_enabled: bool
    service_name: str
    tags: list[TagShown]
    uch_config: HashShown | UnsetType = UNSET
    cross_zone_enabled: bool = True
    ipv6_enabled: bool = False
    config_managed_enabled: bool = False


class ServerGroupsListed(Listed, kw_only=True):
    """A page of server groups."""

    server_groups: list[ServerGroupShown]


class ServerShown(Shape):
    """A server of a group."""

    server_group_id: str
    server_id: str
    server_type: str
    server_ip: str
    port: int
    weight: int
    description: str
    status: str
    remote_ip_enabled: bool = False


class ServersListed(Listed, kw_only=True):
    """A page of servers."""

    servers: list[ServerShown]


@alb.action(ListServerGroups, on="servergroup/*")
def list_server_groups(request: ListServerGroups, call: Call) -> ServerGroupsListed:
    """Answer with a page of the groups that the filters keep."""
    found = matching(
        call,
        ServerGroup,
        ids=request.server_group_ids,
        names=request.server_group_names,
        tags=request.tag,
        group=request.resource_group_id,
        keep=lambda each: (
            request.vpc_id in ("", each.vpc_id) and request.server_group_type in ("", each.type)
        ),
    )
    page, listed = page_of(found, request)
    related = balancers_by_group(call) if page else {}
    return ServerGroupsListed(
        server_groups=[_shown(call, each, related.get(each.id, [])) for each in page],
        **listed,
    )


@alb.action(ListServerGroupServers, on="servergroup/{server_group_id}")
def list_server_group_servers(request: ListServerGroupServers, call: Call) -> ServersListed:
    """Answer with a page of servers. Raises CloudError: ResourceNotFound.ServerGroup."""
    if request.server_group_id:
        groups = [server_group(call, request.server_group_id)]
    elif request.tag:
        groups = matching(call, ServerGroup, tags=request.tag)
    else:
        raise missing_parameter("ServerGroupId")
    found = [
        member
        for group in groups
        if group.has_tags(request.tag)
        for member in call.view.find(Member, parent=group.id, descending=True)
        if not request.server_ids or member.server_id in request.server_ids
    ]
    found.sort(key=lambda each: each.id, reverse=True)
    page, listed = page_of(found, request)
    return ServersListed(
        servers=[_server(call.view, each) for each in page],
        **listed,
    )


def _server(view: View, member: Member) -> ServerShown:
    ip = member.ip
    if member.server_type == "Ecs" and (instance := view.get(Instance, member.server_id)) is not None:
        ip = instance.private_ip
    return ServerShown(
        server_group_id=member.parent,
        server_id=member.server_id,
        server_type=member.server_type,
        server_ip=ip,
        port=member.port,
        weight=member.weight,
        description=member.description,
        status=member.status,
    )


def _shown(call: Call, group: ServerGroup, related: list[str]) -> ServerGroupShown:
    sticky = group.sticky
    return ServerGroupShown(
        server_group_id=group.id,
        server_group_name=group.name,
        server_group_status=server_group_status(call.view, group.id),
        server_group_type=group.type,
        protocol=group.protocol,
        scheduler=group.scheduler,
        vpc_id=group.vpc_id,
        create_time=seconds(group.created),
        resource_group_id=group.resource_group,
        server_count=call.view.count(Member, parent=group.id),
        related_load_balancer_ids=related,
        health_check_config=CheckOfGroup(health_check_enabled=group.check.enabled, **facts(group.check)),
        sticky_session_config=StickyShown(
            sticky_session_enabled=sticky.enabled,
            sticky_session_type=sticky.type if sticky.enabled else UNSET,
            cookie=sticky.cookie if sticky.enabled and sticky.cookie else UNSET,
            cookie_timeout=sticky.seconds if sticky.enabled and sticky.type == "Insert" else UNSET,
        ),
        slow_start_config=SlowStartShown(
            slow_start_enabled=group.slow_start_enabled, slow_start_duration=group.slow_start_seconds
        ),
        connection_drain_config=DrainShown(
            connection_drain_enabled=group.drain_enabled, connection_drain_timeout=group.drain_seconds
        ),
        upstream_keepalive_enabled=group.keep_alive,
        service_name=group.service_name,
        tags=shown_tags(group.tags),
        uch_config=HashShown(value=group.hash_key) if group.hash_key else UNSET,
    )
