"""ApplyMetricRuleTemplate. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.services.cms.alarms.lifecycle import forget_states
from yunbox.services.cms.alarms.model import Rule, rule_id
from yunbox.services.cms.alarms.parameters import DEFAULT_SILENCE, among_of, check_webhook, put_rule
from yunbox.services.cms.answers import Numbered
from yunbox.services.cms.groups.groups import GroupId, require_group
from yunbox.services.cms.groups.model import MonitorGroup
from yunbox.services.cms.product import cms
from yunbox.services.cms.templates.model import Applied, Template, TemplateRule
from yunbox.services.cms.templates.templates import require_template

MOST_HISTORIES = 20

Hour = Annotated[int, Meta(ge=0, le=23)]


class ApplyMetricRuleTemplate(Request):
    """Make a template's rules for a group."""

    group_id: GroupId
    template_ids: str
    append_mode: Literal["all", "append"] = "all"
    enable_start_time: Hour = 0
    enable_end_time: Hour = 23
    silence_time: Annotated[int, Meta(ge=0, le=86_400 * 31)] = DEFAULT_SILENCE
    webhook: Annotated[str, Meta(max_length=2000)] = ""
    accepted = {
        "ApplyMode": "rules are made for every metric, also for those that no resource of the group has",
        "NotifyLevel": "nobody gets messages",
    }


class Result(Shape):
    """A rule that was made."""

    rule_id: str
    rule_name: str
    code: str = "200"
    message: str = ""
    success: bool = True


class Results(Shape):
    """The rules that were made."""

    group_id: int
    alert_results: list[Result]


class TemplateApplied(Numbered, kw_only=True):
    """What was made."""

    resource: Results


@cms.action(ApplyMetricRuleTemplate, on="*")
def apply_metric_rule_template(request: ApplyMetricRuleTemplate, call: Call) -> TemplateApplied:
    """Make the rules, in place of those that templates made for the group before unless they are to be appended.

    Raises CloudError: ResourceNotFound, ExceedingQuota.
    """
    group = require_group(call, request.group_id)
    numbers = [each.strip() for each in request.template_ids.split(",") if each.strip()]
    if not numbers:
        raise missing_parameter("TemplateIds")
    templates = [require_template(call, each) for each in numbers]
    check_webhook(request.webhook)
    if request.append_mode == "all":
        for rule in call.change.find(Rule, parent=group.id):
            if rule.rule_id.startswith(f"applyTemplate{group.number}-"):
                forget_states(call.change, rule)
                call.change.delete(Rule, rule.id)
    results = []
    for template in templates:
        for place, wanted in enumerate(template.rules, 1):
            made = _make(request, call, group, template, place, wanted)
            results.append(Result(rule_id=made.rule_id, rule_name=made.name))
        history = (Applied(group=group.number, name=group.name, at=call.time), *template.applied)
        call.change.replace(msgspec.structs.replace(template, applied=history[:MOST_HISTORIES]))
    return TemplateApplied(resource=Results(group_id=group.number, alert_results=results))


def _make(
    request: ApplyMetricRuleTemplate,
    call: Call,
    group: MonitorGroup,
    template: Template,
    place: int,
    wanted: TemplateRule,
) -> Rule:
    id_ = f"applyTemplate{group.number}-{template.number}-{place}"
    selector = wanted.selector if wanted.selector.lstrip().startswith(("{", "[")) else ""
    return put_rule(
        call,
        Rule(
            id=rule_id(call.account, id_),
            account=call.account,
            name=wanted.name,
            parent=group.id,
            rule_id=id_,
            namespace=wanted.namespace,
            metric=wanted.metric,
            resources=selector,
            among=among_of(selector, "Selector"),
            escalations=wanted.escalations,
            period=wanted.period,
            silence=request.silence_time,
            effective=f"{request.enable_start_time:02}:00-{request.enable_end_time:02}:59",
            webhook=request.webhook or wanted.webhook,
            contact_groups=group.contact_groups,
            category=wanted.category,
            created=call.now,
            updated=call.now,
        ),
    )
