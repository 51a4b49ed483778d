"""Templates, rules of groups by the dozen, and resources of rules, through the vendor's client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from alibabacloud_cms20190101 import models
from cms_clients import Monitor, own

Refused = Callable[..., str]


def _rule(**more: Any) -> models.CreateMetricRuleTemplateRequestAlertTemplates:
    level = models.CreateMetricRuleTemplateRequestAlertTemplatesEscalationsCritical(
        comparison_operator="GreaterThanThreshold", statistics="Average", threshold="90", times=3
    )
    given = {
        "rule_name": "busy",
        "category": "ecs",
        "namespace": "acs_ecs_dashboard",
        "metric_name": "cpu_total",
        "escalations": models.CreateMetricRuleTemplateRequestAlertTemplatesEscalations(critical=level),
        "webhook": "http://example.com/a",
    }
    return models.CreateMetricRuleTemplateRequestAlertTemplates(**{**given, **more})


def test_a_template_is_applied_to_a_group(cms: Monitor, refused: Refused) -> None:
    name = own("template")
    number = cms.do("CreateMetricRuleTemplate", name=name, description="d", alert_templates=[_rule()]).id
    assert refused(cms.do, "CreateMetricRuleTemplate", name=name) == "ResourceExist"
    found = cms.do("DescribeMetricRuleTemplateAttribute", template_id=str(number)).resource
    (rule,) = found.alert_templates.alert_template
    assert (found.name, found.description, found.rest_version) == (name, "d", "0")
    assert (rule.rule_name, rule.metric_name, rule.webhook) == ("busy", "cpu_total", "http://example.com/a")
    assert (rule.escalations.critical.threshold, rule.escalations.info.to_map()) == ("90", {})
    cms.do("ModifyMetricRuleTemplate", template_id=number, rest_version=0, description="e")
    stale = {"template_id": number, "rest_version": 0, "description": "f"}
    assert refused(cms.do, "ModifyMetricRuleTemplate", **stale) == "RestVersionError"
    group = cms.do("CreateMonitorGroup", group_name=name, contact_groups="ops").group_id
    for _ in range(2):
        applied = cms.do(
            "ApplyMetricRuleTemplate",
            group_id=group,
            template_ids=str(number),
            enable_start_time=8,
            enable_end_time=20,
        ).resource
        (result,) = applied.alert_results
        (kept,) = cms.do("DescribeMetricRuleList", group_id=str(group)).alarms.alarm
        assert (kept.rule_id, kept.rule_name, kept.metric_name) == (result.rule_id, "busy", "cpu_total")
        assert (kept.effective_interval, kept.contact_groups) == ("08:00-20:59", "ops")
    (listed,) = cms.do("DescribeMetricRuleTemplateList", name=name, history=True).templates.template
    assert (listed.template_id, listed.rest_version) == (number, 1)
    assert [each.group_name for each in listed.apply_histories.apply_history] == [name, name]
    cms.do("DeleteMonitorGroup", group_id=group)
    cms.do("DeleteMetricRuleTemplate", template_id=str(number))
    gone = {"template_id": str(number)}
    assert refused(cms.do, "DescribeMetricRuleTemplateAttribute", **gone) == "ResourceNotFound"
    assert refused(cms.do, "DescribeMetricRuleTemplateAttribute") == "MissingParameter"


def test_several_rules_of_a_group(cms: Monitor, refused: Refused) -> None:
    name = own("group")
    group = cms.do("CreateMonitorGroup", group_name=name).group_id

    def rule(id_: str, **more: Any) -> models.CreateGroupMetricRulesRequestGroupMetricRules:
        level = models.CreateGroupMetricRulesRequestGroupMetricRulesEscalationsWarn(
            comparison_operator="GreaterThanThreshold", statistics="Average", threshold="90", times=3
        )
        given = {
            "rule_id": id_,
            "rule_name": id_,
            "category": "ecs",
            "namespace": "acs_ecs_dashboard",
            "metric_name": "cpu_total",
            "escalations": models.CreateGroupMetricRulesRequestGroupMetricRulesEscalations(warn=level),
        }
        return models.CreateGroupMetricRulesRequestGroupMetricRules(**{**given, **more})

    rules = [rule(f"{name}-1"), rule(f"{name}-2", namespace="nowhere")]
    results = cms.do(
        "CreateGroupMetricRules", group_id=group, group_metric_rules=rules
    ).resources.alert_result
    assert [(each.rule_id, each.success) for each in results] == [(f"{name}-1", True), (f"{name}-2", False)]
    assert cms.do("DescribeMetricRuleList", group_id=str(group)).total == "1"
    asked = {"group_id": 1, "group_metric_rules": rules}
    assert refused(cms.do, "CreateGroupMetricRules", **asked) == "ResourceNotFound"
    cms.do("DeleteMonitorGroup", group_id=group)


def test_resources_of_a_rule_come_and_go(cms: Monitor, refused: Refused) -> None:
    rule = own("resources")
    level = models.PutResourceMetricRuleRequestEscalationsInfo(
        comparison_operator="LessThanThreshold", statistics="Minimum", threshold="1", times=1
    )
    cms.do(
        "PutResourceMetricRule",
        rule_id=rule,
        rule_name=rule,
        namespace="acs_ecs_dashboard",
        metric_name="cpu_total",
        contact_groups="ops",
        resources='[{"instanceId":"i-1"}]',
        escalations=models.PutResourceMetricRuleRequestEscalations(info=level),
    )

    def resources() -> list[dict[str, str]]:
        (found,) = cms.do("DescribeMetricRuleList", rule_ids=rule).alarms.alarm
        return list(json.loads(found.resources))

    more = '[{"instanceId":"i-2"},{"instanceId":"i-1"}]'
    cms.do("CreateMetricRuleResources", rule_id=rule, resources=more, overwrite="false")
    assert [each["instanceId"] for each in resources()] == ["i-1", "i-2"]
    cms.do("DeleteMetricRuleResources", rule_id=rule, resources='[{"instanceId":"i-1"}]')
    assert [each["instanceId"] for each in resources()] == ["i-2"]
    last = {"rule_id": rule, "resources": '[{"instanceId":"i-2"}]'}
    assert refused(cms.do, "DeleteMetricRuleResources", **last) == "InvalidParameter"
    cms.do("CreateMetricRuleResources", rule_id=rule, resources='[{"instanceId":"i-3"}]', overwrite="true")
    assert [each["instanceId"] for each in resources()] == ["i-3"]
    assert cms.do("DescribeAlertingMetricRuleResources", rule_id=rule).total == 0
    cms.do("DeleteMetricRules", id=[rule])
