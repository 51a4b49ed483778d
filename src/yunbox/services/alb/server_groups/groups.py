"""CreateServerGroup, UpdateServerGroupAttribute and DeleteServerGroup. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter, unsupported_parameter
from yunbox.api.shapes import Answer, Request
from yunbox.api.tagging import check_tags
from yunbox.services.alb.checks import Tags, check_name, group_of
from yunbox.services.alb.errors import in_use, not_found, quota_exceeded
from yunbox.services.alb.health_check_templates.model import HealthCheck
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.product import alb
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.alb.server_groups.settings import EXCLUSIVE, HealthCheckConfig, Settings, settled
from yunbox.services.alb.using import user_of_group
from yunbox.services.balancing.members import drop_group
from yunbox.services.vpc.vpcs.model import Vpc

GROUPS_PER_REGION = 1000


class CreateServerGroup(Settings, Request, kw_only=True):
    """Make a server group without servers."""

    server_group_name: str
    health_check_config: HealthCheckConfig
    server_group_type: Literal["Instance", "Ip", "Fc"] = "Instance"
    protocol: Literal["HTTP", "HTTPS", "gRPC", "GRPC"] = "HTTP"
    vpc_id: str = ""
    ipv6_enabled: bool = False
    resource_group_id: str = ""
    tag: Tags = []


class ServerGroupCreated(Answer):
    """The server group."""

    server_group_id: str
    job_id: str


class UpdateServerGroupAttribute(Settings, Request, kw_only=True):
    """Change a server group."""

    server_group_id: str
    server_group_name: str = ""


class DeleteServerGroup(Request):
    """Delete a server group that no listener and no rule forwards to."""

    server_group_id: str


def server_group(call: Call, id_: str) -> ServerGroup:
    """Return a server group of the caller's. Raises CloudError: ResourceNotFound.ServerGroup."""
    return call.require(ServerGroup, id_, not_found("ServerGroup"))


@alb.action(CreateServerGroup, on="servergroup/*", partial=EXCLUSIVE)
def create_server_group(request: CreateServerGroup, call: Call) -> ServerGroupCreated:
    """Store a group. Raises CloudError: ResourceNotFound.Vpc, QuotaExceeded.ServerGroupsNum, IllegalParam.*."""
    if request.server_group_type == "Fc":
        raise unsupported_parameter("ServerGroupType Fc", call.action)
    if request.protocol not in ("HTTP", "HTTPS"):
        raise unsupported_parameter("Protocol gRPC", call.action)
    if request.ipv6_enabled:
        raise unsupported_parameter("Ipv6Enabled", call.action)
    if request.health_check_config.health_check_enabled is None:
        raise missing_parameter("HealthCheckConfig.HealthCheckEnabled")
    if not request.vpc_id:
        raise missing_parameter("VpcId")
    call.require(Vpc, request.vpc_id, not_found("Vpc"))
    if call.count(ServerGroup) >= GROUPS_PER_REGION:
        raise quota_exceeded("ServerGroupsNum", GROUPS_PER_REGION, call.region)
    group = ServerGroup(
        id=call.new_id("sgp"),
        account=call.account,
        region=call.region,
        parent=request.vpc_id,
        name=check_name(request.server_group_name, "ServerGroupName"),
        created=call.now,
        tags=check_tags(request.tag),
        resource_group=group_of(call, request.resource_group_id),
        type=request.server_group_type,
        protocol=request.protocol,
        check=HealthCheck(protocol=request.protocol),
    )
    made = call.change.create(settled(group, request, call.action))
    return ServerGroupCreated(server_group_id=made.id, job_id=begin_job(call, "servergroup", made.id))


@alb.action(UpdateServerGroupAttribute, on="servergroup/{server_group_id}", partial=EXCLUSIVE)
def update_server_group_attribute(request: UpdateServerGroupAttribute, call: Call) -> Started:
    """Change what is given. Raises CloudError: ResourceNotFound.ServerGroup, IllegalParam.*."""
    found = server_group(call, request.server_group_id)
    if request.server_group_name:
        found = msgspec.structs.replace(found, name=check_name(request.server_group_name, "ServerGroupName"))
    call.change.replace(settled(found, request, call.action))
    return Started(job_id=begin_job(call, "servergroup", found.id))


@alb.action(DeleteServerGroup, on="servergroup/{server_group_id}")
def delete_server_group(request: DeleteServerGroup, call: Call) -> Started:
    """Delete it with its servers. Raises CloudError: ResourceNotFound.ServerGroup, ResourceInUse.ServerGroup."""
    found = server_group(call, request.server_group_id)
    if user := user_of_group(call, found.id):
        raise in_use("ServerGroup", found.id, user)
    drop_group(call.change, found.id)
    call.change.delete(ServerGroup, found.id)
    return Started(job_id=begin_job(call, "servergroup", found.id))
