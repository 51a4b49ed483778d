"""Master-slave groups: the slave serves while the master does not. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.services.balancing import members
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import in_use, invalid_backend_servers
from yunbox.services.slb.groups import servers
from yunbox.services.slb.groups.find import require_master_slave_group
from yunbox.services.slb.groups.model import MasterSlaveGroup
from yunbox.services.slb.groups.servers import read_servers
from yunbox.services.slb.groups.shown import PairServers, pair_servers
from yunbox.services.slb.groups.usage import users_of
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb


class CreateMasterSlaveServerGroup(Request):
    """Make a group of a master and a slave."""

    load_balancer_id: str
    master_slave_server_group_name: str = ""
    master_slave_backend_servers: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class DeleteMasterSlaveServerGroup(Request):
    """Delete a group that nothing uses."""

    master_slave_server_group_id: str


class MasterSlaveGroupCreated(Answer):
    """The group with its servers."""

    master_slave_server_group_id: str
    master_slave_backend_servers: PairServers


@slb.action(CreateMasterSlaveServerGroup, on="loadbalancer/{load_balancer_id}")
def create_master_slave_group(request: CreateMasterSlaveServerGroup, call: Call) -> MasterSlaveGroupCreated:
    """Store a group. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidBackendServers.*."""
    balancer = require_balancer(call, request.load_balancer_id)
    given = read_servers(request.master_slave_backend_servers)
    if sorted(each.server_type for each in given) != ["Master", "Slave"]:
        raise invalid_backend_servers(
            "Two servers are expected, the ServerType of one Master, of the other Slave."
        )
    made = call.change.create(
        MasterSlaveGroup(
            id=call.new_id("rsp"),
            account=call.account,
            region=call.region,
            name=check_name(request.master_slave_server_group_name, "MasterSlaveServerGroupName"),
            parent=balancer.id,
            created=call.now,
            tags=check_tags(request.tag),
        )
    )
    servers.put(call, balancer, made.id, given, ports=True)
    return MasterSlaveGroupCreated(
        master_slave_server_group_id=made.id, master_slave_backend_servers=pair_servers(call, made.id)
    )


@slb.action(DeleteMasterSlaveServerGroup, on="loadbalancer/*")
def delete_master_slave_group(request: DeleteMasterSlaveServerGroup, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidMasterSlaveServerGroupId.NotFound, RspoolVipExist while it is used."""
    found = require_master_slave_group(call, request.master_slave_server_group_id)
    listeners, _ = users_of(call.view, found)
    if listeners:
        raise in_use("RspoolVipExist", found.id, listeners[0].id)
    members.drop_group(call.change, found.id)
    call.change.delete(MasterSlaveGroup, found.id)
    return Empty()
