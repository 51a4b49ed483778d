"""Making, changing and deleting access control lists. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import check_tags
from yunbox.errors import CloudError
from yunbox.services.slb.acls.model import Acl, AclEntry, acl_not_found
from yunbox.services.slb.checks import check_name
from yunbox.services.slb.errors import in_use, quota_exceeded
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.lists import read_list
from yunbox.services.slb.product import slb
from yunbox.services.vpc.groups import group_of

ENTRIES_PER_REQUEST = 50
ENTRIES_PER_ACL = 300
ACLS_PER_REGION = 200


class CreateAccessControlList(Request):
    """Make an empty list."""

    acl_name: str
    address_ip_version: Literal["ipv4"] = field(default="ipv4", name="AddressIPVersion")
    resource_group_id: str = ""
    tag: Annotated[list[Tag], Meta(max_length=20)] = []


class SetAccessControlListAttribute(Request):
    """Name a list anew."""

    acl_id: str
    acl_name: str


class AddAccessControlListEntry(Request):
    """Add CIDR blocks to a list."""

    acl_id: str
    acl_entrys: str


class RemoveAccessControlListEntry(Request):
    """Take CIDR blocks out of a list."""

    acl_id: str
    acl_entrys: str


class DeleteAccessControlList(Request):
    """Delete a list that no listener names."""

    acl_id: str


class AclNamed(Answer):
    """The list."""

    acl_id: str


class _Given(msgspec.Struct, frozen=True):
    entry: str
    comment: str = ""


@slb.action(CreateAccessControlList, on="acl/*")
def create_acl(request: CreateAccessControlList, call: Call) -> AclNamed:
    """Store it. Raises CloudError: InvalidParameter, AclExist, QuotaLimitExceeds.Acl."""
    if call.count(Acl) >= ACLS_PER_REGION:
        raise quota_exceeded("Acl", ACLS_PER_REGION)
    made = call.change.create(
        Acl(
            id=call.new_id("acl"),
            account=call.account,
            region=call.region,
            name=_free_name(call, request.acl_name),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
        )
    )
    return AclNamed(acl_id=made.id)


def _free_name(call: Call, name: str, but: str = "") -> str:
    if not name:
        raise invalid_parameter("AclName", "1 to 80 characters are expected")
    if any(each.id != but for each in call.find(Acl, name=check_name(name, "AclName"))):
        raise CloudError("AclExist", 400, f"There is an access control list named {name!a} already.")
    return name


@slb.action(SetAccessControlListAttribute, on="acl/{acl_id}")
def set_acl_attribute(request: SetAccessControlListAttribute, call: Call) -> Empty:
    """Name it. Raises CloudError: AclNotExist, AclExist."""
    found = call.require(Acl, request.acl_id, acl_not_found)
    call.change.replace(msgspec.structs.replace(found, name=_free_name(call, request.acl_name, found.id)))
    return Empty()


@slb.action(AddAccessControlListEntry, on="acl/{acl_id}")
def add_acl_entries(request: AddAccessControlListEntry, call: Call) -> Empty:
    """Add those that are not in it. Raises CloudError: AclNotExist, InvalidParameter, QuotaLimitExceeds.AclEntry."""
    found = call.require(Acl, request.acl_id, acl_not_found)
    entries = {each.block: each for each in found.entries}
    for given in _read(request.acl_entrys):
        block = read_block(given.entry, "AclEntrys")
        entries.setdefault(block, AclEntry(block, given.comment))
    if len(entries) > ENTRIES_PER_ACL:
        raise quota_exceeded("AclEntry", ENTRIES_PER_ACL)
    call.change.replace(msgspec.structs.replace(found, entries=tuple(entries.values())))
    return Empty()


@slb.action(RemoveAccessControlListEntry, on="acl/{acl_id}")
def remove_acl_entries(request: RemoveAccessControlListEntry, call: Call) -> Empty:
    """Take them out. Raises CloudError: AclNotExist, AclEntryEmpty for a list without any."""
    found = call.require(Acl, request.acl_id, acl_not_found)
    if not found.entries:
        raise CloudError("AclEntryEmpty", 400, f"The access control list {found.id} has no entry.")
    gone = {read_block(each.entry, "AclEntrys") for each in _read(request.acl_entrys)}
    left = tuple(each for each in found.entries if each.block not in gone)
    call.change.replace(msgspec.structs.replace(found, entries=left))
    return Empty()


def _read(text: str) -> list[_Given]:
    try:
        found = read_list(text, _Given)
    except ValueError as error:
        raise invalid_parameter("AclEntrys", f"a list of entries in JSON is expected: {error}") from None
    if len(found) > ENTRIES_PER_REQUEST:
        raise quota_exceeded("AclEntriesPerRequest", ENTRIES_PER_REQUEST)
    return [
        _Given(entry=each.strip(), comment=given.comment)
        for given in found
        for each in given.entry.split(",")
    ]


def read_block(text: str, parameter: str) -> str:
    """Return a CIDR block of IPv4; an address alone is one of 32 bits. Raises CloudError."""
    try:
        return str(IPv4Network(text, strict=False))
    except ValueError:
        raise invalid_parameter(parameter, f"{text[:64]!a} is no CIDR block of IPv4") from None


@slb.action(DeleteAccessControlList, on="acl/{acl_id}")
def delete_acl(request: DeleteAccessControlList, call: Call) -> Empty:
    """Delete it. Raises CloudError: AclNotExist, AclInUsed while a listener names it."""
    found = call.require(Acl, request.acl_id, acl_not_found)
    for listener in call.find(Listener):
        if found.id in listener.acls:
            raise in_use("AclInUsed", found.id, listener.id)
    call.change.delete(Acl, found.id)
    return Empty()
