"""All actions of access control lists. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.api.tagging import check_tags
from yunbox.services.alb.acls.model import Acl, AclEntry
from yunbox.services.alb.checks import Ids, TagFilters, Tags, TagShown, check_name, group_of, shown_tags
from yunbox.services.alb.errors import already_exists, illegal, in_use, not_found, quota_exceeded
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.pages import Listed, Listing, matching, page_of, part_of
from yunbox.services.alb.product import alb

ACLS_PER_REGION = 200
ENTRIES_PER_ACL = 1000


class CreateAcl(Request):
    """Make an ACL without entries."""

    acl_name: str = ""
    resource_group_id: str = ""
    tag: Tags = []


class AclCreated(Answer):
    """The ACL."""

    acl_id: str
    job_id: str


class UpdateAclAttribute(Request):
    """Rename an ACL."""

    acl_id: str
    acl_name: str = ""


class DeleteAcl(Request):
    """Delete an ACL that no listener uses."""

    acl_id: str


class EntryAsked(Shape):
    """A block of addresses."""

    entry: str
    description: Annotated[str, Meta(max_length=256)] = ""


class AddEntriesToAcl(Request):
    """Add blocks of addresses to an ACL."""

    acl_id: str
    acl_entries: Annotated[list[EntryAsked], Meta(min_length=1, max_length=20)]


class RemoveEntriesFromAcl(Request):
    """Remove blocks of addresses from an ACL."""

    acl_id: str
    entries: Annotated[list[str], Meta(min_length=1, max_length=20)]


class ListAcls(Listing):
    """List ACLs."""

    acl_ids: Ids = []
    acl_names: Ids = []
    resource_group_id: str = ""
    tag: TagFilters = []


class ListAclEntries(Listing, kw_only=True):
    """List the entries of an ACL."""

    acl_id: str


class ListAclRelations(Request):
    """Ask which listeners use some ACLs."""

    acl_ids: Annotated[list[str], Meta(min_length=1, max_length=5)]


class AclShown(Shape):
    """An ACL."""

    acl_id: str
    acl_name: str
    create_time: str
    resource_group_id: str
    tags: list[TagShown]
    acl_status: str = "Available"
    address_ip_version: str = msgspec.field(default="IPv4", name="AddressIPVersion")
    config_managed_enabled: bool = False


class AclsListed(Listed, kw_only=True):
    """A page of ACLs."""

    acls: list[AclShown]


class EntryShown(Shape):
    """An entry of an ACL."""

    entry: str
    description: str
    status: str = "Available"


class EntriesListed(Listed, kw_only=True):
    """A page of entries."""

    acl_entries: list[EntryShown]


class RelatedListener(Shape):
    """A listener that uses an ACL."""

    listener_id: str
    listener_port: int
    listener_protocol: str
    load_balancer_id: str
    status: str = "Associated"


class AclRelationShown(Shape):
    """An ACL and the listeners that use it."""

    acl_id: str
    related_listeners: list[RelatedListener]


class AclRelationsListed(Answer):
    """ACLs and the listeners that use them."""

    acl_relations: list[AclRelationShown]


def _acl(call: Call, id_: str) -> Acl:
    return call.require(Acl, id_, not_found("Acl"))


@alb.action(CreateAcl, on="acl/*")
def create_acl(request: CreateAcl, call: Call) -> AclCreated:
    """Store an ACL. Raises CloudError: QuotaExceeded.AclsNum, IllegalParam.AclName."""
    if call.count(Acl) >= ACLS_PER_REGION:
        raise quota_exceeded("AclsNum", ACLS_PER_REGION, call.region)
    made = call.change.create(
        Acl(
            id=call.new_id("acl"),
            account=call.account,
            region=call.region,
            name=check_name(request.acl_name, "AclName") if request.acl_name else "",
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
        )
    )
    return AclCreated(acl_id=made.id, job_id=begin_job(call, "acl", made.id))


@alb.action(UpdateAclAttribute, on="acl/{acl_id}")
def update_acl_attribute(request: UpdateAclAttribute, call: Call) -> Empty:
    """Rename it. Raises CloudError: ResourceNotFound.Acl, IllegalParam.AclName."""
    found = _acl(call, request.acl_id)
    if request.acl_name:
        call.change.replace(msgspec.structs.replace(found, name=check_name(request.acl_name, "AclName")))
    return Empty()


@alb.action(DeleteAcl, on="acl/{acl_id}")
def delete_acl(request: DeleteAcl, call: Call) -> Started:
    """Delete it. Raises CloudError: ResourceNotFound.Acl, ResourceInUse.Acl."""
    found = _acl(call, request.acl_id)
    if users := _users(call, found.id):
        raise in_use("Acl", found.id, users[0].id)
    call.change.delete(Acl, found.id)
    return Started(job_id=begin_job(call, "acl", found.id))


@alb.action(AddEntriesToAcl, on="acl/{acl_id}")
def add_entries_to_acl(request: AddEntriesToAcl, call: Call) -> Started:
    """Add them all, or none. Raises CloudError: ResourceNotFound.Acl, ResourceAlreadyExist.AclEntry."""
    found = _acl(call, request.acl_id)
    entries = {each.block: each for each in found.entries}
    for asked in request.acl_entries:
        block = _block(asked.entry)
        if block in entries:
            raise already_exists("AclEntry", block)
        entries[block] = AclEntry(block=block, description=asked.description)
    if len(entries) > ENTRIES_PER_ACL:
        raise quota_exceeded("AclEntriesNum", ENTRIES_PER_ACL, found.id)
    call.change.replace(msgspec.structs.replace(found, entries=tuple(entries.values())))
    return Started(job_id=begin_job(call, "acl", found.id))


@alb.action(RemoveEntriesFromAcl, on="acl/{acl_id}")
def remove_entries_from_acl(request: RemoveEntriesFromAcl, call: Call) -> Started:
    """Remove them all, or none. Raises CloudError: ResourceNotFound.Acl, ResourceNotFound.AclEntry."""
    found = _acl(call, request.acl_id)
    entries = {each.block: each for each in found.entries}
    for asked in request.entries:
        if entries.pop(_block(asked), None) is None:
            raise not_found("AclEntry")(asked)
    call.change.replace(msgspec.structs.replace(found, entries=tuple(entries.values())))
    return Started(job_id=begin_job(call, "acl", found.id))


def _block(text: str) -> str:
    """Return a block of addresses as it is stored: a single address is a block of one. Raises CloudError."""
    try:
        block = IPv4Network(text)
    except ValueError:
        raise illegal("AclEntries.N.Entry", "IPv4 CIDR blocks such as 10.0.1.0/24 are expected") from None
    return str(block)


def _users(call: Call, acl: str) -> list[Listener]:
    return [each for each in call.find(Listener) if acl in each.acls]


@alb.action(ListAcls, on="acl/*")
def list_acls(request: ListAcls, call: Call) -> AclsListed:
    """Answer with a page of the ACLs that the filters keep."""
    found = matching(
        call,
        Acl,
        ids=request.acl_ids,
        names=request.acl_names,
        tags=request.tag,
        group=request.resource_group_id,
    )
    page, listed = page_of(found, request)
    return AclsListed(
        acls=[
            AclShown(
                acl_id=each.id,
                acl_name=each.name,
                create_time=seconds(each.created),
                resource_group_id=each.resource_group,
                tags=shown_tags(each.tags),
            )
            for each in page
        ],
        **listed,
    )


@alb.action(ListAclEntries, on="acl/{acl_id}")
def list_acl_entries(request: ListAclEntries, call: Call) -> EntriesListed:
    """Answer with a page of entries. Raises CloudError: ResourceNotFound.Acl."""
    entries = {each.block: each for each in _acl(call, request.acl_id).entries}
    page, listed = part_of(sorted(entries), request)
    return EntriesListed(
        acl_entries=[EntryShown(entry=each, description=entries[each].description) for each in page],
        **listed,
    )


@alb.action(ListAclRelations, on="acl/{acl_ids}")
def list_acl_relations(request: ListAclRelations, call: Call) -> AclRelationsListed:
    """Answer which listeners use them. Raises CloudError: ResourceNotFound.Acl."""
    return AclRelationsListed(
        acl_relations=[
            AclRelationShown(
                acl_id=_acl(call, id_).id,
                related_listeners=[
                    RelatedListener(
                        listener_id=each.id,
                        listener_port=each.port,
                        listener_protocol=each.protocol,
                        load_balancer_id=each.parent,
                    )
                    for each in _users(call, id_)
                ],
            )
            for id_ in request.acl_ids
        ]
    )
