"""Security groups come, change and go. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import MAX_TAGS, check_tags
from yunbox.services.ecs.errors import security_group_not_found
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups import errors
from yunbox.services.ecs.security_groups.model import Membership, SecurityGroup
from yunbox.services.vpc.errors import vpc_not_found
from yunbox.services.vpc.vpcs.create import default_vpc
from yunbox.services.vpc.vpcs.model import Vpc

_ON = "securitygroup/{security_group_id}"
_NAME = re.compile(r"[^\W\d_][\w:.-]{1,127}")


class CreateSecurityGroup(Request):
    """Make a group in a VPC, without rules; in the region's default one when none is named."""

    vpc_id: str = ""
    security_group_name: str = ""
    description: str = ""
    security_group_type: Literal["normal", "enterprise"] = "normal"
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=MAX_TAGS)] = []


class SecurityGroupCreated(Answer):
    """The new group."""

    security_group_id: str


class ModifySecurityGroupAttribute(Request):
    """Rename or describe a group anew; what is empty stays as it is."""

    security_group_id: str
    security_group_name: str = ""
    description: str = ""


class ModifySecurityGroupPolicy(Request):
    """Say whether the members of a normal group reach each other."""

    security_group_id: str
    inner_access_policy: str


class DeleteSecurityGroup(Request):
    """Delete a group that nobody is in and no rule of another group names."""

    security_group_id: str


@ecs.action(CreateSecurityGroup, on="securitygroup/*")
def create_security_group(request: CreateSecurityGroup, call: Call) -> SecurityGroupCreated:
    """Make the group."""
    vpc = call.require(Vpc, request.vpc_id, vpc_not_found) if request.vpc_id else default_vpc(call)
    if vpc is None:
        raise errors.vpc_missing()
    _check_words(request.security_group_name, request.description)
    group = call.change.create(
        SecurityGroup(
            id=call.new_id("sg"),
            account=call.account,
            region=call.region,
            name=request.security_group_name,
            parent=vpc.id,
            description=request.description,
            type=request.security_group_type,
            inner="Accept" if request.security_group_type == "normal" else "Drop",
            tags=check_tags(request.tag),
            resource_group=request.resource_group_id,
            created=call.now,
        )
    )
    return SecurityGroupCreated(security_group_id=group.id)


@ecs.action(ModifySecurityGroupAttribute, on=_ON)
def modify_security_group_attribute(request: ModifySecurityGroupAttribute, call: Call) -> Empty:
    """Change the words."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    _check_words(request.security_group_name, request.description)
    changed = msgspec.structs.replace(
        group,
        name=request.security_group_name or group.name,
        description=request.description or group.description,
    )
    call.change.replace(changed)
    return Empty()


@ecs.action(ModifySecurityGroupPolicy, on=_ON)
def modify_security_group_policy(request: ModifySecurityGroupPolicy, call: Call) -> Empty:
    """Change the policy between members."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    words: dict[str, Literal["Accept", "Drop"]] = {"accept": "Accept", "drop": "Drop"}
    wanted = words.get(request.inner_access_policy.lower())
    if wanted is None:
        raise invalid_parameter("InnerAccessPolicy", "Accept or Drop is expected")
    if group.type == "enterprise" and wanted == "Accept":
        raise errors.inner_policy_of_enterprise()
    call.change.replace(msgspec.structs.replace(group, inner=wanted))
    return Empty()


@ecs.action(DeleteSecurityGroup, on=_ON)
def delete_security_group(request: DeleteSecurityGroup, call: Call) -> Empty:
    """Delete the group with its rules."""
    group = call.require(SecurityGroup, request.security_group_id, security_group_not_found)
    if members := call.view.find(Membership, parent=group.id, limit=1):
        raise errors.in_use(group.id, f"the network interface {members[0].name}")
    for other in call.find(SecurityGroup, parent=group.parent):
        if any(rule.group == group.id for rule in other.rules):
            raise errors.referenced(group.id, other.id)
    call.change.delete(SecurityGroup, group.id)
    return Empty()


def _check_words(name: str, description: str) -> None:
    if name and not (_NAME.fullmatch(name) and not name.lower().startswith(("http://", "https://"))):
        raise errors.malformed_name()
    if description and not is_description(description):
        raise errors.malformed_description()


def is_description(text: str) -> bool:
    """Return whether a text may describe a resource: 2 to 256 characters that are no address of a page."""
    return 2 <= len(text) <= 256 and not text.lower().startswith(("http://", "https://"))
