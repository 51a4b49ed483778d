"""CreateScalingRule, ModifyScalingRule and DeleteScalingRule. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request
from yunbox.services.ess.alarms.model import AlarmTask
from yunbox.services.ess.checks import check_name, living_group
from yunbox.services.ess.errors import in_use, metric_tracked_already, quota_exceeded, rule_not_found
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.model import RuleType, ScalingRule
from yunbox.services.ess.rules.parameters import RuleParameters, check_rule, given
from yunbox.services.ess.schedules.model import ScheduledTask

MAX_RULES = 50


class CreateScalingRule(RuleParameters, kw_only=True):
    """Say how the number of instances changes."""

    scaling_group_id: str
    scaling_rule_type: RuleType = "SimpleScalingRule"


class RuleCreated(Answer):
    """Which rule was made."""

    scaling_rule_id: str
    scaling_rule_ari: str


class ModifyScalingRule(RuleParameters, kw_only=True):
    """Change a rule; what is not given stays as it is."""

    scaling_rule_id: str


class DeleteScalingRule(Request):
    """Delete a rule."""

    scaling_rule_id: str


@ess.action(CreateScalingRule, on="scalinggroup/{scaling_group_id}")
def create_scaling_rule(request: CreateScalingRule, call: Call) -> RuleCreated:
    """Store a rule. Raises CloudError: InvalidScalingRuleName.Duplicate, QuotaExceeded.ScalingRule ..."""
    group = living_group(call, request.scaling_group_id)
    if call.change.count(ScalingRule, parent=group.id) >= MAX_RULES:
        raise quota_exceeded("ScalingRule", MAX_RULES)
    id_ = call.new_id("asr")
    own: dict[str, Any] = given(request)
    if request.scaling_rule_type == "PredictiveScalingRule":
        own.setdefault("initial_max", group.max_size)
    name = request.scaling_rule_name or id_
    rule = check_rule(
        ScalingRule(
            id=id_,
            account=call.account,
            region=call.region,
            parent=group.id,
            name=check_name(call, ScalingRule, name, "ScalingRuleName", id_=id_),
            created=call.time,
            type=request.scaling_rule_type,
            **own,
        )
    )
    _check_only_one(call, rule)
    call.change.create(rule)
    return RuleCreated(scaling_rule_id=rule.id, scaling_rule_ari=rule.ari)


@ess.action(ModifyScalingRule, on="scalingrule/{scaling_rule_id}")
def modify_scaling_rule(request: ModifyScalingRule, call: Call) -> Empty:
    """Store what changes. Raises CloudError: InvalidScalingRuleId.NotFound and others."""
    rule = call.require(ScalingRule, request.scaling_rule_id, rule_not_found)
    changes: dict[str, Any] = given(request)
    if request.scaling_rule_name:
        name = request.scaling_rule_name
        changes["name"] = check_name(call, ScalingRule, name, "ScalingRuleName", id_=rule.id)
    # What the controllers remember is of the rule as it was, but for what the group was before any rule of its kind.
    kept = {key: value for key, value in rule.state.items() if key == "minimum"}
    after = check_rule(msgspec.structs.replace(rule, state=kept, **changes))
    _check_only_one(call, after)
    call.change.replace(after)
    return Empty()


def _check_only_one(call: Call, rule: ScalingRule) -> None:
    """Return when no other rule of the group follows the metric. Raises CloudError."""
    if rule.type != "TargetTrackingScalingRule":
        return
    for other in call.find(ScalingRule, parent=rule.parent):
        same = (other.metric_type, other.metric_name, other.dimensions) == (
            rule.metric_type,
            rule.metric_name,
            rule.dimensions,
        )
        if same and other.type == rule.type and other.id != rule.id:
            raise metric_tracked_already(other.id)


@ess.action(DeleteScalingRule, on="scalingrule/{scaling_rule_id}")
def delete_scaling_rule(request: DeleteScalingRule, call: Call) -> Empty:
    """Delete a rule that no task and no alarm names. Raises CloudError: ScalingRule.InUse."""
    rule = call.require(ScalingRule, request.scaling_rule_id, rule_not_found)
    for alarm in call.find(AlarmTask, parent=rule.parent):
        if rule.ari in alarm.actions:
            raise in_use("ScalingRule", rule.id, alarm.id)
    for task in call.find(ScheduledTask):
        if task.action == rule.ari:
            raise in_use("ScalingRule", rule.id, task.id)
    call.change.delete(ScalingRule, rule.id)
    return Empty()
