"""Who has which policies, asked from either side. Wire shapes: the SDK alibabacloud_ram20150501."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.identity.attachments import AttachedPolicy, Holder
from yunbox.identity.resources import Group, Role, User
from yunbox.services.ram.parts import authorise_policy, default_version, identities, source_of
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class ListPoliciesForUser(Request):
    """List the policies that a user has itself, without those of its groups."""

    user_name: str


class ListPoliciesForGroup(Request):
    """List the policies that a group has."""

    group_name: str


class ListPoliciesForRole(Request):
    """List the policies that a role has."""

    role_name: str


class ListEntitiesForPolicy(Request):
    """List the users, groups and roles that have a policy."""

    policy_name: str
    policy_type: str


class AttachedShape(Shape):
    """A policy that somebody has."""

    policy_name: str
    policy_type: str
    description: str
    default_version: str
    attach_date: str


class AttachedList(Shape):
    """The wrapping of a list of policies."""

    policy: list[AttachedShape]


class AttachedListed(Answer):
    """The policies that somebody has."""

    policies: AttachedList


class UserHolder(Shape):
    """A user who has the policy."""

    user_id: str
    user_name: str
    display_name: str
    attach_date: str


class UserHolders(Shape):
    """The wrapping of a list of users."""

    user: list[UserHolder]


class GroupHolder(Shape):
    """A group that has the policy."""

    group_name: str
    comments: str
    attach_date: str


class GroupHolders(Shape):
    """The wrapping of a list of groups."""

    group: list[GroupHolder]


class RoleHolder(Shape):
    """A role that has the policy."""

    role_id: str
    role_name: str
    arn: str
    description: str
    attach_date: str


class RoleHolders(Shape):
    """The wrapping of a list of roles."""

    role: list[RoleHolder]


class EntitiesListed(Answer):
    """Who has the policy."""

    users: UserHolders
    groups: GroupHolders
    roles: RoleHolders


def _listed(found: list[AttachedPolicy]) -> AttachedListed:
    listed = [
        AttachedShape(
            policy_name=each.policy.name,
            policy_type=each.policy.source,
            description=each.policy.description,
            default_version=default_version(each.policy),
            attach_date=seconds(each.since),
        )
        for each in found
    ]
    return AttachedListed(policies=AttachedList(policy=listed))


@ram.action(ListPoliciesForUser, on="user/{user_name}")
@refusing("User")
def list_policies_for_user(request: ListPoliciesForUser, call: Call) -> AttachedListed:
    """All of them, for there are at most fifty."""
    known = identities(call)
    return _listed(known.policies_of(known.require_user(call.account, request.user_name).id))


@ram.action(ListPoliciesForGroup, on="group/{group_name}")
@refusing("Group")
def list_policies_for_group(request: ListPoliciesForGroup, call: Call) -> AttachedListed:
    """All of them, for there are at most fifty."""
    known = identities(call)
    return _listed(known.policies_of(known.require_group(call.account, request.group_name).id))


@ram.action(ListPoliciesForRole, on="role/{role_name}")
@refusing("Role")
def list_policies_for_role(request: ListPoliciesForRole, call: Call) -> AttachedListed:
    """All of them, for there are at most fifty."""
    known = identities(call)
    return _listed(known.policies_of(known.require_role(call.account, request.role_name).id))


@ram.action(ListEntitiesForPolicy, on="")
@refusing("Policy")
def list_entities_for_policy(request: ListEntitiesForPolicy, call: Call) -> EntitiesListed:
    """Those of the caller's account."""
    source = source_of(request.policy_type)
    authorise_policy(call, request.policy_name, source)
    holders = identities(call).holders_of(call.account, request.policy_name, source)
    return EntitiesListed(
        users=UserHolders(user=_users(holders)),
        groups=GroupHolders(group=_groups(holders)),
        roles=RoleHolders(role=_roles(holders)),
    )


def _users(holders: list[Holder]) -> list[UserHolder]:
    return [
        UserHolder(
            user_id=each.target.id,
            user_name=each.target.name,
            display_name=each.target.display_name,
            attach_date=seconds(each.since),
        )
        for each in holders
        if isinstance(each.target, User)
    ]


def _groups(holders: list[Holder]) -> list[GroupHolder]:
    return [
        GroupHolder(
            group_name=each.target.name, comments=each.target.comments, attach_date=seconds(each.since)
        )
        for each in holders
        if isinstance(each.target, Group)
    ]


def _roles(holders: list[Holder]) -> list[RoleHolder]:
    return [
        RoleHolder(
            role_id=each.target.id,
            role_name=each.target.name,
            arn=each.target.arn,
            description=each.target.description,
            attach_date=seconds(each.since),
        )
        for each in holders
        if isinstance(each.target, Role)
    ]
