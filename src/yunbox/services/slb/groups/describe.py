"""DescribeVServerGroups, DescribeMasterSlaveServerGroups and the attributes. Shapes: alibabacloud_slb20140515."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import CloudResource, minutes
from yunbox.api.shapes import Answer, Request, Shape, TagFilter, Text
from yunbox.services.balancing.members import members_of
from yunbox.services.slb.groups.find import require_master_slave_group, require_vserver_group
from yunbox.services.slb.groups.model import MasterSlaveGroup, VServerGroup
from yunbox.services.slb.groups.shown import GroupServers, PairServers, group_servers, pair_servers
from yunbox.services.slb.groups.usage import users_of
from yunbox.services.slb.load_balancers.model import require_balancer
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, tag_list

ON = "loadbalancer/{load_balancer_id}"


class _Groups(Request):
    load_balancer_id: str
    description: str = ""
    include_listener: bool = False
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class DescribeVServerGroups(_Groups):
    """List the VServer groups of a load balancer, with what uses them if that is asked for."""

    include_rule: bool = False


class DescribeMasterSlaveServerGroups(_Groups):
    """List the master-slave groups of a load balancer, with what uses them if that is asked for."""


class DescribeVServerGroupAttribute(Request):
    """Ask for a VServer group with its servers."""

    v_server_group_id: str


class DescribeMasterSlaveServerGroupAttribute(Request):
    """Ask for a master-slave group with its servers."""

    master_slave_server_group_id: str


class UsingListener(Shape):
    """A listener that uses a group."""

    port: int
    protocol: str


class UsingListeners(Shape):
    """The wrapping of listeners."""

    listener: list[UsingListener]


class UsingRule(Shape):
    """A forwarding rule that uses a group."""

    rule_id: str
    rule_name: str
    domain: Text
    url: Text


class UsingRules(Shape):
    """The wrapping of rules."""

    rule: list[UsingRule]


class Users(Shape):
    """What uses a VServer group."""

    listeners: UsingListeners
    rules: UsingRules


class ListenerUsers(Shape):
    """What uses a master-slave group."""

    listeners: UsingListeners


class VServerGroupListed(Shape):
    """A VServer group in a list."""

    v_server_group_id: str
    v_server_group_name: str
    server_count: int
    create_time: str
    associated_objects: Users | UnsetType
    tags: TagList


class VServerGroupList(Shape):
    """The wrapping of groups."""

    v_server_group: list[VServerGroupListed]


class VServerGroupsDescribed(Answer):
    """The VServer groups of a load balancer."""

    v_server_groups: VServerGroupList


class MasterSlaveGroupListed(Shape):
    """A master-slave group in a list."""

    master_slave_server_group_id: str
    master_slave_server_group_name: str
    create_time: str
    associated_objects: ListenerUsers | UnsetType
    tags: TagList


class MasterSlaveGroupList(Shape):
    """The wrapping of groups."""

    master_slave_server_group: list[MasterSlaveGroupListed]


class MasterSlaveGroupsDescribed(Answer):
    """The master-slave groups of a load balancer."""

    master_slave_server_groups: MasterSlaveGroupList


class VServerGroupDescribed(Answer):
    """A VServer group with its servers."""

    v_server_group_id: str
    v_server_group_name: str
    load_balancer_id: str
    create_time: str
    backend_servers: GroupServers
    tags: TagList


class MasterSlaveGroupDescribed(Answer):
    """A master-slave group with its servers."""

    master_slave_server_group_id: str
    master_slave_server_group_name: str
    load_balancer_id: str
    create_time: str
    master_slave_backend_servers: PairServers
    tags: TagList


@slb.action(DescribeVServerGroups, on=ON)
def describe_vserver_groups(request: DescribeVServerGroups, call: Call) -> VServerGroupsDescribed:
    """Answer with those that the filters keep. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    balancer = require_balancer(call, request.load_balancer_id)
    shown = []
    for each in call.view.find(VServerGroup, parent=balancer.id):
        if not _matches(request, each):
            continue
        shown.append(
            VServerGroupListed(
                v_server_group_id=each.id,
                v_server_group_name=each.name,
                server_count=len(members_of(call.view, each.id)),
                create_time=minutes(each.created),
                associated_objects=_users(request, call, each),
                tags=tag_list(each.tags),
            )
        )
    return VServerGroupsDescribed(v_server_groups=VServerGroupList(v_server_group=shown))


def _users(request: DescribeVServerGroups, call: Call, group: VServerGroup) -> Users | UnsetType:
    if not request.include_listener and not request.include_rule:
        return UNSET
    listeners, rules = users_of(call.view, group)
    shown = [
        UsingRule(rule_id=each.id, rule_name=each.name, domain=each.domain or UNSET, url=each.url or UNSET)
        for each in rules
        if request.include_rule
    ]
    return Users(
        listeners=UsingListeners(
            listener=[
                UsingListener(port=each.port, protocol=each.protocol)
                for each in listeners
                if request.include_listener
            ]
        ),
        rules=UsingRules(rule=shown),
    )


@slb.action(DescribeMasterSlaveServerGroups, on=ON)
def describe_master_slave_groups(
    request: DescribeMasterSlaveServerGroups, call: Call
) -> MasterSlaveGroupsDescribed:
    """Answer with those that the filters keep. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    balancer = require_balancer(call, request.load_balancer_id)
    shown = []
    for each in call.view.find(MasterSlaveGroup, parent=balancer.id):
        if not _matches(request, each):
            continue
        listeners, _ = users_of(call.view, each)
        using = [UsingListener(port=user.port, protocol=user.protocol) for user in listeners]
        users = ListenerUsers(listeners=UsingListeners(listener=using))
        shown.append(
            MasterSlaveGroupListed(
                master_slave_server_group_id=each.id,
                master_slave_server_group_name=each.name,
                create_time=minutes(each.created),
                associated_objects=users if request.include_listener else UNSET,
                tags=tag_list(each.tags),
            )
        )
    return MasterSlaveGroupsDescribed(
        master_slave_server_groups=MasterSlaveGroupList(master_slave_server_group=shown)
    )


def _matches(request: _Groups, group: CloudResource) -> bool:
    return request.description in ("", group.name) and group.has_tags(request.tag)


@slb.action(DescribeVServerGroupAttribute, on="loadbalancer/*")
def describe_vserver_group_attribute(
    request: DescribeVServerGroupAttribute, call: Call
) -> VServerGroupDescribed:
    """Answer with it. Raises CloudError: InvalidVServerGroupId.NotFound."""
    found = require_vserver_group(call, request.v_server_group_id)
    return VServerGroupDescribed(
        v_server_group_id=found.id,
        v_server_group_name=found.name,
        load_balancer_id=found.parent,
        create_time=minutes(found.created),
        backend_servers=group_servers(call, found.id, addresses=True),
        tags=tag_list(found.tags),
    )


@slb.action(DescribeMasterSlaveServerGroupAttribute, on="loadbalancer/*")
def describe_master_slave_group_attribute(
    request: DescribeMasterSlaveServerGroupAttribute, call: Call
) -> MasterSlaveGroupDescribed:
    """Answer with it. Raises CloudError: InvalidMasterSlaveServerGroupId.NotFound."""
    found = require_master_slave_group(call, request.master_slave_server_group_id)
    return MasterSlaveGroupDescribed(
        master_slave_server_group_id=found.id,
        master_slave_server_group_name=found.name,
        load_balancer_id=found.parent,
        create_time=minutes(found.created),
        master_slave_backend_servers=pair_servers(call, found.id),
        tags=tag_list(found.tags),
    )
