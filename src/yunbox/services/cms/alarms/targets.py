"""PutMetricRuleTargets, DescribeMetricRuleTargets and DeleteMetricRuleTargets. Shapes: the SDK."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.services.cms.alarms.lifecycle import find_rules
from yunbox.services.cms.alarms.model import Rule, Target, rule_id
from yunbox.services.cms.answers import Done
from yunbox.services.cms.errors import not_found, quota_exceeded, shown
from yunbox.services.cms.product import cms

MOST_TARGETS = 5

_SCALING_RULE = re.compile(
    r"acs:ess:(?P<region>[a-z0-9-]+):(?P<account>\d+):"
    r"(?:scalingGroupId/[A-Za-z0-9-]+:)?(?:scalingRuleId|scalingrule)/(?P<rule>[A-Za-z0-9-]+)"
)


class TargetGiven(Shape):
    """What an alarm is to set off."""

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    arn: Annotated[str, Meta(max_length=512)]
    level: Literal["", "Critical", "Warn", "Info", "CRITICAL", "WARN", "INFO"] = ""
    json_params: Annotated[str, Meta(max_length=4000)] = ""


class PutMetricRuleTargets(Request):
    """Have a rule's alarms set off something."""

    rule_id: str
    targets: Annotated[list[TargetGiven], Meta(min_length=1, max_length=MOST_TARGETS)]


class FailedTarget(Shape):
    """A target that was not taken."""

    id: str
    arn: str
    level: str


class FailedTargets(Shape):
    """The wrapping of those."""

    target: list[FailedTarget] = []


class FailData(Shape):
    """The wrapping of their wrapping."""

    targets: FailedTargets = FailedTargets()


class TargetsPut(Done, kw_only=True):
    """Which were not taken: none."""

    fail_data: FailData = FailData()


def scaling_rule_of(arn: str) -> tuple[str, str]:
    """Return the region and the id of the scaling rule that an ARN names. Raises ValueError."""
    match = _SCALING_RULE.fullmatch(arn)
    if match is None:
        raise ValueError(f"{arn[:80]!a} names no scaling rule")
    return match["region"], match["rule"]


@cms.action(
    PutMetricRuleTargets, on="*", partial="A target is a scaling rule: acs:ess:REGION:ACCOUNT:scalingrule/ID."
)
def put_metric_rule_targets(request: PutMetricRuleTargets, call: Call) -> TargetsPut:
    """Store targets, in place of those of the same ids. Raises CloudError: ResourceNotFound, InvalidParameter."""
    (rule,) = find_rules(call, [request.rule_id])
    kept = {each.id: each for each in rule.targets}
    for each in request.targets:
        match = _SCALING_RULE.fullmatch(each.arn)
        if match is None or match["account"] != call.account:
            raise invalid_parameter(
                "Targets.N.Arn",
                "acs:ess:REGION:ACCOUNT:scalingrule/ID is expected; no other target is implemented",
            )
        if each.json_params not in ("", "{}"):
            raise invalid_parameter("Targets.N.JsonParams", "a scaling rule takes none")
        kept[each.id] = Target(id=each.id, arn=each.arn, level=each.level, json_params=each.json_params)
    if len(kept) > MOST_TARGETS:
        raise quota_exceeded("targets", MOST_TARGETS)
    call.change.replace(msgspec.structs.replace(rule, targets=tuple(kept.values())))
    return TargetsPut()


class DescribeMetricRuleTargets(Request):
    """List what a rule's alarms set off."""

    rule_id: str


class TargetShown(Shape):
    """A target."""

    id: str
    arn: str
    level: str
    json_params: str


class TargetList(Shape):
    """The wrapping of targets."""

    target: list[TargetShown]


class TargetsDescribed(Done, kw_only=True):
    """The targets."""

    targets: TargetList


@cms.action(DescribeMetricRuleTargets, on="*")
def describe_metric_rule_targets(request: DescribeMetricRuleTargets, call: Call) -> TargetsDescribed:
    """Answer with the targets. Raises CloudError: ResourceNotFound."""
    rule = call.view.get(Rule, rule_id(call.account, request.rule_id)[:512])
    if rule is None:
        raise not_found(f"the rule {shown(request.rule_id)}")
    found = [
        TargetShown(id=each.id, arn=each.arn, level=each.level, json_params=each.json_params)
        for each in rule.targets
    ]
    return TargetsDescribed(targets=TargetList(target=found))


class DeleteMetricRuleTargets(Request):
    """Have a rule's alarms no longer set off something."""

    rule_id: str
    target_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]


class FailedIds(Shape):
    """The wrapping of ids that there were not."""

    target_id: list[str] = []


class FailIds(Shape):
    """The wrapping of their wrapping."""

    target_ids: FailedIds


class TargetsDeleted(Done, kw_only=True):
    """Which there were not."""

    fail_ids: FailIds


@cms.action(DeleteMetricRuleTargets, on="*")
def delete_metric_rule_targets(request: DeleteMetricRuleTargets, call: Call) -> TargetsDeleted:
    """Forget targets. Raises CloudError: ResourceNotFound."""
    (rule,) = find_rules(call, [request.rule_id])
    known = {each.id for each in rule.targets}
    left = tuple(each for each in rule.targets if each.id not in request.target_ids)
    call.change.replace(msgspec.structs.replace(rule, targets=left))
    missing = [each for each in request.target_ids if each not in known]
    return TargetsDeleted(fail_ids=FailIds(target_ids=FailedIds(target_id=missing)))
