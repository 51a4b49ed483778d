"""What the actions of several resources share: whose directory, which page, which policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Request, Shape, Tag, TagFilter, Text
from yunbox.errors import CloudError
from yunbox.identity.identities import Identities
from yunbox.identity.policies import KnownPolicy, PolicySource
from yunbox.identity.policy.authorise import authorise, denial_facts
from yunbox.identity.policy.evaluate import Context

Tags = Annotated[list[Tag], Meta(max_length=20)]
TagFilters = Annotated[list[TagFilter], Meta(max_length=20)]


Marker = Annotated[str, Meta(max_length=1024)]
MaxItems = Annotated[int, Meta(ge=1, le=1000)]


class Listing(Request):
    """A listing that goes on from a marker."""

    marker: Marker = ""
    max_items: MaxItems = 100


class TagOf(Shape):
    """A tag, as listings show it."""

    tag_key: str
    tag_value: str


class TagsOf(Shape):
    """The wrapping of the tags of a listed resource."""

    tag: list[TagOf]


def identities(call: Call) -> Identities:
    """Return the directory, as part of the call's transaction."""
    return call.directory.joining(call.view)


def following(marker: str) -> Text:
    """Return a page's marker as answers hold it: left out on the last page."""
    return marker or UNSET


def changed_at(updated: float, created: float) -> str:
    """Return the time of the last change, which is that of the creation when there was none."""
    return seconds(updated or created)


def tags_of(tags: dict[str, str]) -> TagsOf:
    """Return tags as listings show them."""
    return TagsOf(tag=[TagOf(tag_key=key, tag_value=value) for key, value in sorted(tags.items())])


def given_tags(tags: Iterable[Tag]) -> dict[str, str]:
    """Return the tags of a request. Raises CloudError for a key that is given twice."""
    found: dict[str, str] = {}
    for each in tags:
        if each.key in found:
            raise CloudError("Duplicate.TagKey", 400, "A tag key is given twice.")
        found[each.key] = each.value
    return found


def wanted_tags(filters: Iterable[TagFilter]) -> list[tuple[str, str]]:
    """Return the tags that a listing asks for, as pairs of a key and a value (an empty one: any)."""
    return [(each.key, each.value) for each in filters]


def source_of(policy_type: str) -> PolicySource:
    """Return where a policy comes from. Raises CloudError: InvalidParameter.PolicyType."""
    if policy_type == "System":
        return "System"
    if policy_type == "Custom":
        return "Custom"
    raise CloudError(
        "InvalidParameter.PolicyType", 400, 'The parameter - "PolicyType" is incorrect: System or Custom.'
    )


def authorise_policy(call: Call, name: str, source: PolicySource) -> None:
    """Return when the caller may do this to a policy. Raises CloudError.

    The vendor's policies are `acs:ram:*:system:policy/<name>`, so that a permission on all of an account's own
    does not reach AdministratorAccess. Source: RAM documentation, "RAM authorization".
    """
    caller = call.principal
    if source == "Custom" or caller.kind == "root":
        call.authorise(f"policy/{name}")
        return
    context = Context(
        principal=caller,
        action=f"{call.product.ram}:{call.action}",
        resource=f"acs:{call.product.ram}:*:system:policy/{name}",
        owner=call.account,
        now=call.now,
        source_ip=call.peer,
        secure=call.secure,
    )
    verdict = authorise(context)
    if not verdict.allowed:
        raise CloudError(
            call.product.forbidden,
            403,
            f"User not authorized to operate on the specified resource: {context.action} on "
            f"{context.resource}.",
            details={name: value for name, value in denial_facts(verdict, context).items() if value},
        )


def version_id(number: int) -> str:
    """Return a policy version's id."""
    return f"v{number}"


def default_version(policy: KnownPolicy) -> str:
    """Return the id of the version in force."""
    return version_id(policy.default_version)
