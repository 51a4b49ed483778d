"""The entries of a route table: the system's follow from the vSwitches, the custom ones are stored."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.services.vpc.route_tables.model import RouteEntry, RouteTable
from yunbox.services.vpc.vswitches.model import VSwitch

SERVICES = "100.64.0.0/10"
"""The range of the vendor's own services, where the metadata service is."""


class Entry(msgspec.Struct, frozen=True):
    """An entry as listings show it. `type` is System or Custom; `next_hop_type` local or service for the system's."""

    id: str
    destination: str
    type: str
    next_hop_type: str
    next_hop_id: str = ""
    name: str = ""
    description: str = ""
    modified: float = 0.0


def entries_of(call: Call, table: RouteTable) -> list[Entry]:
    """Return all entries of a route table, in the order of their ids."""
    found = [
        Entry(
            f"rte-{table.id[4:]}",
            SERVICES,
            "System",
            "service",
            description="Created by system.",
            modified=table.created,
        )
    ]
    for vswitch in call.find(VSwitch, parent=table.parent):
        id_ = f"rte-{vswitch.id[4:]}"
        found.append(
            Entry(
                id_,
                vswitch.cidr_block,
                "System",
                "local",
                description="Created with vSwitch by system.",
                modified=vswitch.created,
            )
        )
    for each in call.find(RouteEntry, parent=table.id):
        found.append(
            Entry(
                each.id,
                each.destination,
                "Custom",
                each.next_hop_type,
                each.next_hop_id,
                each.name,
                each.description,
                each.created,
            )
        )
    return sorted(found, key=lambda each: each.id)


def delete_entries(call: Call, table_id: str) -> None:
    """Delete the custom entries of a route table."""
    for each in call.change.find(RouteEntry, parent=table_id):
        call.change.delete(RouteEntry, each.id)
