"""DescribeAccessControlLists and the attribute. Shapes: the SDK alibabacloud_slb20140515."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from yunbox.api.call import Call
from yunbox.api.resource import minutes
from yunbox.api.shapes import Answer, PageNumber, Request, Shape, TagFilter
from yunbox.services.slb.acls.model import Acl, acl_not_found
from yunbox.services.slb.listeners.model import Listener
from yunbox.services.slb.product import slb
from yunbox.services.slb.shown import TagList, tag_list

PageSize = Annotated[int, Meta(ge=1, le=50)]


class DescribeAccessControlLists(Request):
    """List access control lists."""

    acl_name: str = ""
    address_ip_version: str = field(default="", name="AddressIPVersion")
    resource_group_id: str = ""
    tag: Annotated[list[TagFilter], Meta(max_length=20)] = []
    page_number: PageNumber = 1
    page_size: PageSize = 10


class AclListed(Shape, kw_only=True):
    """An access control list."""

    acl_id: str
    acl_name: str
    address_ip_version: str = field(default="ipv4", name="AddressIPVersion")
    create_time: str
    resource_group_id: str
    tags: TagList


class AclList(Shape):
    """The wrapping of lists."""

    acl: list[AclListed]


class AclsDescribed(Answer):
    """A page of lists."""

    acls: AclList
    count: int
    total_count: int
    page_number: int
    page_size: int


@slb.action(DescribeAccessControlLists, on="acl/*")
def describe_acls(request: DescribeAccessControlLists, call: Call) -> AclsDescribed:
    """Answer with a page, newest first; a part of the name will do."""
    kept = [
        each
        for each in call.find(Acl, descending=True)
        if request.acl_name in each.name
        and request.address_ip_version in ("", "ipv4")
        and request.resource_group_id in ("", each.resource_group)
        and each.has_tags(request.tag)
    ]
    first = (request.page_number - 1) * request.page_size
    page = kept[first : first + request.page_size]
    shown = [
        AclListed(
            acl_id=each.id,
            acl_name=each.name,
            create_time=minutes(each.created),
            resource_group_id=each.resource_group,
            tags=tag_list(each.tags),
        )
        for each in page
    ]
    return AclsDescribed(
        acls=AclList(acl=shown),
        count=len(page),
        total_count=len(kept),
        page_number=request.page_number,
        page_size=request.page_size,
    )


class DescribeAccessControlListAttribute(Request):
    """Ask for a list with a page of its entries; without a page, all of them."""

    acl_id: str
    acl_entry_comment: str = ""
    page: PageNumber = 1
    page_size: PageSize | None = None


class EntryShown(Shape):
    """An entry of a list."""

    acl_entry_ip: str = field(name="AclEntryIP")
    acl_entry_comment: str


class EntryList(Shape):
    """The wrapping of entries."""

    acl_entry: list[EntryShown]


class RelatedListener(Shape):
    """A listener that names a list."""

    load_balancer_id: str
    listener_port: int
    protocol: str
    acl_type: str


class RelatedListeners(Shape):
    """The wrapping of listeners."""

    related_listener: list[RelatedListener]


class AclDescribed(Answer, kw_only=True):
    """An access control list with its entries."""

    acl_id: str
    acl_name: str
    address_ip_version: str = field(default="ipv4", name="AddressIPVersion")
    create_time: str
    resource_group_id: str
    acl_entrys: EntryList
    total_acl_entry: int
    related_listeners: RelatedListeners
    tags: TagList


@slb.action(DescribeAccessControlListAttribute, on="acl/{acl_id}")
def describe_acl_attribute(request: DescribeAccessControlListAttribute, call: Call) -> AclDescribed:
    """Answer with it. Raises CloudError: AclNotExist."""
    found = call.require(Acl, request.acl_id, acl_not_found)
    kept = [each for each in found.entries if request.acl_entry_comment in each.comment]
    size = request.page_size or max(len(kept), 1)
    first = (request.page - 1) * size
    entries = [
        EntryShown(acl_entry_ip=each.block, acl_entry_comment=each.comment)
        for each in kept[first : first + size]
    ]
    return AclDescribed(
        acl_id=found.id,
        acl_name=found.name,
        create_time=minutes(found.created),
        resource_group_id=found.resource_group,
        acl_entrys=EntryList(acl_entry=entries),
        total_acl_entry=len(kept),
        related_listeners=RelatedListeners(
            related_listener=[
                RelatedListener(
                    load_balancer_id=each.parent,
                    listener_port=each.port,
                    protocol=each.protocol,
                    acl_type=each.acl_type,
                )
                for each in call.find(Listener)
                if found.id in each.acls
            ]
        ),
        tags=tag_list(found.tags),
    )
