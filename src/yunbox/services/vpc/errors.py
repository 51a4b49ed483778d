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
