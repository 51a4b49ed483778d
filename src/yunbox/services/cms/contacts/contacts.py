"""PutContact, DescribeContactList and DeleteContact. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.cms.alarms.parameters import check_webhook
from yunbox.services.cms.answers import Done
from yunbox.services.cms.contacts.model import Contact, ContactGroup, contact_id
from yunbox.services.cms.errors import quota_exceeded, shown
from yunbox.services.cms.product import cms

MOST_CONTACTS = 1000

NOT_ACTIVATED = "Only robots of DingTalk are told; nobody gets mail, so nobody has to activate an address."

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Address = Annotated[str, Meta(max_length=512)]


class Channels(Shape):
    """How to reach a contact."""

    mail: Address = ""
    sms: Address = field(default="", name="SMS")
    ding_web_hook: Address = ""
    ali_im: Address = field(default="", name="AliIM")


class PutContact(Request):
    """Make or change a contact."""

    contact_name: Name
    describe: Annotated[str, Meta(max_length=512)]
    channels: Channels = Channels()
    lang: Literal["", "zh-cn", "en"] = ""


@cms.action(PutContact, on="*", partial=NOT_ACTIVATED)
def put_contact(request: PutContact, call: Call) -> Done:
    """Store it. Raises CloudError: MissingParameter, ExceedingQuota."""
    reached = request.channels
    if not any((reached.mail, reached.sms, reached.ding_web_hook, reached.ali_im)):
        raise missing_parameter("Channels.Mail")
    check_webhook(reached.ding_web_hook, "Channels.DingWebHook")
    id_ = contact_id(call.account, request.contact_name)
    before = call.change.get(Contact, id_)
    if before is None and call.count(Contact) >= MOST_CONTACTS:
        raise quota_exceeded("contacts", MOST_CONTACTS)
    contact = Contact(
        id=id_,
        account=call.account,
        name=request.contact_name,
        mail=reached.mail,
        sms=reached.sms,
        ding=reached.ding_web_hook,
        ali_im=reached.ali_im,
        description=request.describe,
        language=request.lang,
        created=before.created if before is not None else call.now,
        updated=call.now,
    )
    if before is None:
        call.change.create(contact)
    else:
        call.change.replace(contact)
    return Done()


class DescribeContactList(Request):
    """List contacts."""

    contact_name: str = ""
    chanel_type: Literal["", "Mail", "SMS", "DingWebHook", "AliIM"] = ""
    chanel_value: str = ""
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 100


class ChannelsShown(Shape):
    """How to reach a contact."""

    mail: str
    sms: str = field(name="SMS")
    ding_web_hook: str
    ali_im: str = field(name="AliIM")


class GroupNames(Shape):
    """The wrapping of the groups that a contact is in."""

    contact_group: list[str]


class ContactShown(Shape, kw_only=True):
    """A contact; `contact_groups` is left out where the groups are known already."""

    name: str
    desc: str
    lang: str | UnsetType = UNSET
    channels: ChannelsShown
    channels_state: ChannelsShown | UnsetType = UNSET
    contact_groups: GroupNames | UnsetType = UNSET
    create_time: int
    update_time: int


class ContactList(Shape):
    """The wrapping of contacts."""

    contact: list[ContactShown]


class ContactsDescribed(Done, kw_only=True):
    """A page of contacts."""

    contacts: ContactList
    total: int


def channels_of(contact: Contact) -> ChannelsShown:
    """Return how to reach a contact."""
    return ChannelsShown(
        mail=contact.mail, sms=contact.sms, ding_web_hook=contact.ding, ali_im=contact.ali_im
    )


def _state(contact: Contact) -> ChannelsShown:
    given = (contact.mail, contact.sms, contact.ding, contact.ali_im)
    mail, sms, ding, im = ("OK" if each else "" for each in given)
    return ChannelsShown(mail=mail, sms=sms, ding_web_hook=ding, ali_im=im)


@cms.action(DescribeContactList, on="*")
def describe_contact_list(request: DescribeContactList, call: Call) -> ContactsDescribed:
    """Answer with a page of contacts."""
    groups = call.find(ContactGroup)

    def wanted(contact: Contact) -> bool:
        reached = msgspec.to_builtins(channels_of(contact)).get(request.chanel_type, "")
        return request.contact_name in ("", contact.name) and (
            not request.chanel_type or (bool(reached) and request.chanel_value in ("", reached))
        )

    found = [each for each in call.find(Contact) if wanted(each)]
    first = (request.page_number - 1) * request.page_size
    listed = [
        ContactShown(
            name=each.name,
            desc=each.description,
            lang=each.language,
            channels=channels_of(each),
            channels_state=_state(each),
            contact_groups=GroupNames(
                contact_group=[group.name for group in groups if each.name in group.contacts]
            ),
            create_time=int(each.created * 1000),
            update_time=int(each.updated * 1000),
        )
        for each in found[first : first + request.page_size]
    ]
    return ContactsDescribed(contacts=ContactList(contact=listed), total=len(found))


class DeleteContact(Request):
    """Delete a contact."""

    contact_name: Name


@cms.action(DeleteContact, on="*")
def delete_contact(request: DeleteContact, call: Call) -> Done:
    """Delete it, and take it out of its groups. Raises CloudError: ContactNotExists."""
    id_ = contact_id(call.account, request.contact_name)
    if call.change.get(Contact, id_) is None:
        raise contact_not_found(request.contact_name)
    call.change.delete(Contact, id_)
    for group in call.find(ContactGroup):
        if request.contact_name in group.contacts:
            left = tuple(each for each in group.contacts if each != request.contact_name)
            call.change.replace(msgspec.structs.replace(group, contacts=left))
    return Done()


def contact_not_found(name: str) -> CloudError:
    """Return the refusal of a contact that does not exist."""
    return CloudError("ContactNotExists", 404, f"The contact {shown(name)} does not exist.")
