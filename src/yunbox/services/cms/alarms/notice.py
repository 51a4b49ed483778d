"""What a webhook is told of an alarm: the form that the vendor posts. Pure.

Source: CloudMonitor documentation, "Use the alert callback feature to send notifications about threshold-triggered
alerts", and forms that receivers published.
"""

from __future__ import annotations

from collections.abc import Mapping

from yunbox.services.cms.alarms.evaluate import Level, Verdict
from yunbox.services.cms.alarms.model import Rule

ALERT_STATES = {"ALARM": "ALERT", "OK": "OK", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}


def form_of(
    rule: Rule, dimensions: Mapping[str, str], verdict: Verdict, before: Level, *, at: float, lasted: float
) -> dict[str, str]:
    """Return the fields of a notice. Times are in seconds; `before` is the level that was told last."""
    named = ", ".join(f"{name}={value}" for name, value in sorted(dimensions.items()))
    expression = next(
        (each.expression for each in rule.escalations if each.level == verdict.level), rule.expression
    )
    form = {
        "userId": rule.account,
        "alertName": rule.name,
        "ruleId": rule.rule_id,
        "alertState": ALERT_STATES[verdict.state],
        "triggerLevel": verdict.level or verdict.state,
        "preTriggerLevel": before or "null",
        "curValue": "" if verdict.value is None else f"{verdict.value:.12g}",
        "dimensions": "{" + named + "}",
        "expression": expression,
        "instanceName": dimensions.get("instanceId", "null"),
        "metricName": rule.metric,
        "rawMetricName": rule.metric,
        "metricProject": rule.namespace,
        "namespace": rule.namespace,
        "lastTime": f"{int(lasted // 60)} minutes",
        "timestamp": str(int(at * 1000)),
    }
    if rule.labels:
        form["labels"] = ",".join(f"{key}={value}" for key, value in sorted(rule.labels.items()))
    return form


def text_of(form: Mapping[str, str]) -> str:
    """Return a notice as a person reads it."""
    return (
        f"[CloudMonitor] {form['alertName']}: {form['alertState']} ({form['triggerLevel']})\n"
        f"{form['namespace']} {form['metricName']} {form['dimensions']}\n"
        f"{form['expression']}, now {form['curValue'] or 'nothing'}"
    )
