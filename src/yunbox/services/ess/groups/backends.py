"""Whether the balancers and server groups that a request names exist."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.services.alb.server_groups.model import ServerGroup as AlbServerGroup
from yunbox.services.ess.errors import balancer_not_found, server_group_not_found, vserver_group_not_found
from yunbox.services.ess.groups.model import ServerGroup
from yunbox.services.slb.groups.model import VServerGroup
from yunbox.services.slb.load_balancers.model import LoadBalancer


def check_balancer(call: Call, id_: str) -> None:
    """Return when a Slb balancer of the account exists. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    call.require(LoadBalancer, id_, balancer_not_found)


def check_server_group(call: Call, group: ServerGroup) -> None:
    """Return when a server group exists. Raises CloudError: InvalidServerGroupId.NotFound and the like."""
    if group.type == "CLB":
        found = call.require(VServerGroup, group.id, vserver_group_not_found)
        if group.load_balancer not in ("", found.parent):
            raise vserver_group_not_found(group.id)
    elif group.type == "ALB":
        call.require(AlbServerGroup, group.id, server_group_not_found)
    else:
        raise invalid_parameter("ServerGroups", f"yunbox has no balancers of the type {group.type} yet")
