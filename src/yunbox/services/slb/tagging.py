"""Tags and resource groups of Slb's resources. Wire shapes: SLB API 2014-05-15.

Tags of a load balancer that begin with `yunbox:` are settings (`services.balancing.settings`).
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Answer, Empty, PageNumber, Request, Shape, Tag
from yunbox.api.tagging import MAX_TAGS, check_tags, register_tagging
from yunbox.errors import CloudError
from yunbox.services.balancing.settings import read_settings
from yunbox.services.slb.acls.model import Acl
from yunbox.services.slb.certificates.model import CaCertificate, ServerCertificate
from yunbox.services.slb.errors import not_found
from yunbox.services.slb.groups.model import MasterSlaveGroup, VServerGroup
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.load_balancers.describe import read_tags
from yunbox.services.slb.load_balancers.model import LoadBalancer, require_balancer
from yunbox.services.slb.product import slb
from yunbox.services.vpc.groups import group_of


def _check(resource: CloudResource) -> None:
    if isinstance(resource, LoadBalancer):
        read_settings(resource.tags)


register_tagging(
    slb,
    {
        "instance": LoadBalancer,
        "certificate": (ServerCertificate, CaCertificate),
        "acl": Acl,
        "listener": Listener,
        "vservergroup": VServerGroup,
        "masterslaveservergroup": MasterSlaveGroup,
    },
    check=_check,
)


class AddTags(Request):
    """Put tags on a load balancer: a list of TagKey and TagValue in JSON."""

    load_balancer_id: str
    tags: str


class RemoveTags(Request):
    """Take tags off a load balancer: a list of TagKey and TagValue in JSON."""

    load_balancer_id: str
    tags: str


class DescribeTags(Request):
    """Count which tags load balancers bear."""

    load_balancer_id: str = ""
    tags: str = ""
    distinct_key: bool = False
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 50


class TagSet(Shape):
    """A tag, and how many load balancers bear it."""

    tag_key: str
    tag_value: str
    instance_count: int


class TagSets(Shape):
    """The wrapping of tags."""

    tag_set: list[TagSet]


class TagsDescribed(Answer):
    """A page of tags."""

    tag_sets: TagSets
    total_count: int
    page_number: int
    page_size: int


@slb.action(AddTags, on="loadbalancer/{load_balancer_id}")
def add_tags(request: AddTags, call: Call) -> Empty:
    """Write them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidTagKey.Malformed ..."""
    found = require_balancer(call, request.load_balancer_id)
    given = [
        Tag(key=each["TagKey"], value=each.get("TagValue", "")) for each in read_tags(request.tags, "Tags")
    ]
    tags = found.tags | check_tags(given)
    if len(tags) > MAX_TAGS:
        raise CloudError("NumberExceed.Tags", 400, f"A resource has at most {MAX_TAGS} tags.")
    read_settings(tags)
    call.change.replace(msgspec.structs.replace(found, tags=tags))
    return Empty()


@slb.action(RemoveTags, on="loadbalancer/{load_balancer_id}")
def remove_tags(request: RemoveTags, call: Call) -> Empty:
    """Take them off; a value that is given must be the tag's. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    found = require_balancer(call, request.load_balancer_id)
    tags = dict(found.tags)
    for each in read_tags(request.tags, "Tags"):
        if each.get("TagValue", "") in ("", tags.get(each["TagKey"])):
            tags.pop(each["TagKey"], None)
    call.change.replace(msgspec.structs.replace(found, tags=tags))
    return Empty()


@slb.action(DescribeTags, on="loadbalancer/*")
def describe_tags(request: DescribeTags, call: Call) -> TagsDescribed:
    """Answer with a page of them, by key. Raises CloudError: InvalidLoadBalancerId.NotFound."""
    if request.load_balancer_id:
        balancers = [require_balancer(call, request.load_balancer_id)]
    else:
        balancers = call.find(LoadBalancer)
    wanted = [(each["TagKey"], each.get("TagValue", "")) for each in read_tags(request.tags, "Tags")]
    counted = Counter(
        (key, "" if request.distinct_key else value)
        for balancer in balancers
        for key, value in balancer.tags.items()
        if not wanted or (key, value) in wanted or (key, "") in wanted
    )
    first = (request.page_number - 1) * request.page_size
    page = sorted(counted.items())[first : first + request.page_size]
    shown = [TagSet(tag_key=key, tag_value=value, instance_count=count) for (key, value), count in page]
    return TagsDescribed(
        tag_sets=TagSets(tag_set=shown),
        total_count=len(counted),
        page_number=request.page_number,
        page_size=request.page_size,
    )


class MoveResourceGroup(Request):
    """Put a resource into another resource group."""

    resource_id: str
    resource_type: str
    new_resource_group_id: str
    accepted = {"ResourceGroupId": "it is looked up", "access_key_id": "the request is signed"}


_MOVABLE: dict[str, tuple[type[CloudResource], ...]] = {
    "loadbalancer": (LoadBalancer,),
    "certificate": (ServerCertificate, CaCertificate),
    "acl": (Acl,),
}


@slb.action(MoveResourceGroup, on="")
def move_resource_group(request: MoveResourceGroup, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidParameter, InvalidResourceId.NotFound, InvalidResourceGroupId.NotFound."""
    # In the spelling of policies, whatever case the request has: another one would slip past a Deny.
    call.authorise(resource_of(request.resource_type.lower(), request.resource_id))
    types = _MOVABLE.get(request.resource_type.lower())
    if types is None:
        raise invalid_parameter("ResourceType", f"{', '.join(_MOVABLE)} are expected")
    group = group_of(call, request.new_resource_group_id)
    for type_ in types:
        if (found := call.get(type_, request.resource_id)) is not None:
            call.change.replace(msgspec.structs.replace(found, resource_group=group))
            return Empty()
    raise not_found("InvalidResourceId.NotFound", "ResourceId", request.resource_id)
