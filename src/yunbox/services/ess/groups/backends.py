"""Whether the balancers and server groups that a request names exist."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.services.ess.groups.model import ServerGroup


def check_balancer(call: Call, id_: str) -> None:
    """Return when a Slb balancer of the account exists. Raises CloudError: InvalidLoadBalancerId.NotFound."""


def check_server_group(call: Call, group: ServerGroup) -> None:
    """Return when a server group exists. Raises CloudError: InvalidServerGroupId.NotFound and the like."""
    if group.type not in ("ALB", "CLB"):
        raise invalid_parameter("ServerGroups", f"yunbox has no balancers of the type {group.type} yet")
