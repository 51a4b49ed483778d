"""White lists of listeners, the older way to say who may connect. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Empty
from yunbox.services.slb.acls.lists import read_block
from yunbox.services.slb.listeners.life import ListenerNamed, listener_of
from yunbox.services.slb.product import slb

ON = "loadbalancer/{load_balancer_id}"


class SetListenerAccessControlStatus(ListenerNamed, kw_only=True):
    """Let only those connect who are on the white list, or everybody."""

    access_control_status: Literal["open_white_list", "close"]


class AddListenerWhiteListItem(ListenerNamed, kw_only=True):
    """Put addresses on the white list of a listener, with commas between."""

    source_items: str


class RemoveListenerWhiteListItem(ListenerNamed, kw_only=True):
    """Take addresses off the white list of a listener."""

    source_items: str


class DescribeListenerAccessControlAttribute(ListenerNamed):
    """Ask for the white list of a listener."""


class AccessControl(Answer):
    """The white list of a listener, and whether it counts."""

    access_control_status: str
    source_items: str


@slb.action(SetListenerAccessControlStatus, on=ON)
def set_access_control_status(request: SetListenerAccessControlStatus, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = listener_of(request, call)
    on = request.access_control_status == "open_white_list"
    call.change.replace(msgspec.structs.replace(found, white_list_on=on))
    return Empty()


@slb.action(AddListenerWhiteListItem, on=ON)
def add_white_list_item(request: AddListenerWhiteListItem, call: Call) -> Empty:
    """Write them. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = listener_of(request, call)
    items = dict.fromkeys((*found.white_list, *_read(request.source_items)))
    call.change.replace(msgspec.structs.replace(found, white_list=tuple(items)))
    return Empty()


@slb.action(RemoveListenerWhiteListItem, on=ON)
def remove_white_list_item(request: RemoveListenerWhiteListItem, call: Call) -> Empty:
    """Take them off. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = listener_of(request, call)
    gone = set(_read(request.source_items))
    left = tuple(each for each in found.white_list if each not in gone)
    call.change.replace(msgspec.structs.replace(found, white_list=left))
    return Empty()


@slb.action(DescribeListenerAccessControlAttribute, on=ON)
def describe_access_control(request: DescribeListenerAccessControlAttribute, call: Call) -> AccessControl:
    """Answer with it. Raises CloudError: InvalidLoadBalancerId.NotFound, InvalidParameter."""
    found = listener_of(request, call)
    return AccessControl(
        access_control_status="open_white_list" if found.white_list_on else "close",
        source_items=",".join(each.removesuffix("/32") for each in found.white_list),
    )


def _read(text: str) -> list[str]:
    found = [read_block(each.strip(), "SourceItems") for each in text.split(",") if each.strip()]
    if "0.0.0.0/0" in found or "0.0.0.0/32" in found:
        raise invalid_parameter("SourceItems", "everybody is let in by SetListenerAccessControlStatus")
    return found
