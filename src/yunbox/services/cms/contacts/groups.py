"""PutContactGroup, DescribeContactGroupList and the like. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.cms.answers import Done
from yunbox.services.cms.contacts.contacts import (
    ContactList,
    ContactShown,
    Name,
    channels_of,
    contact_not_found,
)
from yunbox.services.cms.contacts.model import Contact, ContactGroup, contact_id
from yunbox.services.cms.errors import quota_exceeded, shown
from yunbox.services.cms.product import cms

MOST_GROUPS = 1000


class PutContactGroup(Request):
    """Make or change a group of contacts."""

    contact_group_name: Name
    contact_names: Annotated[list[Name], Meta(max_length=100)] = []
    describe: Annotated[str, Meta(max_length=512)] = ""
    enable_subscribed: bool | UnsetType = UNSET


@cms.action(PutContactGroup, on="*", partial="No weekly report is written.")
def put_contact_group(request: PutContactGroup, call: Call) -> Done:
    """Store it. Raises CloudError: ContactNotExists, ExceedingQuota."""
    for name in request.contact_names:
        if call.change.get(Contact, contact_id(call.account, name)) is None:
            raise contact_not_found(name)
    id_ = contact_id(call.account, request.contact_group_name)
    before = call.change.get(ContactGroup, id_)
    if before is None and call.count(ContactGroup) >= MOST_GROUPS:
        raise quota_exceeded("contact groups", MOST_GROUPS)
    subscribed = before.subscribed if before is not None else False
    group = ContactGroup(
        id=id_,
        account=call.account,
        name=request.contact_group_name,
        contacts=tuple(dict.fromkeys(request.contact_names)),
        description=request.describe,
        subscribed=request.enable_subscribed if isinstance(request.enable_subscribed, bool) else subscribed,
        created=before.created if before is not None else call.now,
        updated=call.now,
    )
    if before is None:
        call.change.create(group)
    else:
        call.change.replace(group)
    return Done()


class DescribeContactGroupList(Request):
    """List groups of contacts."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class ContactNames(Shape):
    """The wrapping of a group's contacts."""

    contact: list[str]


class ContactGroupShown(Shape):
    """A group."""

    name: str
    describe: str
    contacts: ContactNames
    create_time: int
    update_time: int
    enable_subscribed: bool
    enabled_weekly_report: bool = False


class ContactGroupList(Shape):
    """The wrapping of groups."""

    contact_group: list[ContactGroupShown]


class ContactGroupNames(Shape):
    """The wrapping of groups' names."""

    contact_group: list[str]


class ContactGroupsDescribed(Done, kw_only=True):
    """A page of groups."""

    contact_group_list: ContactGroupList
    contact_groups: ContactGroupNames
    total: int


@cms.action(DescribeContactGroupList, on="*")
def describe_contact_group_list(request: DescribeContactGroupList, call: Call) -> ContactGroupsDescribed:
    """Answer with a page of groups."""
    size = request.page_size
    page = call.find(ContactGroup, limit=size, offset=(request.page_number - 1) * size)
    listed = [
        ContactGroupShown(
            name=each.name,
            describe=each.description,
            contacts=ContactNames(contact=list(each.contacts)),
            create_time=int(each.created * 1000),
            update_time=int(each.updated * 1000),
            enable_subscribed=each.subscribed,
        )
        for each in page
    ]
    return ContactGroupsDescribed(
        contact_group_list=ContactGroupList(contact_group=listed),
        contact_groups=ContactGroupNames(contact_group=[each.name for each in page]),
        total=call.count(ContactGroup),
    )


class DescribeContactListByContactGroup(Request):
    """List the contacts of a group."""

    contact_group_name: Name


class GroupsContactsDescribed(Done, kw_only=True):
    """The contacts."""

    contacts: ContactList


@cms.action(DescribeContactListByContactGroup, on="*")
def describe_contact_list_by_contact_group(
    request: DescribeContactListByContactGroup, call: Call
) -> GroupsContactsDescribed:
    """Answer with them. Raises CloudError: ContactGroupNotExists."""
    group = _require(call, request.contact_group_name)
    found = (call.view.get(Contact, contact_id(call.account, each)) for each in group.contacts)
    listed = [
        ContactShown(
            name=each.name,
            desc=each.description,
            channels=channels_of(each),
            create_time=int(each.created * 1000),
            update_time=int(each.updated * 1000),
        )
        for each in found
        if each is not None
    ]
    return GroupsContactsDescribed(contacts=ContactList(contact=listed))


class DeleteContactGroup(Request):
    """Delete a group of contacts."""

    contact_group_name: Name


@cms.action(DeleteContactGroup, on="*")
def delete_contact_group(request: DeleteContactGroup, call: Call) -> Done:
    """Delete it; its contacts stay. Raises CloudError: ContactGroupNotExists."""
    call.change.delete(ContactGroup, _require(call, request.contact_group_name).id)
    return Done()


def _require(call: Call, name: str) -> ContactGroup:
    found = call.view.get(ContactGroup, contact_id(call.account, name))
    if found is None:
        raise CloudError("ContactGroupNotExists", 404, f"The contact group {shown(name)} does not exist.")
    return found
