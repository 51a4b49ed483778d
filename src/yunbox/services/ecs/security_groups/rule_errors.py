"""What is refused about the rules of security groups, each once.

Codes and sentences: ECS API documentation of AuthorizeSecurityGroup, RevokeSecurityGroup and
ModifySecurityGroupRule. `name` is the parameter that is not valid, such as `Permissions.1.PortRange`.
"""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.services.ecs.security_groups.model import Way


def protocol(name: str) -> CloudError:
    """Return the refusal of a protocol."""
    return CloudError(
        "InvalidIpProtocol.ValueNotSupported",
        400,
        f"The parameter {name} must be specified with case insensitive TCP, UDP, ICMP, ICMPv6, GRE or All.",
    )


def port_range_missing(name: str) -> CloudError:
    """Return the refusal of a rule that lacks ports."""
    return CloudError("InvalidPortRange.Malformed", 400, f"The specified parameter {name} must set.")


def port_range(name: str, why: str) -> CloudError:
    """Return the refusal of a range of ports."""
    return CloudError(
        "InvalidIpPortRange.Malformed", 400, f"The specified parameter {name} is not valid: {why}."
    )


def policy(name: str) -> CloudError:
    """Return the refusal of a policy."""
    return CloudError(
        "InvalidPolicy.Malformed", 400, f"The specified parameter {name} is not accept or drop."
    )


def priority(name: str) -> CloudError:
    """Return the refusal of a priority."""
    return CloudError(
        "InvalidPriority.ValueNotSupported", 400, f"The parameter {name} is not one of 1 to 100."
    )


def nic_type(name: str) -> CloudError:
    """Return the refusal of a type of network interface."""
    return CloudError(
        "InvalidNicType.ValueNotSupported",
        400,
        f"The specified parameter {name} is not internet or intranet.",
    )


def block(field: str, name: str) -> CloudError:
    """Return the refusal of an address or block; `field` is the parameter without the rule's number."""
    return CloudError(
        f"InvalidParam.{field}", 400, f"The specified parameter {name} is not an address or block."
    )


def both_families(end: str, where: str) -> CloudError:
    """Return the refusal of IPv4 and IPv6 at one end, which is `Source` or `Dest`."""
    return CloudError(
        f"InvalidParam.{end}Ip",
        400,
        f"The Parameters {end}CidrIp and Ipv6{end}CidrIp{where} cannot be set at the same time.",
    )


def mixed_families() -> CloudError:
    """Return the refusal of IPv4 at one end and IPv6 at the other."""
    return CloudError(
        "InvalidParameter.Conflict", 400, "IPv6 and IPv4 addresses cannot exist at the same time."
    )


def ipv4_protocol() -> CloudError:
    """Return the refusal of an IPv6 address for ICMP."""
    return CloudError(
        "InvalidParam.Ipv4ProtocolConflictWithIpv6Address",
        400,
        "IPv6 address cannot be specified for IPv4-specific protocol.",
    )


def ipv6_protocol() -> CloudError:
    """Return the refusal of an IPv4 address for ICMPv6."""
    return CloudError(
        "InvalidParam.Ipv6ProtocolConflictWithIpv4Address",
        400,
        "IPv4 address cannot be specified for IPv6-specific protocol.",
    )


def no_peer(end: str, where: str) -> CloudError:
    """Return the refusal of a rule about nobody; `end` is `Source` or `Dest`."""
    return CloudError(
        f"MissingParameter.{end}",
        400,
        f"One of the parameters {end}CidrIp, Ipv6{end}CidrIp, {end}GroupId or {end}PrefixListId{where} must be "
        "specified.",
    )


def peer_not_found(way: Way, group: str) -> CloudError:
    """Return the refusal of a group at the other end that does not exist."""
    end = "SourceGroupId" if way == "ingress" else "DestGroupId"
    return CloudError(
        f"Invalid{end}.NotFound", 404, f"The {end} {group[:64]!a} does not exist in our records."
    )


def peer_of_other_vpc(way: Way) -> CloudError:
    """Return the refusal of a group of another VPC at the other end."""
    end, word = ("SourceGroupId", "source") if way == "ingress" else ("DestGroupId", "destination")
    return CloudError(
        f"Invalid{end}.Mismatch", 400, f"Specified security group and {word} group are not in the same VPC."
    )


def peer_is_itself(way: Way) -> CloudError:
    """Return the refusal of a rule about the members of the very group."""
    end = "SourceGroupId" if way == "ingress" else "DestGroupId"
    return CloudError(
        "InvalidParamter.Conflict", 400, f"The specified SecurityGroupId should be different from the {end}."
    )


def enterprise_peer() -> CloudError:
    """Return the refusal of a rule that names a group, where an enterprise group is at either end."""
    return CloudError(
        "InvalidGroupAuthParameter.OperationDenied",
        400,
        "The security group can not authorize to enterprise level security group.",
    )


def too_many_rules(limit: int) -> CloudError:
    """Return the refusal of one rule more of a full group."""
    return CloudError(
        "AuthorizationLimitExceed",
        403,
        f"The limit of authorization records in the security group reaches: {limit} in both directions.",
    )


def too_many_peers(limit: int) -> CloudError:
    """Return the refusal of one more rule about another group."""
    return CloudError(
        "AuthorizedGroupRule.LimitExceed",
        400,
        f"When authorization object of rule is security group, the limit is {limit}.",
    )


def both_forms() -> CloudError:
    """Return the refusal of rules in both forms in one request."""
    return CloudError(
        "InvalidParam.Permissions",
        400,
        "The specified parameter Permissions cannot coexist with other parameters.",
    )


def given_twice() -> CloudError:
    """Return the refusal of a request that has a rule twice."""
    return CloudError(
        "InvalidParam.DuplicatePermissions",
        400,
        "There are duplicate permissions in the specified parameter Permissions.",
    )


def rule_id_twice() -> CloudError:
    """Return the refusal of a request that has an id of a rule twice."""
    return CloudError(
        "InvalidParam.SecurityGroupRuleIdRepeated",
        400,
        "The specified parameter SecurityGroupRuleId is repeated.",
    )


def rule_id_not_found(id_: str) -> CloudError:
    """Return the refusal of an id of a rule that the group does not have."""
    return CloudError(
        "InvalidSecurityGroupRuleId.NotFound",
        404,
        f"The specified SecurityGroupRuleId {id_[:64]!a} is not exists.",
    )


def rule_not_found() -> CloudError:
    """Return the refusal to take away, or change, a rule that the group does not have."""
    return CloudError("InvalidSecurityGroupRule.RuleNotExist", 400, "The specified rule does not exist.")


def rule_exists() -> CloudError:
    """Return the refusal to make a rule the same as another one of the group."""
    return CloudError(
        "InvalidSecurityGroupRule.RuleAlreadyExist", 400, "The specified security group rule already exists."
    )
