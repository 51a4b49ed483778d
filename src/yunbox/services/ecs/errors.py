"""Refusals of the product Ecs, each once. Codes and sentences: the error codes of the ECS API documentation."""

from __future__ import annotations

from yunbox.errors import CloudError


def instance_not_found(id_: str) -> CloudError:
    """Return the refusal for an instance that does not exist."""
    return CloudError(
        "InvalidInstanceId.NotFound", 404, f"The specified InstanceId {id_[:64]!a} does not exist."
    )


def instance_status(id_: str, status: str, wanted: str) -> CloudError:
    """Return the refusal of an operation that the instance's status does not allow; `wanted` says which would."""
    return CloudError(
        "IncorrectInstanceStatus",
        403,
        "The current status of the resource does not support this operation: "
        f"instance {id_} is {status}, {wanted} is needed.",
    )


def deletion_protected(id_: str) -> CloudError:
    """Return the refusal of a deletion of something that is protected from it."""
    return CloudError(
        "InvalidOperation.DeletionProtection",
        403,
        f"The operation is not allowed because deletion protection is turned on for {id_}.",
    )


def security_group_not_found(id_: str) -> CloudError:
    """Return the refusal for a security group that does not exist."""
    return CloudError(
        "InvalidSecurityGroupId.NotFound", 404, f"The specified SecurityGroupId {id_[:64]!a} does not exist."
    )


def key_pair_not_found(name: str) -> CloudError:
    """Return the refusal for a key pair that does not exist."""
    return CloudError(
        "InvalidKeyPairName.NotFound", 404, f"The specified KeyPairName {name[:64]!a} does not exist."
    )


def interface_not_found(id_: str) -> CloudError:
    """Return the refusal for a network interface that does not exist."""
    return CloudError("InvalidEniId.NotFound", 404, f"The specified EniId {id_[:64]!a} is not found.")


def instance_type_not_supported(name: str) -> CloudError:
    """Return the refusal for an instance type that yunbox does not know."""
    return CloudError(
        "InvalidInstanceType.ValueNotSupported",
        403,
        f"The specified InstanceType {name[:64]!a} is not supported.",
    )


def vswitch_not_found(id_: str) -> CloudError:
    """Return the refusal for a vSwitch that does not exist, as Ecs spells it."""
    return CloudError(
        "InvalidVSwitchId.NotFound", 404, f"The specified VSwitchId {id_[:64]!a} does not exist."
    )


def mismatch(why: str) -> CloudError:
    """Return the refusal of parameters that do not go together; `why` is a sentence."""
    return CloudError("InvalidParameter.Mismatch", 400, why)


def conflict(why: str) -> CloudError:
    """Return the refusal of parameters that exclude each other; `why` is a sentence."""
    return CloudError("InvalidParameter.Conflict", 400, why)
