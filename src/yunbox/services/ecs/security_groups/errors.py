"""What is refused about security groups and their rules, each once.

Codes and sentences: ECS API documentation of AuthorizeSecurityGroup, RevokeSecurityGroup, JoinSecurityGroup,
LeaveSecurityGroup, CreateSecurityGroup and DeleteSecurityGroup.
"""

from __future__ import annotations

from yunbox.errors import CloudError


def malformed_name() -> CloudError:
    """Return the refusal of a name of a security group."""
    return CloudError(
        "InvalidSecurityGroupName.Malformed",
        400,
        "The specified parameter SecurityGroupName is not valid: 2 to 128 letters, digits, periods, underscores, "
        "hyphens or colons, beginning with a letter.",
    )


def malformed_description() -> CloudError:
    """Return the refusal of a description of a group or a rule."""
    return CloudError(
        "InvalidSecurityGroupDiscription.Malformed", 400, "The specified description is not valid."
    )


def vpc_missing() -> CloudError:
    """Return the refusal of a group without VPC where the region has no default one."""
    return CloudError(
        "InvalidVpcId.NotFound", 403, "The VpcId must not be empty: the region has no default VPC."
    )


def in_use(group: str, by: str) -> CloudError:
    """Return the refusal to delete a group that something still needs."""
    return CloudError(
        "DependencyViolation", 403, f"There is still {by} in the specified security group {group}."
    )


def referenced(group: str, by: str) -> CloudError:
    """Return the refusal to delete a group that a rule of another one names."""
    return CloudError(
        "DependencyViolation", 403, f"The specified security group {group} is authorized in the group {by}."
    )


def too_many_groups() -> CloudError:
    """Return the refusal of an interface in more security groups than it may be in."""
    return CloudError(
        "InstanceSecurityGroupLimitExceeded",
        400,
        "Exceeding the allowed amount of security groups that an instance can be in.",
    )


def too_many_members(group: str) -> CloudError:
    """Return the refusal of one member more of a full group."""
    return CloudError(
        "SecurityGroupInstanceLimitExceed", 403, f"The maximum number of instances in {group} is exceeded."
    )


def mixed_types() -> CloudError:
    """Return the refusal of normal and enterprise groups on one interface."""
    return CloudError(
        "InvalidOperation.MultiGroupType",
        403,
        "The specified instance can't join different types of security group.",
    )


def other_vpc(group: str) -> CloudError:
    """Return the refusal of a group for an instance of another VPC."""
    return CloudError(
        "InvalidInstanceId.Mismatch",
        400,
        f"The specified instance and the security group {group} are not in the same VPC.",
    )


def member_already(what: str) -> CloudError:
    """Return the refusal to join a group twice."""
    return CloudError(
        "InvalidInstanceId.AlreadyExists",
        403,
        f"The specified instance {what} already exists in the specified security group.",
    )


def no_member(what: str, group: str) -> CloudError:
    """Return the refusal to leave a group without being in it."""
    return CloudError("InvalidSecurityGroupAssociation.NotFound", 400, f"{what} is not in the group {group}.")


def last_group() -> CloudError:
    """Return the refusal to leave one's only group."""
    return CloudError(
        "InstanceLastSecurityGroup",
        403,
        "The specified security group is the last security group for the instance.",
    )


def instance_or_interface() -> CloudError:
    """Return the refusal of a request that names an instance and an interface."""
    return CloudError(
        "InvalidParam.EniIdAndInstanceId.Conflict",
        403,
        "InstanceId and NetworkInterfaceId exclude each other.",
    )


def inner_policy_of_enterprise() -> CloudError:
    """Return the refusal of an inner access policy of an enterprise group, which has none."""
    return CloudError(
        "InvalidGroupParameter.OperationDenied",
        400,
        "An enterprise security group has no inner access policy.",
    )
