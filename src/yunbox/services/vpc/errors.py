"""The refusals of Vpc. Codes: VPC API 2016-04-28, and what the Terraform provider expects."""

from __future__ import annotations

from yunbox.errors import CloudError


def vpc_not_found(vpc_id: str) -> CloudError:
    """Return the refusal of a VPC that does not exist."""
    return CloudError("InvalidVpcId.NotFound", 404, f"The specified VPC {_shown(vpc_id)} does not exist.")


def vswitch_not_found(vswitch_id: str) -> CloudError:
    """Return the refusal of a vSwitch that does not exist."""
    return CloudError(
        "InvalidVswitchID.NotFound", 404, f"The specified vSwitch {_shown(vswitch_id)} does not exist."
    )


def malformed_address(address: str) -> CloudError:
    """Return the refusal of a text that is no IPv4 address."""
    return CloudError(
        "InvalidPrivateIpAddress.Malformed",
        400,
        f"The specified private IP address {_shown(address)} is malformed.",
    )


def address_not_of_vswitch(address: str, vswitch_id: str) -> CloudError:
    """Return the refusal of a private address outside its vSwitch, or of one that the system keeps."""
    return CloudError(
        "InvalidPrivateIpAddress.Mismatch",
        400,
        f"The specified private IP address {address} is not one of the vSwitch {vswitch_id} for instances: the "
        "first and the last three are reserved.",
    )


def address_in_use(address: str, vswitch_id: str) -> CloudError:
    """Return the refusal of a private address that somebody has."""
    return CloudError(
        "InvalidPrivateIpAddress.Duplicated",
        400,
        f"The specified private IP address {address} of the vSwitch {vswitch_id} is in use.",
    )


def no_address_left(vswitch_id: str) -> CloudError:
    """Return the refusal of a vSwitch whose addresses are all taken."""
    return CloudError(
        "InvalidVSwitchId.IpNotEnough", 400, f"The specified vSwitch {vswitch_id} has no IP address left."
    )


def public_address_not_ours() -> CloudError:
    """Return the refusal of a wanted public address that is not of the pool."""
    return CloudError(
        "InvalidIpAddress.NotFound", 404, "The specified IpAddress is not of the pool of public addresses."
    )


def public_address_in_use(address: str) -> CloudError:
    """Return the refusal of a wanted public address that somebody has."""
    return CloudError("InvalidIpAddress.AlreadyUsed", 400, f"The specified IpAddress {address} is in use.")


def no_public_address_left() -> CloudError:
    """Return the refusal when the whole pool is taken."""
    return CloudError("OperationFailed.PoolExhausted", 400, "No public address is left.")


def _shown(text: str) -> str:
    return ascii(text[:64])[1:-1]


def malformed_name(parameter: str) -> CloudError:
    """Return the refusal of a name or description that the vendor does not take."""
    return CloudError(
        f"Invalid{parameter}.Malformed",
        400,
        f"The specified {parameter} is not valid: it is too long, or begins with http:// or https://.",
    )


def malformed_cidr(parameter: str, why: str) -> CloudError:
    """Return the refusal of a CIDR block; `why` is a sentence."""
    return CloudError("InvalidCidrBlock.Malformed", 400, f"The specified {parameter} is not valid. {why}")


def public_range(block: str) -> CloudError:
    """Return the refusal of a range of the Internet for a VPC: the vendor takes it, this machine should not.

    The status is 400 because clients repeat what is answered with 501 for minutes.
    """
    return CloudError(
        "InvalidCidrBlock.NotImplemented",
        400,
        f"yunbox does not implement a VPC of {block}: outside 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 it "
        "would hide hosts of the Internet from this machine.",
    )


def overlapped(block: str, other: str) -> CloudError:
    """Return the refusal of a block that shares addresses with one there is."""
    return CloudError(
        "InvalidCidrBlock.Overlapped", 400, f"The specified CIDR block {block} overlaps with {other}."
    )


def not_in_vpc(block: str, vpc_id: str) -> CloudError:
    """Return the refusal of a vSwitch's block outside its VPC."""
    return CloudError(
        "InvalidCidrBlock.NotInVpc",
        400,
        f"The specified CIDR block {block} is not within a CIDR block of the VPC {vpc_id}.",
    )


def quota_exceeded(what: str, most: int) -> CloudError:
    """Return the refusal of one more of something than there may be."""
    return CloudError(
        f"QuotaExceeded.{what}", 400, f"The quota of {what} is exceeded: at most {most} are allowed."
    )


def in_use(what: str, id_: str, by: str) -> CloudError:
    """Return the refusal to delete what something else needs: DependencyViolation.<what>."""
    return CloudError(
        f"DependencyViolation.{what}", 400, f"{id_} cannot be deleted or changed: {by} still depends on it."
    )


def zone_not_found(zone_id: str) -> CloudError:
    """Return the refusal of a zone that the region does not have."""
    return CloudError(
        "InvalidZoneId.NotFound", 404, f"The specified zone {_shown(zone_id)} does not exist in this region."
    )


def default_exists(what: str, id_: str) -> CloudError:
    """Return the refusal of a second default VPC of a region or default vSwitch of a zone."""
    return CloudError(f"OperationDenied.Default{what}Exist", 400, f"There is a default one already: {id_}.")


def no_default_vpc() -> CloudError:
    """Return the refusal of a default vSwitch where there is no default VPC."""
    return CloudError("OperationDenied.DefaultVpcNotExist", 400, "There is no default VPC in this region.")


def secondary_not_found(block: str) -> CloudError:
    """Return the refusal of a secondary block that the VPC does not have."""
    return CloudError(
        "InvalidSecondaryCidrBlock.NotFound",
        404,
        f"The specified secondary CIDR block {_shown(block)} does not exist.",
    )


def router_not_found(router_id: str) -> CloudError:
    """Return the refusal of a vRouter that does not exist."""
    return CloudError(
        "InvalidVRouterId.NotFound", 404, f"The specified vRouter {_shown(router_id)} does not exist."
    )


def route_table_not_found(table_id: str) -> CloudError:
    """Return the refusal of a route table that does not exist."""
    return CloudError(
        "InvalidRouteTable.NotFound", 404, f"The specified route table {_shown(table_id)} does not exist."
    )


def system_route_table(table_id: str) -> CloudError:
    """Return the refusal of what only a custom route table allows."""
    return CloudError(
        "OperationDenied.SystemRouteTable", 400, f"{table_id} is a system route table: it stays with its VPC."
    )


def already_associated(vswitch_id: str, table_id: str) -> CloudError:
    """Return the refusal of a second custom route table for a vSwitch."""
    return CloudError(
        "ResourceAlreadyAssociated.VSwitch",
        400,
        f"The vSwitch {vswitch_id} is associated with the route table {table_id} already.",
    )


def not_associated(vswitch_id: str, table_id: str) -> CloudError:
    """Return the refusal to take away a route table that the vSwitch does not have."""
    return CloudError(
        "ResourceNotAssociated.VSwitch",
        400,
        f"The vSwitch {vswitch_id} is not associated with the route table {table_id}.",
    )


def other_vpc(what: str, id_: str) -> CloudError:
    """Return the refusal of something that belongs to another VPC."""
    return CloudError(f"InvalidParameter.{what}", 400, f"{id_} belongs to another VPC.")


def route_entry_not_found() -> CloudError:
    """Return the refusal of a custom route entry that does not exist."""
    return CloudError("InvalidRouteEntry.NotFound", 404, "The specified custom route entry does not exist.")


def route_entry_exists(destination: str) -> CloudError:
    """Return the refusal of a second entry for a destination."""
    return CloudError(
        "RouterEntryConflict.Duplicated", 400, f"The route table has a route to {destination} already."
    )


def bad_destination(destination: str, why: str) -> CloudError:
    """Return the refusal of a destination; `why` is a sentence."""
    return CloudError(
        "InvalidDestCidrBlock",
        400,
        f"The specified DestinationCidrBlock {_shown(destination)} is not valid. {why}",
    )


def next_hop_not_found(id_: str) -> CloudError:
    """Return the refusal of a next hop that does not exist."""
    return CloudError("InvalidNextHop.NotFound", 404, f"The specified next hop {_shown(id_)} does not exist.")


def eip_not_found(allocation_id: str) -> CloudError:
    """Return the refusal of an elastic IP address that does not exist."""
    return CloudError(
        "InvalidAllocationId.NotFound",
        404,
        f"The specified AllocationId {_shown(allocation_id)} does not exist.",
    )


def eip_status(allocation_id: str, status: str, wanted: str) -> CloudError:
    """Return the refusal of what the status of an elastic IP address does not allow."""
    return CloudError(
        "IncorrectEipStatus",
        400,
        f"The current status of {allocation_id} does not support this operation: it is {status}, {wanted} is needed.",
    )


def bandwidth_out_of_range(most: int) -> CloudError:
    """Return the refusal of a bandwidth that the way of paying does not allow."""
    return CloudError(
        "InvalidBandwidth.ValueNotSupported", 400, f"Bandwidth is from 1 to {most} Mbit/s here."
    )


def deletion_protected(id_: str) -> CloudError:
    """Return the refusal to delete what is protected."""
    return CloudError(
        "InvalidOperation.DeletionProtection",
        400,
        f"{id_} cannot be deleted because of its deletion protection.",
    )


def protected_not_found(id_: str) -> CloudError:
    """Return the refusal to protect what does not exist."""
    return CloudError(
        "DeletionProtection.ResourceNotExist", 404, f"The resource {_shown(id_)} does not exist."
    )


def instance_not_found(id_: str) -> CloudError:
    """Return the refusal of an instance, interface or gateway that does not exist."""
    return CloudError(
        "InvalidInstanceId.NotFound", 404, f"The specified InstanceId {_shown(id_)} does not exist."
    )


def instance_status(id_: str, status: str) -> CloudError:
    """Return the refusal of an instance that is neither running nor stopped."""
    return CloudError(
        "IncorrectInstanceStatus",
        400,
        f"The current status of instance {id_} does not support this operation: it is {status}, "
        "Running or Stopped is needed.",
    )


def already_bound(id_: str) -> CloudError:
    """Return the refusal of a second elastic IP address for a private address."""
    return CloudError(
        "InvalidAssociation.Duplicated", 400, f"Another elastic IP address is associated with {id_} already."
    )


def has_public_address(id_: str) -> CloudError:
    """Return the refusal of an elastic IP address for an instance that has a public address of its own."""
    return CloudError(
        "InvalidInstanceId.AlreadyExistPublicIp", 400, f"The instance {id_} has a public IP address already."
    )


def not_bound(allocation_id: str, instance_id: str) -> CloudError:
    """Return the refusal to take an elastic IP address off what it is not bound to."""
    return CloudError(
        "InvalidAssociation.NotFound",
        404,
        f"The elastic IP address {allocation_id} is not associated with {_shown(instance_id)}.",
    )


def nat_gateway_not_found(id_: str) -> CloudError:
    """Return the refusal of a NAT gateway that does not exist."""
    return CloudError(
        "InvalidNatGatewayId.NotFound", 404, f"The specified NAT gateway {_shown(id_)} does not exist."
    )


def snat_table_not_found(id_: str) -> CloudError:
    """Return the refusal of an SNAT table that does not exist."""
    return CloudError(
        "InvalidSnatTableId.NotFound", 404, f"The specified SNAT table {_shown(id_)} does not exist."
    )


def snat_entry_not_found(id_: str) -> CloudError:
    """Return the refusal of an SNAT entry that does not exist."""
    return CloudError(
        "InvalidSnatEntryId.NotFound", 404, f"The specified SNAT entry {_shown(id_)} does not exist."
    )


def snat_entry_exists(source: str) -> CloudError:
    """Return the refusal of a second SNAT entry for a source."""
    return CloudError(
        "Forbidden.SourceVSwitchId.Duplicated", 400, f"There is an SNAT entry for {source} already."
    )


def not_in_gateway(address: str, gateway_id: str) -> CloudError:
    """Return the refusal of an address that is not one of the gateway's."""
    return CloudError(
        "EIP_NOT_IN_GATEWAY", 400, f"{_shown(address)} is not an elastic IP address of {gateway_id}."
    )


def no_ipv6_block_left() -> CloudError:
    """Return the refusal when no IPv6 block was found free."""
    return CloudError("OperationFailed.PoolExhausted", 400, "No IPv6 CIDR block is left.")


def no_ipv6(id_: str) -> CloudError:
    """Return the refusal of an IPv6 block for a vSwitch whose VPC has none, or not the one named."""
    return CloudError(
        "InvalidVpcIpv6CidrBlock.NotFound", 404, f"The VPC {id_} does not have that IPv6 CIDR block."
    )


def ipv6_conflict(block: str, other: str) -> CloudError:
    """Return the refusal of an IPv6 block that is another vSwitch's, or in the place of one there is."""
    return CloudError(
        "InvalidIpv6CidrBlock.Conflict", 400, f"The IPv6 CIDR block {block} conflicts with {other}."
    )


def group_not_found(group_id: str) -> CloudError:
    """Return the refusal of a resource group that does not exist."""
    return CloudError(
        "InvalidResourceGroupId.NotFound",
        404,
        f"The specified resource group {_shown(group_id)} does not exist.",
    )
