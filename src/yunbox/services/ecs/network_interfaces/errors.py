"""What is refused about network interfaces, each once.

Codes: ECS API documentation of CreateNetworkInterface, AttachNetworkInterface, ModifyNetworkInterfaceAttribute and
UnassignPrivateIpAddresses. The vendor's sentences are placeholders there.
"""

from __future__ import annotations

from yunbox.errors import CloudError


def malformed_name() -> CloudError:
    """Return the refusal of a name."""
    return CloudError(
        "InvalidParams.NetworkInterfaceName",
        403,
        "The specified NetworkInterfaceName is not valid: 2 to 128 letters, digits, periods, underscores, hyphens "
        "or colons, beginning with a letter.",
    )


def malformed_description() -> CloudError:
    """Return the refusal of a description."""
    return CloudError(
        "InvalidDescription.Malformed",
        400,
        "The specified Description is not valid: 2 to 256 characters are expected, and no address of a page.",
    )


def interface_status(id_: str, status: str, wanted: str) -> CloudError:
    """Return the refusal of an operation that the interface's status does not allow."""
    return CloudError(
        "InvalidOperation.InvalidEniState",
        400,
        f"The operation is not allowed in the current ENI state: {id_} is {status}, {wanted} is needed.",
    )


def instance_status(id_: str, status: str) -> CloudError:
    """Return the refusal of an operation that the instance's status does not allow."""
    return CloudError(
        "InvalidOperation.InvalidEcsState",
        400,
        f"The operation is not allowed in the current ECS state: {id_} is {status}, Running or Stopped is needed.",
    )


def instance_not_found(id_: str) -> CloudError:
    """Return the refusal for an instance that does not exist, in the words of these actions."""
    return CloudError("InvalidEcsId.NotFound", 404, f"The specified EcsId {id_[:64]!a} is not found.")


def primary_type() -> CloudError:
    """Return the refusal to attach a primary interface."""
    return CloudError(
        "InvalidOperation.InvalidEniType", 403, "The operation is not allowed for a primary interface."
    )


def primary_stays() -> CloudError:
    """Return the refusal to part an instance from its primary interface."""
    return CloudError(
        "InvalidOperation.DetachPrimaryEniNotAllowed",
        400,
        "Detaching primary ENI from ECS instance is not allowed.",
    )


def primary_keeps_groups() -> CloudError:
    """Return the refusal to change of a primary interface what belongs to its instance."""
    return CloudError(
        "InvalidOperation.PrimaryEniOnlySupportModifyNameAndDesc",
        404,
        "Primary NetworkInterface is only allowed to modify name and description.",
    )


def other_zone() -> CloudError:
    """Return the refusal to attach an interface to an instance of another zone."""
    return CloudError(
        "InvalidOperation.AvailabilityZoneMismatch",
        403,
        "The specified ENI and ECS instance are not in the same availability zone.",
    )


def other_vpc(what: str) -> CloudError:
    """Return the refusal of an instance or group of another VPC."""
    return CloudError(
        "InvalidOperation.VpcMismatch", 403, f"The specified ENI and {what} are not in the same VPC."
    )


def too_many_interfaces(type_: str, limit: int) -> CloudError:
    """Return the refusal of one interface more of an instance."""
    return CloudError(
        "EniPerInstanceLimitExceeded", 403, f"An instance of the type {type_} has at most {limit} interfaces."
    )


def too_many_addresses(limit: int) -> CloudError:
    """Return the refusal of one address more of an interface."""
    return CloudError(
        "InvalidOperation.Ipv4CountExceeded",
        403,
        f"The interface has at most {limit} private addresses here.",
    )


def address_unassigned(address: str) -> CloudError:
    """Return the refusal to take away an address that the interface does not have beside its primary one."""
    return CloudError(
        "InvalidIp.IpUnassigned", 403, f"The specified IP {address[:64]!a} is not assigned on this ENI."
    )


def address_repeated() -> CloudError:
    """Return the refusal of an address that is given twice."""
    return CloudError("InvalidIp.IpRepeated", 403, "The specified ipAddress is repeated.")


def in_these_words(error: CloudError) -> CloudError:
    """Return the refusal of an address with the code that these actions have for it."""
    codes = {
        "InvalidPrivateIpAddress.Malformed": "InvalidVSwitchId.IpInvalid",
        "InvalidPrivateIpAddress.Mismatch": "InvalidVSwitchId.IpInvalid",
        "InvalidPrivateIpAddress.Duplicated": "InvalidIp.IpAssigned",
        "InvalidVSwitchId.IpNotEnough": "InvalidVSwitchId.IpNotEnough",
    }
    code = codes.get(error.code)
    return error if code is None else CloudError(code, 403, error.message)
