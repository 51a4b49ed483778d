"""Alarm rules, contacts and groups through the vendor's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_cms20190101 import models
from cms_clients import Monitor, own

Refused = Callable[..., str]

PROMETHEUS = models.PutResourceMetricRuleRequestPrometheus(prom_ql="up")
NOTHING = models.PutResourceMetricRuleRequestCompositeExpression(level="WARN", times=1)
RAW = models.PutResourceMetricRuleRequestCompositeExpression(
    level="WARN", times=1, expression_raw="$Average > 1"
)


def put(cms: Monitor, rule: str, **more: Any) -> None:
    """Put a rule about the processors of an instance."""
    level = models.PutResourceMetricRuleRequestEscalationsCritical(
        comparison_operator="GreaterThanOrEqualToThreshold", statistics="Average", threshold="90.0", times=2
    )
    given = {
        "rule_id": rule,
        "rule_name": f"name of {rule}",
        "namespace": "acs_ecs_dashboard",
        "metric_name": "CPUUtilization",
        "resources": '[{"instanceId":"i-1"}]',
        "contact_groups": "ops",
        "escalations": models.PutResourceMetricRuleRequestEscalations(critical=level),
    }
    cms.do("PutResourceMetricRule", **{**given, **more})


def rule_of(cms: Monitor, rule: str) -> Any:
    """Return what DescribeMetricRuleList says of a rule, or None."""
    found = cms.do("DescribeMetricRuleList", rule_ids=rule).alarms.alarm
    return found[0] if found else None


def test_a_rule_is_what_was_put(cms: Monitor) -> None:
    rule = own("rule")
    put(
        cms,
        rule,
        period="60",
        silence_time=600,
        effective_interval="00:00-22:59",
        webhook="http://127.0.0.1:9/hook",
        no_data_policy="OK",
        labels=[models.PutResourceMetricRuleRequestLabels(key="team", value="shop")],
    )
    found = rule_of(cms, rule)
    assert (found.rule_name, found.namespace, found.metric_name) == (
        f"name of {rule}",
        "acs_ecs_dashboard",
        "CPUUtilization",
    )
    critical = found.escalations.critical
    assert (critical.comparison_operator, critical.threshold, critical.times, critical.statistics) == (
        "GreaterThanOrEqualToThreshold",
        "90.0",
        2,
        "Average",
    )
    assert found.escalations.warn.threshold is None
    assert found.composite_expression is None
    assert (found.period, found.silence_time, found.effective_interval) == ("60", 600, "00:00-22:59")
    assert (found.enable_state, found.alert_state, found.no_data_policy) == (True, "INSUFFICIENT_DATA", "OK")
    assert found.resources == '[{"instanceId":"i-1"}]'
    assert [(each.key, each.value) for each in found.labels.labels] == [("team", "shop")]
    put(cms, rule, metric_name="cpu_total")
    assert rule_of(cms, rule).metric_name == "cpu_total"
    cms.do("DeleteMetricRules", id=[rule])
    assert rule_of(cms, rule) is None


def test_a_rule_is_switched_off_and_on(cms: Monitor) -> None:
    rule = own("switched")
    put(cms, rule)
    cms.do("DisableMetricRules", rule_id=[rule])
    assert rule_of(cms, rule).enable_state is False
    put(cms, rule)
    assert rule_of(cms, rule).enable_state is False
    assert cms.do("DescribeMetricRuleCount").metric_rule_count.disable >= 1
    cms.do("EnableMetricRules", rule_id=[rule])
    assert rule_of(cms, rule).enable_state is True
    cms.do("DeleteMetricRules", id=[rule])


def test_rules_are_filtered_and_paged(cms: Monitor) -> None:
    word = own("many")
    for number in range(3):
        put(cms, f"{word}-{number}", rule_name=f"{word} {number}")
    body = cms.do("DescribeMetricRuleList", rule_name=word, page=2, page_size=2)
    assert (body.total, [each.rule_id for each in body.alarms.alarm]) == ("3", [f"{word}-0"])
    assert cms.do("DescribeMetricRuleList", rule_name=word, alert_state="ALARM").total == "0"
    assert cms.do("DescribeMetricRuleList", rule_name=word, metric_name="cpu_total").total == "0"
    dimensions = '{"instanceId":"i-1"}'
    assert cms.do("DescribeMetricRuleList", rule_name=word, dimensions=dimensions).total == "3"
    cms.do("DeleteMetricRules", id=[f"{word}-{number}" for number in range(3)])


def test_a_rule_about_several_metrics(cms: Monitor) -> None:
    rule = own("composite")
    parts = [
        models.PutResourceMetricRuleRequestCompositeExpressionExpressionList(
            metric_name=metric,
            comparison_operator="GreaterThanThreshold",
            statistics=statistics,
            threshold="90",
            period=60,
        )
        for metric, statistics in (("cpu_total", "$Average"), ("load_1m", "Maximum"))
    ]
    expression = models.PutResourceMetricRuleRequestCompositeExpression(
        level="CRITICAL", times=2, expression_list=parts, expression_list_join="||"
    )
    put(cms, rule, escalations=None, composite_expression=expression)
    found = rule_of(cms, rule)
    composite = found.composite_expression
    assert (composite.level, composite.times, composite.expression_list_join) == ("CRITICAL", 2, "||")
    assert [(each.metric_name, each.statistics) for each in composite.expression_list.expression_list] == [
        ("cpu_total", "Average"),
        ("load_1m", "Maximum"),
    ]
    assert found.escalations.critical.to_map() == {}
    cms.do("DeleteMetricRules", id=[rule])


def test_several_rules_at_once(cms: Monitor) -> None:
    rule = own("bulk")

    def one(id_: str, **more: Any) -> models.PutResourceMetricRulesRequestRules:
        level = models.PutResourceMetricRulesRequestRulesEscalationsCritical(
            comparison_operator="LessThanThreshold", statistics="Minimum", threshold="1", times=1
        )
        return models.PutResourceMetricRulesRequestRules(
            **{
                "rule_id": id_,
                "rule_name": id_,
                "namespace": "acs_slb_dashboard",
                "metric_name": "HeathyServerCount",
                "resources": "[]",
                "contact_groups": "ops",
                "escalations": models.PutResourceMetricRulesRequestRulesEscalations(critical=level),
                **more,
            }
        )

    body = cms.do("PutResourceMetricRules", rules=[one(rule), one(rule + "-x", period="7")])
    (failed,) = body.failed_list_result.target
    assert (failed.rule_id, failed.result.code) == (rule + "-x", "InvalidParameter")
    assert rule_of(cms, rule).namespace == "acs_slb_dashboard"
    cms.do("DeleteMetricRules", id=[rule])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"escalations": None}, "MissingParameter"),
        ({"namespace": "acs_customMetric_1"}, "ResourceNotFound"),
        ({"namespace": "acs_prometheus"}, "InvalidParameter"),
        ({"period": "50"}, "InvalidParameter"),
        ({"interval": "often"}, "InvalidParameter"),
        ({"effective_interval": "noon"}, "InvalidParameter"),
        ({"resources": "i-1"}, "InvalidParameter"),
        ({"webhook": "ftp://a/b"}, "InvalidParameter"),
        ({"webhook": "http://me:secret@a/b"}, "InvalidParameter"),
        ({"webhook": "http://a/b c"}, "InvalidParameter"),
        ({"no_data_policy": "PANIC"}, "InvalidParameter"),
        ({"prometheus": PROMETHEUS}, "InvalidParameter.NotImplemented"),
        ({"escalations": None, "composite_expression": NOTHING}, "InvalidParameter"),
        ({"escalations": None, "composite_expression": RAW}, "InvalidParameter.NotImplemented"),
    ],
)
def test_rules_that_cannot_be_are_refused(
    cms: Monitor, refused: Refused, more: dict[str, Any], code: str
) -> None:
    rule = own("refused")
    assert refused(put, cms, rule, **more) == code
    assert rule_of(cms, rule) is None


def test_a_level_is_given_whole(cms: Monitor, refused: Refused) -> None:
    for given in (
        {"threshold": "much", "comparison_operator": "GreaterThanThreshold"},
        {"threshold": "1", "comparison_operator": "GreaterThanThreshold", "statistics": "P99"},
        {"threshold": "1", "comparison_operator": "About"},
        {"threshold": "1", "comparison_operator": "GreaterThanThreshold", "times": 0},
    ):
        level = models.PutResourceMetricRuleRequestEscalationsCritical(**given)
        levels = models.PutResourceMetricRuleRequestEscalations(critical=level)
        assert refused(put, cms, own("part"), escalations=levels) == "InvalidParameter"
    level = models.PutResourceMetricRuleRequestEscalationsCritical(threshold="1")
    levels = models.PutResourceMetricRuleRequestEscalations(critical=level)
    assert refused(put, cms, own("part"), escalations=levels) == "MissingParameter"


def test_a_rule_about_custom_metrics(cms: Monitor, refused: Refused) -> None:
    rule, metric = own("custom-rule"), own("orders")
    given = {
        "rule_id": rule,
        "rule_name": "orders",
        "metric_name": metric,
        "comparison_operator": ">=",
        "contact_groups": "ops",
        "evaluation_count": 1,
        "level": "CRITICAL",
        "resources": '[{"groupId":"0","dimension":"host=a"}]',
        "statistics": "Maximum",
        "threshold": "7",
    }
    cms.do("PutCustomMetricRule", **given)
    found = rule_of(cms, rule)
    assert (found.namespace, found.metric_name, found.silence_time) == (cms.namespace, metric, 86_400)
    critical = found.escalations.critical
    assert (critical.comparison_operator, critical.statistics, critical.times) == (
        "GreaterThanOrEqualToThreshold",
        "Maximum",
        1,
    )
    assert refused(cms.do, "PutCustomMetricRule", **{**given, "resources": " "}) == "MissingParameter"
    assert refused(cms.do, "PutCustomMetricRule", **{**given, "threshold": "x"}) == "InvalidParameter"
    cms.do("DeleteMetricRules", id=[rule])


def test_a_level_without_a_threshold_is_none(cms: Monitor) -> None:
    rule = own("blank")
    # As the Terraform provider changes a rule that has one level.
    levels = models.PutResourceMetricRuleRequestEscalations(
        info=models.PutResourceMetricRuleRequestEscalationsInfo(
            comparison_operator="<nil>", statistics="", threshold="", times=0
        ),
        warn=models.PutResourceMetricRuleRequestEscalationsWarn(
            comparison_operator="GreaterThanLastWeek", threshold="35", times=5
        ),
    )
    put(cms, rule, escalations=levels)
    found = rule_of(cms, rule).escalations
    assert (found.warn.threshold, found.warn.times, found.info.to_map()) == ("35", 5, {})
    cms.do("DeleteMetricRules", id=[rule])


def test_rules_that_are_not_there(cms: Monitor, refused: Refused) -> None:
    for action, parameter in (
        ("DeleteMetricRules", "id"),
        ("EnableMetricRules", "rule_id"),
        ("DisableMetricRules", "rule_id"),
    ):
        assert refused(cms.do, action, **{parameter: ["nobody"]}) == "ResourceNotFound"


def test_targets_of_a_rule(cms: Monitor, refused: Refused) -> None:
    rule = own("targets")
    put(cms, rule)
    arn = f"acs:ess:cn-hangzhou:{cms.account}:scalingrule/asr-1"

    def target(id_: str, arn_: str = arn) -> models.PutMetricRuleTargetsRequestTargets:
        return models.PutMetricRuleTargetsRequestTargets(id=id_, arn=arn_, level="Critical")

    cms.do("PutMetricRuleTargets", rule_id=rule, targets=[target("1"), target("2")])
    put(cms, rule)
    found = cms.do("DescribeMetricRuleTargets", rule_id=rule).targets.target
    assert [(each.id, each.arn, each.level) for each in found] == [
        ("1", arn, "Critical"),
        ("2", arn, "Critical"),
    ]
    body = cms.do("DeleteMetricRuleTargets", rule_id=rule, target_ids=["1", "9"])
    assert body.fail_ids.target_ids.target_id == ["9"]
    mns = target("3", f"acs:mns:cn-hangzhou:{cms.account}:/queues/a/messages")
    assert refused(cms.do, "PutMetricRuleTargets", rule_id=rule, targets=[mns]) == "InvalidParameter"
    other = target("3", "acs:ess:cn-hangzhou:1:scalingrule/asr-1")
    assert refused(cms.do, "PutMetricRuleTargets", rule_id=rule, targets=[other]) == "InvalidParameter"
    assert refused(cms.do, "DescribeMetricRuleTargets", rule_id="nobody") == "ResourceNotFound"
    cms.do("DeleteMetricRules", id=[rule])


def test_contacts_and_their_groups(cms: Monitor, refused: Refused) -> None:
    name, group = own("contact"), own("contacts")
    mail = models.PutContactRequestChannels(mail="a@example.com")
    assert cms.do("PutContact", contact_name=name, describe="d", channels=mail, lang="en").code == "200"
    found = cms.do("DescribeContactList", contact_name=name)
    (contact,) = found.contacts.contact
    assert (contact.name, contact.desc, contact.lang, contact.channels.mail) == (
        name,
        "d",
        "en",
        "a@example.com",
    )
    cms.do(
        "PutContactGroup",
        contact_group_name=group,
        contact_names=[name],
        describe="g",
        enable_subscribed=True,
    )
    listed = cms.do("DescribeContactGroupList", page_size=100).contact_group_list.contact_group
    (mine,) = [each for each in listed if each.name == group]
    assert (mine.contacts.contact, mine.describe, mine.enable_subscribed) == ([name], "g", True)
    members = cms.do("DescribeContactListByContactGroup", contact_group_name=group).contacts.contact
    assert [each.name for each in members] == [name]
    unknown = {"contact_group_name": group, "contact_names": ["nobody"]}
    assert refused(cms.do, "PutContactGroup", **unknown) == "ContactNotExists"
    cms.do("DeleteContact", contact_name=name)
    assert cms.do("DescribeContactList", contact_name=name).contacts.contact == []
    assert cms.do("DescribeContactListByContactGroup", contact_group_name=group).contacts.contact == []
    cms.do("DeleteContactGroup", contact_group_name=group)
    assert refused(cms.do, "DeleteContactGroup", contact_group_name=group) == "ContactGroupNotExists"
    assert refused(cms.do, "DeleteContact", contact_name=name) == "ContactNotExists"
    nothing = {"contact_name": name, "describe": "d"}
    assert refused(cms.do, "PutContact", **nothing) == "MissingParameter"
    robot = models.PutContactRequestChannels(ding_web_hook="file:///etc/passwd")
    assert refused(cms.do, "PutContact", channels=robot, **nothing) == "InvalidParameter"


def test_a_monitor_group_with_its_instances_and_rules(cms: Monitor, refused: Refused) -> None:
    name, rule = own("group"), own("group-rule")
    number = cms.do("CreateMonitorGroup", group_name=name, contact_groups="a,b").group_id
    instance = models.CreateMonitorGroupInstancesRequestInstances(
        category="ecs", instance_id="i-1", instance_name="one", region_id="cn-hangzhou"
    )
    cms.do("CreateMonitorGroupInstances", group_id=str(number), instances=[instance])
    tag = models.AddTagsRequestTag(key="k", value="v")
    cms.do("AddTags", region_id="cn-hangzhou", group_ids=[str(number)], tag=[tag])
    (found,) = cms.do("DescribeMonitorGroups", group_id=str(number)).resources.resource
    assert (found.group_name, [each.name for each in found.contact_groups.contact_group]) == (
        name,
        ["a", "b"],
    )
    assert [(each.key, each.value) for each in found.tags.tag] == [("k", "v")]
    assert cms.do("DescribeMonitorGroups", instance_id="i-1", group_name=name).total == 1
    (inside,) = cms.do("DescribeMonitorGroupInstances", group_id=number).resources.resource
    assert (inside.instance_id, inside.instance_name, inside.category) == ("i-1", "one", "ecs")
    level = models.PutGroupMetricRuleRequestEscalationsWarn(
        comparison_operator="GreaterThanThreshold", statistics="Average", threshold="80", times=1
    )
    body = cms.do(
        "PutGroupMetricRule",
        group_id=str(number),
        rule_id=rule,
        rule_name=rule,
        category="ecs",
        namespace="acs_ecs_dashboard",
        metric_name="cpu_total",
        escalations=models.PutGroupMetricRuleRequestEscalations(warn=level),
    )
    assert body.result.rule_id == rule
    (kept,) = cms.do("DescribeMetricRuleList", group_id=str(number)).alarms.alarm
    assert (kept.group_id, kept.group_name, kept.product_category) == (str(number), name, "ecs")
    cms.do("ModifyMonitorGroup", group_id=str(number), group_name=name + "!")
    cms.do(
        "RemoveTags",
        region_id="cn-hangzhou",
        group_ids=[str(number)],
        tag=[models.RemoveTagsRequestTag(key="k", value="v")],
    )
    (found,) = cms.do("DescribeMonitorGroups", group_id=str(number)).resources.resource
    assert (found.group_name, found.tags.tag) == (name + "!", [])
    changed = [
        models.ModifyMonitorGroupInstancesRequestInstances(
            category="ecs", instance_id=id_, instance_name=id_, region_id="cn-hangzhou"
        )
        for id_ in ("i-1", "i-2")
    ]
    cms.do("ModifyMonitorGroupInstances", group_id=number, instances=changed[1:])
    (inside,) = cms.do("DescribeMonitorGroupInstances", group_id=number).resources.resource
    assert inside.instance_id == "i-2"
    cms.do("ModifyMonitorGroupInstances", group_id=number, instances=changed[:1])
    cms.do("DeleteMonitorGroupInstances", group_id=number, category="ecs", instance_id_list="i-1")
    assert cms.do("DescribeMonitorGroupInstances", group_id=number).total == 0
    cms.do("DeleteMonitorGroup", group_id=number)
    assert cms.do("DescribeMonitorGroups", group_id=str(number)).resources.resource == []
    assert rule_of(cms, rule) is None
    assert refused(cms.do, "DeleteMonitorGroup", group_id=number) == "ResourceNotFound"


def test_nothing_was_said_yet(cms: Monitor, refused: Refused) -> None:
    assert cms.do("DescribeAlertHistoryList", rule_id="nobody").total == "0"
    assert cms.do("DescribeAlertLogList", rule_id="nobody").alert_log_list == []
    assert refused(cms.do, "DescribeAlertLogList", start_time=1) == "InvalidParameter"
