"""The refusals of Ess. Codes: ESS API 2014-08-28 and 2022-02-22, and what the Terraform provider expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from yunbox.errors import CloudError


def _missing(what: str, code: str, status: int = 404) -> Callable[[str], CloudError]:
    def refusal(id_: str) -> CloudError:
        return CloudError(code, status, f"The specified {what} {ascii(id_[:64])[1:-1]} does not exist.")

    return refusal


group_not_found = _missing("scaling group", "InvalidScalingGroupId.NotFound")
configuration_not_found = _missing("scaling configuration", "InvalidScalingConfigurationId.NotFound")
rule_not_found = _missing("scaling rule", "InvalidScalingRuleId.NotFound")
ari_not_found = _missing("scaling rule", "InvalidScalingRuleAri.NotFound")
activity_not_found = _missing("scaling activity", "InvalidScalingActivityId.NotFound")
alarm_not_found = _missing("event-triggered task", "InvalidAlarmTaskId.NotFound")
schedule_not_found = _missing("scheduled task", "InvalidScheduledTaskId.NotFound")
hook_not_found = _missing("lifecycle hook", "InvalidLifecycleHookId.NotExist", 400)
hook_name_not_found = _missing("lifecycle hook", "InvalidLifecycleHookName.NotExist", 400)
action_not_found = _missing("lifecycle action", "InvalidLifecycleActionToken.NotExist", 400)
refresh_not_found = _missing("instance refresh task", "InvalidInstanceRefreshTaskId.NotFound")
notification_not_found = _missing("notification", "NotificationConfigurationNotExist", 400)
template_not_found = _missing("launch template", "LaunchTemplateSet.NotFound", 400)
template_version_not_found = _missing(
    "version of the launch template", "LaunchTemplateVersionSet.NotFound", 400
)
instance_not_found = _missing("instance", "InvalidInstanceId.NotFound")
vswitch_not_found = _missing("vSwitch", "InvalidVSwitchId.NotFound")
image_not_found = _missing("image", "InvalidImageId.NotFound")
balancer_not_found = _missing("load balancer", "InvalidLoadBalancerId.NotFound")
vserver_group_not_found = _missing("VServer group", "InvalidVServerGroupId.NotFound")
server_group_not_found = _missing("server group", "InvalidServerGroupId.NotFound")
resource_group_not_found = _missing("resource group", "InvalidResourceGroupId.NotFound")


def invalid_name(parameter: str) -> CloudError:
    """Return the refusal of a name that breaks the rules."""
    return CloudError(
        f"Invalid{parameter}.Malformed",
        400,
        f"The specified {parameter} is not valid: 2 to 64 letters, digits, '_', '-' and '.', the first a letter or "
        "a digit, are expected.",
    )


def duplicate_name(parameter: str, name: str) -> CloudError:
    """Return the refusal of a name that something else has."""
    return CloudError(
        f"Invalid{parameter}.Duplicate", 400, f"The specified {parameter} {ascii(name)[1:-1]} is in use."
    )


def group_status(group_id: str, status: str) -> CloudError:
    """Return the refusal of what a group's state does not allow."""
    return CloudError(
        "IncorrectScalingGroupStatus",
        400,
        f"The current status of the scaling group {group_id} does not support this action: it is {status}.",
    )


def activity_in_progress(group_id: str, activity_id: str) -> CloudError:
    """Return the refusal of a second activity of a group at a time."""
    return CloudError(
        "ScalingActivityInProgress",
        400,
        f"You cannot do this now: the scaling activity {activity_id} of the scaling group {group_id} is in progress.",
    )


def above_maximum(group_id: str, maximum: int) -> CloudError:
    """Return the refusal of more instances than a group may have."""
    return CloudError(
        "IncorrectCapacity.MaxSize",
        400,
        f"The total capacity of the scaling group {group_id} would be greater than its MaxSize {maximum}.",
    )


def below_minimum(group_id: str, minimum: int) -> CloudError:
    """Return the refusal of fewer instances than a group must have."""
    return CloudError(
        "IncorrectCapacity.MinSize",
        400,
        f"The total capacity of the scaling group {group_id} would be less than its MinSize {minimum}.",
    )


def no_change() -> CloudError:
    """Return the refusal of a rule that changes nothing."""
    return CloudError(
        "IncorrectCapacity.NoChange",
        400,
        "To execute the specified scaling rule, the total capacity will not change.",
    )


def bounds_crossed() -> CloudError:
    """Return the refusal of a MinSize above the MaxSize."""
    return CloudError("InvalidParameter.Conflict", 400, "The MinSize is greater than the MaxSize.")


def desired_out_of_bounds(desired: int, minimum: int, maximum: int) -> CloudError:
    """Return the refusal of an expected capacity outside the bounds."""
    return CloudError(
        "InvalidDesiredCapacity",
        400,
        f"The DesiredCapacity {desired} is not between the MinSize {minimum} and the MaxSize {maximum}.",
    )


def quota_exceeded(what: str, most: int) -> CloudError:
    """Return the refusal of one more than there may be."""
    return CloudError(f"QuotaExceeded.{what}", 400, f"There are at most {most} of {what}.")


def deletion_protected(group_id: str) -> CloudError:
    """Return the refusal to delete a protected group."""
    return CloudError(
        "InvalidOperation.GroupDeletionProtection",
        400,
        f"The scaling group {group_id} is protected: turn its GroupDeletionProtection off to delete it.",
    )


def instances_left(id_: str) -> CloudError:
    """Return the refusal to delete a group, or a configuration, that instances are of."""
    return CloudError(
        "InstanceInUse",
        400,
        f"You cannot delete a scaling configuration or scaling group while there is an instance associated with it: "
        f"{id_} has instances.",
    )


def no_configuration(group_id: str) -> CloudError:
    """Return the refusal to enable a group that cannot make instances."""
    return CloudError(
        "MissingActiveScalingConfiguration",
        400,
        f"The scaling group {group_id} has neither an active scaling configuration nor a launch template.",
    )


def not_in_group(instance_id: str, group_id: str) -> CloudError:
    """Return the refusal of an instance that is not in the group."""
    return CloudError(
        "InvalidInstanceId.NotFound",
        404,
        f"The specified instance {ascii(instance_id[:64])[1:-1]} is not in the scaling group {group_id}.",
    )


def in_a_group(instance_id: str, group_id: str) -> CloudError:
    """Return the refusal of an instance that is in a group already."""
    return CloudError(
        "InvalidInstanceId.InUse",
        400,
        f"The specified instance {instance_id} is in the scaling group {group_id} already.",
    )


def instance_status(instance_id: str, status: str) -> CloudError:
    """Return the refusal of an instance in the wrong state."""
    return CloudError(
        "IncorrectInstanceStatus",
        400,
        f"The current status of the instance {instance_id} does not support this action: it is {status}.",
    )


def instance_of_other_network(instance_id: str) -> CloudError:
    """Return the refusal of an instance that is in another VPC than the group."""
    return CloudError(
        "InvalidInstanceId.VPCMismatch",
        400,
        f"The specified instance {instance_id} is not in the VPC of the scaling group.",
    )


def rule_type_not_executed(type_: str) -> CloudError:
    """Return the refusal of a rule that Auto Scaling alone executes."""
    return CloudError(
        "ScalingRule.InvalidScalingRuleType", 400, f"Specific scaling rule type: {type_} can not be executed."
    )


def metric_not_tracked(known: Iterable[str]) -> CloudError:
    """Return the refusal of a metric that no target tracking rule follows."""
    return CloudError(
        "TargetTrackingScalingRule.UnsupportedMetric",
        400,
        "Specific metric is not supported for target tracking scaling rule: one of "
        f"{', '.join(sorted(known))} is expected.",
    )


def metric_tracked_already(rule_id: str) -> CloudError:
    """Return the refusal of a second rule that follows a metric; the code is spelt as the vendor spells it."""
    return CloudError(
        "TargetTrackingScalingRule.DumplicateMetric",
        400,
        "Only one TargetTrackingScaling rule for a given metric specification is allowed: there is "
        f"{rule_id}.",
    )


def magnitude_mismatch() -> CloudError:
    """Return the refusal of a least change for an adjustment that is no percentage."""
    return CloudError(
        "InvalidMinAdjustmentMagnitudeMismatchAdjustmentType",
        400,
        "MinAdjustmentMagnitude is not supported by the specified adjustment type.",
    )


def invalid_steps(what: str, text: str) -> CloudError:
    """Return the refusal of step adjustments; `what` is the end of the code."""
    return CloudError(f"InvalidStepAdjustments.{what}", 400, text)


def in_use(what: str, id_: str, by: str) -> CloudError:
    """Return the refusal to delete what something else names."""
    return CloudError(f"{what}.InUse", 400, f"The specified {id_} is in use by {by}.")


def conflict(text: str) -> CloudError:
    """Return the refusal of parameters that exclude each other."""
    return CloudError("InvalidParameter.Conflict", 400, text)
