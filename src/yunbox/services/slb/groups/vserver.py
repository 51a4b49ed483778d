"""VServer groups: groups whose servers have ports of their own. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.services.balancing import members
from yunbox.services.balancing.model import member_id
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import backend_server_not_found, in_use, quota_exceeded
from yunbox.services.slb.groups import servers
from yunbox.services.slb.groups.find import require_vserver_group
from yunbox.services.slb.groups.model import VServerGroup
from yunbox.services.slb.groups.servers import GivenServer, read_servers
from yunbox.services.slb.groups.shown import GroupServers, group_servers
from yunbox.services.slb.groups.usage import users_of
from yunbox.services.slb.load_balancers.model import LoadBalancer, require_balancer
from yunbox.services.slb.product import slb

ON = "loadbalancer/*"
GROUPS_PER_BALANCER = 50


class CreateVServerGroup(Request):
    """Make a group of servers."""

    load_balancer_id: str
    v_server_group_name: str = ""
    backend_servers: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class SetVServerGroupAttribute(Request):
    """Name a group anew, and change the weights of servers in it."""

    v_server_group_id: str
    v_server_group_name: str = ""
    backend_servers: str = ""


class AddVServerGroupBackendServers(Request):
    """Add servers to a group."""

    v_server_group_id: str
    backend_servers: str


class RemoveVServerGroupBackendServers(Request):
    """Take servers out of a group; their requests under way end first."""

    v_server_group_id: str
    backend_servers: str


class ModifyVServerGroupBackendServers(Request):
    """Put servers of a group in place of others."""

    v_server_group_id: str
    old_backend_servers: str = ""
    new_backend_servers: str = ""


class DeleteVServerGroup(Request):
    """Delete a group that nothing uses."""

    v_server_group_id: str


class VServerGroupHeld(Answer):
    """A group with its servers."""

    v_server_group_id: str
    backend_servers: GroupServers


class VServerGroupNamed(VServerGroupHeld, kw_only=True):
    """A group with its name and its servers."""

    v_server_group_name: str


@slb.action(CreateVServerGroup, on="loadbalancer/{load_balancer_id}")
def create_vserver_group(request: CreateVServerGroup, call: Call) -> VServerGroupHeld:
    """Store a group. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidBackendServers.*."""
    balancer = require_balancer(call, request.load_balancer_id)
    if call.count(VServerGroup, parent=balancer.id) >= GROUPS_PER_BALANCER:
        raise quota_exceeded("VServerGroup", GROUPS_PER_BALANCER)
    made = call.change.create(
        VServerGroup(
            id=call.new_id("rsp"),
            account=call.account,
            region=call.region,
            name=check_name(request.v_server_group_name, "VServerGroupName") or "",
            parent=balancer.id,
            created=call.now,
            tags=check_tags(request.tag),
        )
    )
    servers.put(call, balancer, made.id, read_servers(request.backend_servers), ports=True)
    return _held(call, made.id)


@slb.action(SetVServerGroupAttribute, on=ON)
def set_vserver_group_attribute(request: SetVServerGroupAttribute, call: Call) -> VServerGroupNamed:
    """Change what is given. Raises CloudError: InvalidVServerGroupId.NotFound, InvalidBackendServers.NotFound."""
    found = require_vserver_group(call, request.v_server_group_id)
    for given in read_servers(request.backend_servers):
        servers.alter(call, _member(call, found, given), given)
    if request.v_server_group_name:
        name = check_name(request.v_server_group_name, "VServerGroupName")
        found = call.change.replace(msgspec.structs.replace(found, name=name))
    return VServerGroupNamed(
        v_server_group_id=found.id,
        v_server_group_name=found.name,
        backend_servers=group_servers(call, found.id),
    )


def _member(call: Call, group: VServerGroup, given: GivenServer) -> Any:
    found = members.find(call.view, member_id(group.id, given.server_id, given.port))
    if found is None:
        raise backend_server_not_found(given.server_id)
    return found


@slb.action(AddVServerGroupBackendServers, on=ON)
def add_vserver_group_servers(request: AddVServerGroupBackendServers, call: Call) -> VServerGroupHeld:
    """Add them. Raises CloudError: InvalidVServerGroupId.NotFound, InvalidBackendServers.*."""
    found = require_vserver_group(call, request.v_server_group_id)
    servers.put(call, _balancer(call, found), found.id, read_servers(request.backend_servers), ports=True)
    return _held(call, found.id)


@slb.action(RemoveVServerGroupBackendServers, on=ON)
def remove_vserver_group_servers(request: RemoveVServerGroupBackendServers, call: Call) -> VServerGroupHeld:
    """Take them out. Raises CloudError: InvalidVServerGroupId.NotFound."""
    found = require_vserver_group(call, request.v_server_group_id)
    servers.take(call, found.id, read_servers(request.backend_servers), ports=True)
    left = group_servers(call, found.id, described=False)
    return VServerGroupHeld(v_server_group_id=found.id, backend_servers=left)


@slb.action(ModifyVServerGroupBackendServers, on=ON)
def modify_vserver_group_servers(request: ModifyVServerGroupBackendServers, call: Call) -> VServerGroupHeld:
    """Take the old ones out and add the new ones. Raises CloudError: InvalidVServerGroupId.NotFound ..."""
    found = require_vserver_group(call, request.v_server_group_id)
    old = read_servers(request.old_backend_servers)
    for given in old:
        _member(call, found, given)
    servers.take(call, found.id, old, ports=True)
    servers.put(call, _balancer(call, found), found.id, read_servers(request.new_backend_servers), ports=True)
    return _held(call, found.id)


@slb.action(DeleteVServerGroup, on=ON)
def delete_vserver_group(request: DeleteVServerGroup, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidVServerGroupId.NotFound, RspoolVipExist while it is used."""
    found = require_vserver_group(call, request.v_server_group_id)
    listeners, rules = users_of(call.view, found)
    if listeners or rules:
        raise in_use("RspoolVipExist", found.id, (*listeners, *rules)[0].id)
    members.drop_group(call.change, found.id)
    call.change.delete(VServerGroup, found.id)
    return Empty()


def _balancer(call: Call, group: VServerGroup) -> LoadBalancer:
    return require_balancer(call, group.parent)


def _held(call: Call, group: str) -> VServerGroupHeld:
    return VServerGroupHeld(v_server_group_id=group, backend_servers=group_servers(call, group))
