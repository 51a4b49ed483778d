"""SNAT entries: CreateSnatEntry, ModifySnatEntry, DeleteSnatEntry, DescribeSnatTableEntries.

Wire shapes: VPC API 2016-04-28.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.services.vpc.checks import check_name, several
from yunbox.services.vpc.cidr import read_block
from yunbox.services.vpc.eips.model import Eip
from yunbox.services.vpc.errors import (
    malformed_cidr,
    nat_gateway_not_found,
    not_in_gateway,
    other_vpc,
    quota_exceeded,
    snat_entry_exists,
    snat_entry_not_found,
    snat_table_not_found,
    vswitch_not_found,
)
from yunbox.services.vpc.nat_gateways.gateways import NO_TRAFFIC
from yunbox.services.vpc.nat_gateways.model import NatGateway, SnatEntry, SnatTable
from yunbox.services.vpc.pages import Listed, Listing, find_page
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.quotas import ADDRESSES_PER_SNAT_ENTRY, ENTRIES_PER_SNAT_TABLE
from yunbox.services.vpc.vswitches.model import VSwitch

Affinity = Annotated[int, Meta(ge=0, le=1)]


class CreateSnatEntry(Request):
    """Add an entry for a vSwitch or a block."""

    snat_table_id: str
    snat_ip: str
    source_v_switch_id: str = ""
    source_cidr: str = msgspec.field(default="", name="SourceCIDR")
    snat_entry_name: str = ""
    eip_affinity: Affinity = 0


class SnatEntryCreated(Answer):
    """The entry."""

    snat_entry_id: str


class ModifySnatEntry(Request):
    """Change an entry's name, addresses or affinity."""

    snat_table_id: str
    snat_entry_id: str
    snat_ip: str = ""
    snat_entry_name: Text = UNSET
    eip_affinity: Affinity | msgspec.UnsetType = UNSET


class DeleteSnatEntry(Request):
    """Delete an entry."""

    snat_table_id: str
    snat_entry_id: str


class DescribeSnatTableEntries(Listing):
    """List entries of a table or a gateway."""

    snat_table_id: str = ""
    nat_gateway_id: str = ""
    snat_entry_id: str = ""
    snat_entry_name: str = ""
    snat_ip: str = ""
    source_cidr: str = msgspec.field(default="", name="SourceCIDR")
    source_v_switch_id: str = ""


class SnatEntryShown(Shape):
    """An entry."""

    snat_entry_id: str
    snat_entry_name: str
    snat_table_id: str
    nat_gateway_id: str
    snat_ip: str
    source_v_switch_id: str
    source_cidr: str = msgspec.field(name="SourceCIDR")
    eip_affinity: str
    status: str = "Available"


class SnatEntryList(Shape):
    """The wrapping of entries."""

    snat_table_entry: list[SnatEntryShown]


class SnatEntriesDescribed(Listed):
    """A page of entries."""

    snat_table_entries: SnatEntryList


def _gateway(call: Call, table_id: str) -> NatGateway:
    table = call.require(SnatTable, table_id, snat_table_not_found)
    return call.require(NatGateway, table.parent, snat_table_not_found)


def _addresses(call: Call, gateway: NatGateway, text: str) -> tuple[str, ...]:
    """Return the addresses of an entry: the gateway's own elastic ones. Raises CloudError."""
    wanted = several(text, "SnatIp", ADDRESSES_PER_SNAT_ENTRY)
    if not wanted:
        raise missing_parameter("SnatIp")
    if gateway.network_type == "intranet":
        own = {gateway.private_ip}
    else:
        own = {each.address for each in call.find(Eip, parent=gateway.id)}
    for each in sorted(wanted):
        if each not in own:
            raise not_in_gateway(each, gateway.id)
    return tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


@vpc.action(CreateSnatEntry, on="snattable/{snat_table_id}", partial=NO_TRAFFIC)
def create_snat_entry(request: CreateSnatEntry, call: Call) -> SnatEntryCreated:
    """Store an entry.

    Raises CloudError: InvalidSnatTableId.NotFound, EIP_NOT_IN_GATEWAY, InvalidVswitchID.NotFound ...
    """
    gateway = _gateway(call, request.snat_table_id)
    others = call.find(SnatEntry, parent=request.snat_table_id)
    if len(others) >= ENTRIES_PER_SNAT_TABLE:
        raise quota_exceeded("SnatEntry", ENTRIES_PER_SNAT_TABLE)
    vswitch_id, block = _source(call, gateway, request)
    for each in others:
        if (each.source_vswitch_id, each.source_cidr) == (vswitch_id, block):
            raise snat_entry_exists(vswitch_id or block)
    made = call.change.create(
        SnatEntry(
            id=call.new_id("snat"),
            account=call.account,
            region=call.region,
            parent=request.snat_table_id,
            name=check_name(request.snat_entry_name, "SnatEntryName"),
            created=call.now,
            snat_ips=_addresses(call, gateway, request.snat_ip),
            source_vswitch_id=vswitch_id,
            source_cidr=block,
            eip_affinity=request.eip_affinity,
        )
    )
    return SnatEntryCreated(snat_entry_id=made.id)


def _source(call: Call, gateway: NatGateway, request: CreateSnatEntry) -> tuple[str, str]:
    """Return the vSwitch of an entry, or else its block. Raises CloudError."""
    if request.source_v_switch_id and request.source_cidr:
        raise invalid_parameter("SourceCIDR", "SourceVSwitchId is given too")
    if request.source_v_switch_id:
        vswitch = call.require(VSwitch, request.source_v_switch_id, vswitch_not_found)
        if vswitch.parent != gateway.parent:
            raise other_vpc("SourceVSwitchId", vswitch.id)
        return vswitch.id, ""
    if not request.source_cidr:
        raise missing_parameter("SourceVSwitchId")
    try:
        return "", str(read_block(request.source_cidr))
    except ValueError as error:
        raise malformed_cidr("SourceCIDR", str(error)) from None


def _entry(call: Call, table_id: str, entry_id: str) -> SnatEntry:
    call.require(SnatTable, table_id, snat_table_not_found)
    found = call.require(SnatEntry, entry_id, snat_entry_not_found)
    if found.parent != table_id:
        raise snat_entry_not_found(entry_id)
    return found


@vpc.action(ModifySnatEntry, on="snattable/{snat_table_id}", partial=NO_TRAFFIC)
def modify_snat_entry(request: ModifySnatEntry, call: Call) -> Empty:
    """Change what is given. Raises CloudError: InvalidSnatEntryId.NotFound, EIP_NOT_IN_GATEWAY."""
    found = _entry(call, request.snat_table_id, request.snat_entry_id)
    if request.snat_ip:
        addresses = _addresses(call, _gateway(call, request.snat_table_id), request.snat_ip)
        found = msgspec.structs.replace(found, snat_ips=addresses)
    if request.snat_entry_name is not UNSET:
        found = msgspec.structs.replace(found, name=check_name(request.snat_entry_name, "SnatEntryName"))
    if request.eip_affinity is not UNSET:
        found = msgspec.structs.replace(found, eip_affinity=request.eip_affinity)
    call.change.replace(found)
    return Empty()


@vpc.action(DeleteSnatEntry, on="snattable/{snat_table_id}")
def delete_snat_entry(request: DeleteSnatEntry, call: Call) -> Empty:
    """Delete it. Raises CloudError: InvalidSnatTableId.NotFound, InvalidSnatEntryId.NotFound."""
    found = _entry(call, request.snat_table_id, request.snat_entry_id)
    call.change.delete(SnatEntry, found.id)
    return Empty()


@vpc.action(DescribeSnatTableEntries, on="snattable/*")
def describe_snat_table_entries(request: DescribeSnatTableEntries, call: Call) -> SnatEntriesDescribed:
    """Answer with a page of entries.

    Raises CloudError: InvalidSnatTableId.NotFound, InvalidNatGatewayId.NotFound.
    """
    gateway = _asked(request, call)

    def keep(each: SnatEntry) -> bool:
        return (
            (not request.snat_entry_id or each.id == request.snat_entry_id)
            and (not request.snat_entry_name or each.name == request.snat_entry_name)
            and (not request.snat_ip or request.snat_ip in each.snat_ips)
            and (not request.source_v_switch_id or each.source_vswitch_id == request.source_v_switch_id)
            and (not request.source_cidr or _block(call, each) == request.source_cidr)
        )

    page = find_page(
        call, SnatEntry, request.page_number, request.page_size, keep, parent=gateway.snat_table_id
    )
    return SnatEntriesDescribed(
        snat_table_entries=SnatEntryList(
            snat_table_entry=[_shown(call, gateway, each) for each in page.items]
        ),
        total_count=page.total,
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _asked(request: DescribeSnatTableEntries, call: Call) -> NatGateway:
    if request.snat_table_id:
        return _gateway(call, request.snat_table_id)
    if request.nat_gateway_id:
        return call.require(NatGateway, request.nat_gateway_id, nat_gateway_not_found)
    raise missing_parameter("SnatTableId")


def _block(call: Call, each: SnatEntry) -> str:
    """Return the block of an entry: its own, or its vSwitch's."""
    if each.source_cidr:
        return each.source_cidr
    vswitch = call.get(VSwitch, each.source_vswitch_id)
    return vswitch.cidr_block if vswitch else ""


def _shown(call: Call, gateway: NatGateway, each: SnatEntry) -> SnatEntryShown:
    return SnatEntryShown(
        snat_entry_id=each.id,
        snat_entry_name=each.name,
        snat_table_id=each.parent,
        nat_gateway_id=gateway.id,
        snat_ip=",".join(each.snat_ips),
        source_v_switch_id=each.source_vswitch_id,
        source_cidr=_block(call, each),
        eip_affinity=str(each.eip_affinity),
    )
