"""Tags and resource groups of Alb's resources. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Empty, Request, Shape
from yunbox.api.tagging import register_tagging
from yunbox.services.alb.acls.model import Acl
from yunbox.services.alb.checks import group_of
from yunbox.services.alb.errors import not_found
from yunbox.services.alb.health_check_templates.model import HealthCheckTemplate
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.load_balancers.model import LoadBalancer
from yunbox.services.alb.pages import Listed, Listing, part_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.rules.model import Rule
from yunbox.services.alb.security_policies.model import SecurityPolicy
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.balancing.settings import read_settings

TYPES: dict[str, type[CloudResource]] = {
    "loadbalancer": LoadBalancer,
    "listener": Listener,
    "servergroup": ServerGroup,
    "rule": Rule,
    "acl": Acl,
    "securitypolicy": SecurityPolicy,
    "healthchecktemplate": HealthCheckTemplate,
}
_MOVABLE = ("loadbalancer", "servergroup", "acl", "securitypolicy", "healthchecktemplate")


def _check(resource: CloudResource) -> None:
    """Refuse tags by which a load balancer would be set up in a way that there is not. Raises CloudError."""
    if isinstance(resource, LoadBalancer):
        read_settings(resource.tags)


register_tagging(alb, TYPES, untag="UnTagResources", flat=True, check=_check)


class ListTagKeys(Listing, kw_only=True):
    """List the keys of tags."""

    resource_type: str
    keyword: str = ""
    category: Literal["", "Custom", "System", "All"] = "All"


class ListTagValues(Listing, kw_only=True):
    """List the values of a key of tags."""

    resource_type: str
    tag_key: str
    resource_id: str = ""


class MoveResourceGroup(Request):
    """Put a resource into another resource group."""

    resource_type: str
    resource_id: str
    new_resource_group_id: str


class TagKeyShown(Shape):
    """A key."""

    tag_key: str
    category: str = "Custom"


class TagKeysListed(Listed, kw_only=True):
    """A page of keys."""

    tag_keys: list[TagKeyShown]


class TagValuesListed(Listed, kw_only=True):
    """A page of values."""

    tag_values: list[str]


def _type_of(name: str) -> type[CloudResource]:
    found = TYPES.get(name.lower())
    if found is None:
        raise invalid_parameter("ResourceType", f"{', '.join(sorted(TYPES))} are expected")
    return found


# Policies are asked in their own spelling of the type, whatever case the request has.
@alb.action(ListTagKeys, on="")
def list_tag_keys(request: ListTagKeys, call: Call) -> TagKeysListed:
    """Answer with a page of the keys that the resources of a type bear."""
    kind = _type_of(request.resource_type)
    call.authorise(resource_of(request.resource_type.lower(), ""))
    keys = {key for each in call.find(kind) for key in each.tags if request.keyword in key}
    found = sorted(keys) if request.category != "System" else []
    page, listed = part_of(found, request)
    return TagKeysListed(
        tag_keys=[TagKeyShown(tag_key=each) for each in page],
        **listed,
    )


@alb.action(ListTagValues, on="")
def list_tag_values(request: ListTagValues, call: Call) -> TagValuesListed:
    """Answer with a page of the values that a key has."""
    kind = _type_of(request.resource_type)
    call.authorise(resource_of(request.resource_type.lower(), request.resource_id))
    found = sorted(
        {
            each.tags[request.tag_key]
            for each in call.find(kind)
            if request.tag_key in each.tags and request.resource_id in ("", each.id)
        }
    )
    page, listed = part_of(found, request)
    return TagValuesListed(tag_values=list(page), **listed)


@alb.action(MoveResourceGroup, on="")
def move_resource_group(request: MoveResourceGroup, call: Call) -> Empty:
    """Move it. Raises CloudError: ResourceNotFound.*, NotExist.ResourceGroup."""
    folder = request.resource_type.lower()
    if folder not in _MOVABLE:
        raise invalid_parameter("ResourceType", f"{', '.join(sorted(_MOVABLE))} are expected")
    call.authorise(resource_of(folder, request.resource_id))
    kind = _type_of(folder)
    found = call.require(kind, request.resource_id, not_found(kind.__name__))
    group = group_of(call, request.new_resource_group_id)
    moved: list[CloudResource] = [found]
    if kind is LoadBalancer:
        moved += call.find(Listener, parent=found.id)
    for each in moved:
        call.change.replace(msgspec.structs.replace(each, resource_group=group))
    return Empty()
