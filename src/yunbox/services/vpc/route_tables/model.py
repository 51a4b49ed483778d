"""What is stored of route tables and their custom entries."""

from __future__ import annotations

from typing import Literal

from yunbox.api.resource import CloudResource


class RouteTable(CloudResource, kind="vpc.route_table", kw_only=True):
    """A route table of the VPC `parent`. `name` is RouteTableName.

    A VPC has one of the type System, which counts for every vSwitch without a custom one.
    """

    type: Literal["System", "Custom"]
    description: str = ""
    propagation: bool = True


class RouteEntry(CloudResource, kind="vpc.route_entry", kw_only=True):
    """A custom entry of the route table `parent`. `name` is RouteEntryName."""

    destination: str
    next_hop_type: str
    next_hop_id: str
    description: str = ""
