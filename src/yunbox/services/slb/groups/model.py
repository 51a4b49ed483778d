"""What is stored of groups of backend servers; their servers are members (`services.balancing.model`)."""

from __future__ import annotations

from yunbox.api.resource import CloudResource
from yunbox.control.store import View


class VServerGroup(CloudResource, kind="slb.vserver_group", kw_only=True):
    """A VServer group of the load balancer `parent`: each server has a port of its own."""


class MasterSlaveGroup(CloudResource, kind="slb.master_slave_group", kw_only=True):
    """A master-slave group of the load balancer `parent`: the slave serves while the master does not."""


Group = VServerGroup | MasterSlaveGroup


def groups_of(view: View, balancer: str) -> list[tuple[type[CloudResource], CloudResource]]:
    """Return the groups of a load balancer besides its default one, with their types."""
    found: list[tuple[type[CloudResource], CloudResource]] = []
    for type_ in (VServerGroup, MasterSlaveGroup):
        found += [(type_, each) for each in view.find(type_, parent=balancer)]
    return found
