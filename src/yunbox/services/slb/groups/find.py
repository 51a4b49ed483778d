"""Finding groups of one's own balancers."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.slb.errors import group_not_found
from yunbox.services.slb.groups.model import MasterSlaveGroup, VServerGroup


def vserver_group_not_found(_: str = "") -> CloudError:
    """Return the refusal of a VServer group that does not exist."""
    return group_not_found("VServerGroupId", "VServerGroupId")


def master_slave_group_not_found(_: str = "") -> CloudError:
    """Return the refusal of a master-slave group that does not exist."""
    return group_not_found("MasterSlaveServerGroupId", "MasterSlaveGroupId")


def require_vserver_group(call: Call, id_: str, balancer: str = "") -> VServerGroup:
    """Return a VServer group, of a balancer if one is given. Raises CloudError: InvalidVServerGroupId.NotFound."""
    found = call.require(VServerGroup, id_, vserver_group_not_found)
    if balancer and found.parent != balancer:
        raise vserver_group_not_found()
    return found


def require_master_slave_group(call: Call, id_: str, balancer: str = "") -> MasterSlaveGroup:
    """Return a master-slave group. Raises CloudError: InvalidMasterSlaveServerGroupId.NotFound."""
    found = call.require(MasterSlaveGroup, id_, master_slave_group_not_found)
    if balancer and found.parent != balancer:
        raise master_slave_group_not_found()
    return found
