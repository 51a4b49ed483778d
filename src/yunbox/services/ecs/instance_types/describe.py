"""DescribeInstanceTypes and DescribeInstanceTypeFamilies. Wire shapes: the SDK alibabacloud_ecs20140526."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.ecs.instance_types.catalogue import InstanceType, catalogue
from yunbox.services.ecs.product import ecs

Bound = Annotated[float, Meta(ge=0)]


class DescribeInstanceTypes(Request):
    """Ask for types, those that fit every filter given. Memory in GiB."""

    instance_types: Annotated[list[str], Meta(max_length=100)] = []
    instance_type_family: str = ""
    instance_type_families: list[str] = []
    cpu_architecture: Literal["X86", "ARM", ""] = ""
    instance_category: str = ""
    instance_family_level: str = ""
    minimum_cpu_core_count: int = 0
    maximum_cpu_core_count: int = 0
    minimum_memory_size: Bound = 0
    maximum_memory_size: Bound = 0
    minimum_eni_quantity: int = 0
    minimum_eni_private_ip_address_quantity: int = 0
    minimum_eni_ipv6_address_quantity: int = 0
    max_results: Annotated[int, Meta(ge=1, le=1600)] = 1600
    next_token: str = ""


class NetworkCard(Shape):
    """A network card."""

    network_card_index: int


class NetworkCards(Shape):
    """The wrapping of a list of network cards; shown where there are several."""

    network_card_info: list[NetworkCard]


class Described(Shape, kw_only=True):
    """One type."""

    instance_type_id: str
    instance_type_family: str
    instance_family_level: str
    instance_category: str
    cpu_architecture: str
    cpu_core_count: int
    memory_size: float
    eni_quantity: int
    eni_total_quantity: int
    eni_private_ip_address_quantity: int
    eni_ipv6_address_quantity: int = 0
    eni_trunk_supported: bool = False
    primary_eni_queue_number: int
    secondary_eni_queue_number: int
    total_eni_queue_quantity: int
    maximum_queue_number_per_eni: int
    instance_bandwidth_rx: int
    instance_bandwidth_tx: int
    instance_pps_rx: int
    instance_pps_tx: int
    disk_quantity: int
    initial_credit: int
    baseline_credit: int
    physical_processor_model: str
    local_storage_category: str = ""
    gpu_amount: int = msgspec.field(name="GPUAmount", default=0)
    gpu_spec: str = msgspec.field(name="GPUSpec", default="")
    nvme_support: str = "unsupported"
    network_card_quantity: int
    network_cards: NetworkCards | UnsetType = UNSET


class DescribedList(Shape):
    """The wrapping of a list of types."""

    instance_type: list[Described]


class TypesDescribed(Answer):
    """The types that fit."""

    instance_types: DescribedList
    next_token: str = ""


def _fits(each: InstanceType, request: DescribeInstanceTypes) -> bool:
    families = {*request.instance_type_families, request.instance_type_family} - {""}
    return (
        (not request.instance_types or each.id in request.instance_types)
        and (not families or each.family in families)
        and request.cpu_architecture in ("", each.architecture)
        and request.instance_category in ("", each.category)
        and request.instance_family_level in ("", each.level)
        and each.cpu >= request.minimum_cpu_core_count
        and (not request.maximum_cpu_core_count or each.cpu <= request.maximum_cpu_core_count)
        and each.memory >= request.minimum_memory_size
        and (not request.maximum_memory_size or each.memory <= request.maximum_memory_size)
        and each.eni >= request.minimum_eni_quantity
        and each.private_ips >= request.minimum_eni_private_ip_address_quantity
        and request.minimum_eni_ipv6_address_quantity == 0
    )


@ecs.action(DescribeInstanceTypes, on="*")
def describe_instance_types(request: DescribeInstanceTypes, call: Call) -> TypesDescribed:
    """Answer from the catalogue, the small types first."""
    if request.next_token and not (request.next_token.isascii() and request.next_token.isdigit()):
        raise invalid_parameter("NextToken", "the token of an earlier answer is expected")
    start = int(request.next_token[:6] or 0)
    fitting = [each for each in catalogue().values() if _fits(each, request)]
    page = fitting[start : start + request.max_results]
    more = start + len(page)
    return TypesDescribed(
        instance_types=DescribedList(instance_type=[_described(each) for each in page]),
        next_token=str(more) if more < len(fitting) else "",
    )


def _described(each: InstanceType) -> Described:
    queues = max(1, min(each.cpu, 16))
    return Described(
        instance_type_id=each.id,
        instance_type_family=each.family,
        instance_family_level=each.level,
        instance_category=each.category,
        cpu_architecture=each.architecture,
        cpu_core_count=each.cpu,
        memory_size=each.memory,
        eni_quantity=each.eni,
        eni_total_quantity=each.eni,
        eni_private_ip_address_quantity=each.private_ips,
        primary_eni_queue_number=queues,
        secondary_eni_queue_number=queues,
        total_eni_queue_quantity=queues * each.eni,
        maximum_queue_number_per_eni=queues,
        instance_bandwidth_rx=each.bandwidth * 1000,
        instance_bandwidth_tx=each.bandwidth * 1000,
        instance_pps_rx=each.pps,
        instance_pps_tx=each.pps,
        disk_quantity=each.disks,
        initial_credit=each.initial_credit,
        baseline_credit=each.baseline_credit,
        physical_processor_model=each.processor,
        network_card_quantity=each.cards,
        network_cards=_cards(each),
    )


def _cards(each: InstanceType) -> NetworkCards | UnsetType:
    if each.cards == 1:
        return UNSET
    return NetworkCards(
        network_card_info=[NetworkCard(network_card_index=index) for index in range(each.cards)]
    )


class DescribeInstanceTypeFamilies(Request):
    """Ask for the families, of one generation or all."""

    generation: str = ""


class Family(Shape):
    """One family."""

    instance_type_family_id: str
    generation: str


class FamilyList(Shape):
    """The wrapping of a list of families."""

    instance_type_family: list[Family]


class FamiliesDescribed(Answer):
    """The families."""

    instance_type_families: FamilyList


@ecs.action(DescribeInstanceTypeFamilies, on="*")
def describe_instance_type_families(request: DescribeInstanceTypeFamilies, call: Call) -> FamiliesDescribed:
    """Answer from the catalogue."""
    families = {each.family: each.generation for each in catalogue().values()}
    found = [
        Family(instance_type_family_id=name, generation=generation)
        for name, generation in sorted(families.items())
        if request.generation in ("", generation)
    ]
    return FamiliesDescribed(instance_type_families=FamilyList(instance_type_family=found))
