"""RAM roles. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.roles import DEFAULT_SESSION
from yunbox.identity.tags import bears, check_tags
from yunbox.services.ram.parts import (
    Listing,
    TagFilters,
    Tags,
    TagsOf,
    changed_at,
    following,
    given_tags,
    identities,
    tags_of,
    wanted_tags,
)
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import check_size, refusing


class CreateRole(Request):
    """Create a role that those whom its trust policy names may assume."""

    role_name: str
    assume_role_policy_document: str
    description: str = ""
    max_session_duration: int = DEFAULT_SESSION
    tag: Tags = []


class GetRole(Request):
    """Ask for one role."""

    role_name: str


class UpdateRole(Request):
    """Change a role; what is not given stays."""

    role_name: str
    new_assume_role_policy_document: str | None = None
    new_description: str | None = None
    new_max_session_duration: int | None = None


class DeleteRole(Request):
    """Delete a role without policies; its sessions end."""

    role_name: str


class ListRoles(Listing):
    """List the account's roles."""

    tag: TagFilters = []


class NewRole(Shape):
    """A role that was just created."""

    role_id: str
    role_name: str
    arn: str
    description: str
    assume_role_policy_document: str
    max_session_duration: int
    create_date: str


class RoleShape(NewRole):
    """A role, as answers hold it."""

    update_date: str


class FullRole(RoleShape):
    """A role in full."""

    is_service_linked_role: bool
    role_principal_name: str


class NewRoleAnswer(Answer):
    """The new role."""

    role: NewRole


class RoleAnswer(Answer):
    """One role."""

    role: RoleShape


class FullRoleAnswer(Answer):
    """One role in full."""

    role: FullRole


class ListedRole(Shape):
    """A role in a listing."""

    role_id: str
    role_name: str
    arn: str
    description: str
    max_session_duration: int
    create_date: str
    update_date: str
    tags: TagsOf


class RoleList(Shape):
    """The wrapping of a list of roles."""

    role: list[ListedRole]


class RolesListed(Answer):
    """A page of roles."""

    is_truncated: bool
    roles: RoleList
    marker: Text = UNSET


@ram.action(CreateRole, on="role/*")
@refusing("Role")
def create_role(request: CreateRole, call: Call) -> NewRoleAnswer:
    """Create it in the caller's account."""
    check_size("AssumeRolePolicyDocument", request.assume_role_policy_document, "trust")
    tags = given_tags(request.tag)
    check_tags(tags)
    made = identities(call).create_role(
        call.account,
        request.role_name,
        request.assume_role_policy_document,
        max_session=request.max_session_duration,
        description=request.description,
        tags=tags,
    )
    return NewRoleAnswer(
        role=NewRole(
            role_id=made.id,
            role_name=made.name,
            arn=made.arn,
            description=made.description,
            assume_role_policy_document=made.trust,
            max_session_duration=made.max_session,
            create_date=seconds(made.created),
        )
    )


@ram.action(GetRole, on="role/{role_name}")
@refusing("Role")
def get_role(request: GetRole, call: Call) -> FullRoleAnswer:
    """Find it by name."""
    role = identities(call).require_role(call.account, request.role_name)
    return FullRoleAnswer(
        role=FullRole(
            role_id=role.id,
            role_name=role.name,
            arn=role.arn,
            description=role.description,
            assume_role_policy_document=role.trust,
            max_session_duration=role.max_session,
            create_date=seconds(role.created),
            update_date=changed_at(role.updated, role.created),
            is_service_linked_role=False,
            role_principal_name=f"{role.name}@role.{role.account}.onaliyunservice.com",
        )
    )


@ram.action(UpdateRole, on="role/{role_name}")
@refusing("Role")
def update_role(request: UpdateRole, call: Call) -> RoleAnswer:
    """Change what is given; sessions that run keep their time."""
    if request.new_assume_role_policy_document is not None:
        check_size("NewAssumeRolePolicyDocument", request.new_assume_role_policy_document, "trust")
    known = identities(call)
    role = known.require_role(call.account, request.role_name)
    changed = known.update_role(
        role.id,
        trust=request.new_assume_role_policy_document,
        max_session=request.new_max_session_duration,
        description=request.new_description,
    )
    return RoleAnswer(
        role=RoleShape(
            role_id=changed.id,
            role_name=changed.name,
            arn=changed.arn,
            description=changed.description,
            assume_role_policy_document=changed.trust,
            max_session_duration=changed.max_session,
            create_date=seconds(changed.created),
            update_date=changed_at(changed.updated, changed.created),
        )
    )


@ram.action(DeleteRole, on="role/{role_name}")
@refusing("Role")
def delete_role(request: DeleteRole, call: Call) -> Empty:
    """Delete it, unless it has policies."""
    known = identities(call)
    known.delete_role(known.require_role(call.account, request.role_name).id)
    return Empty()


@ram.action(ListRoles, on="role/*")
def list_roles(request: ListRoles, call: Call) -> RolesListed:
    """List them by id."""
    wanted = wanted_tags(request.tag)
    page = identities(call).list_roles(
        call.account,
        marker=request.marker,
        limit=request.max_items,
        keep=(lambda role: bears(role.tags, wanted)) if wanted else None,
    )
    listed = [
        ListedRole(
            role_id=each.id,
            role_name=each.name,
            arn=each.arn,
            description=each.description,
            max_session_duration=each.max_session,
            create_date=seconds(each.created),
            update_date=changed_at(each.updated, each.created),
            tags=tags_of(each.tags),
        )
        for each in page.items
    ]
    return RolesListed(
        is_truncated=bool(page.marker), marker=following(page.marker), roles=RoleList(role=listed)
    )
