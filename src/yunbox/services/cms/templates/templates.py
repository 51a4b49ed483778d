"""CreateMetricRuleTemplate, ModifyMetricRuleTemplate and the like. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.cms.alarms.describe import LevelsShown, levels_shown
from yunbox.services.cms.alarms.parameters import (
    Levels,
    Name,
    check_namespace,
    check_webhook,
    levels_of,
    rule_period,
)
from yunbox.services.cms.answers import Numbered
from yunbox.services.cms.errors import not_found, quota_exceeded, shown
from yunbox.services.cms.product import cms
from yunbox.services.cms.templates.model import Template, TemplateRule, template_key

MOST_TEMPLATES = 100
MOST_RULES = 100


class RuleGiven(Shape, kw_only=True):
    """A rule that a template is to make."""

    rule_name: Name
    category: Annotated[str, Meta(min_length=1, max_length=128)]
    namespace: Annotated[str, Meta(min_length=1, max_length=128)]
    metric_name: Name
    escalations: Levels = Levels()
    period: str = ""
    selector: Annotated[str, Meta(max_length=2000)] = ""
    webhook: Annotated[str, Meta(max_length=2000)] = ""


class CreateMetricRuleTemplate(Request):
    """Make a template."""

    name: Name
    description: Annotated[str, Meta(max_length=1000)] = ""
    alert_templates: Annotated[list[RuleGiven], Meta(max_length=MOST_RULES)] = []


class TemplateCreated(Numbered, kw_only=True):
    """The template's id."""

    id: int


def _rule(given: RuleGiven, number: int, call: Call) -> TemplateRule:
    escalations = levels_of(given.metric_name, given.escalations)
    if not escalations:
        raise missing_parameter(f"AlertTemplates.{number}.Escalations.Critical.Threshold")
    return TemplateRule(
        name=given.rule_name,
        category=given.category,
        namespace=check_namespace(given.namespace, call.account),
        metric=given.metric_name,
        escalations=escalations,
        period=rule_period(given.period),
        selector=given.selector,
        webhook=check_webhook(given.webhook),
    )


@cms.action(CreateMetricRuleTemplate, on="*")
def create_metric_rule_template(request: CreateMetricRuleTemplate, call: Call) -> TemplateCreated:
    """Store it. Raises CloudError: ResourceExist, ExceedingQuota, InvalidParameter."""
    if call.count(Template) >= MOST_TEMPLATES:
        raise quota_exceeded("templates", MOST_TEMPLATES)
    _check_free(request.name, call)
    number = 1 + max((each.number for each in call.find(Template)), default=100_000)
    call.change.create(
        Template(
            id=template_key(call.account, str(number)),
            account=call.account,
            name=request.name,
            number=number,
            description=request.description,
            rules=tuple(_rule(each, place, call) for place, each in enumerate(request.alert_templates, 1)),
            created=call.now,
            updated=call.now,
        )
    )
    return TemplateCreated(id=number)


def _check_free(name: str, call: Call) -> None:
    if call.find(Template, name=name, limit=1):
        raise CloudError("ResourceExist", 409, f"There is a template {shown(name)} already.")


def require_template(call: Call, number: str) -> Template:
    """Return a template. Raises CloudError: ResourceNotFound."""
    found = call.view.get(Template, template_key(call.account, number))
    if found is None:
        raise not_found(f"the template {shown(number)}")
    return found


class ModifyMetricRuleTemplate(Request):
    """Change a template."""

    template_id: str
    rest_version: int
    name: Annotated[str, Meta(max_length=256)] = ""
    description: Annotated[str, Meta(max_length=1000)] = ""
    alert_templates: Annotated[list[RuleGiven], Meta(max_length=MOST_RULES)] = []


@cms.action(ModifyMetricRuleTemplate, on="*")
def modify_metric_rule_template(request: ModifyMetricRuleTemplate, call: Call) -> Numbered:
    """Change what is given. Raises CloudError: ResourceNotFound, RestVersionError, ResourceExist."""
    template = require_template(call, request.template_id)
    if request.rest_version != template.version:
        raise CloudError("RestVersionError", 409, f"The template's version is {template.version} now.")
    if request.name and request.name != template.name:
        _check_free(request.name, call)
    rules = tuple(_rule(each, place, call) for place, each in enumerate(request.alert_templates, 1))
    call.change.replace(
        msgspec.structs.replace(
            template,
            name=request.name or template.name,
            description=request.description or template.description,
            rules=rules or template.rules,
            version=template.version + 1,
            updated=call.now,
        )
    )
    return Numbered()


class DeleteMetricRuleTemplate(Request):
    """Delete a template."""

    template_id: str


class Deleted(Shape):
    """The template that was."""

    template_id: str


class TemplateDeleted(Numbered, kw_only=True):
    """The template that was."""

    resource: Deleted


@cms.action(DeleteMetricRuleTemplate, on="*")
def delete_metric_rule_template(request: DeleteMetricRuleTemplate, call: Call) -> TemplateDeleted:
    """Delete it; the rules that it made stay. Raises CloudError: ResourceNotFound."""
    call.change.delete(Template, require_template(call, request.template_id).id)
    return TemplateDeleted(resource=Deleted(template_id=request.template_id))


class DescribeMetricRuleTemplateAttribute(Request):
    """Tell of a template."""

    template_id: str = ""
    name: str = ""


class RuleShown(Shape, kw_only=True):
    """A rule that a template makes."""

    rule_name: str
    category: str
    namespace: str
    metric_name: str
    escalations: LevelsShown
    selector: str
    webhook: str


class RuleList(Shape):
    """The wrapping of rules."""

    alert_template: list[RuleShown]


class TemplateShown(Shape, kw_only=True):
    """A template."""

    template_id: str
    name: str
    description: str
    rest_version: str
    alert_templates: RuleList


class TemplateDescribed(Numbered, kw_only=True):
    """The template."""

    resource: TemplateShown


@cms.action(DescribeMetricRuleTemplateAttribute, on="*")
def describe_metric_rule_template_attribute(
    request: DescribeMetricRuleTemplateAttribute, call: Call
) -> TemplateDescribed:
    """Answer with it. Raises CloudError: MissingParameter, ResourceNotFound."""
    if not request.template_id and not request.name:
        raise missing_parameter("TemplateId")
    if request.template_id:
        template = require_template(call, request.template_id)
    else:
        found = call.find(Template, name=request.name, limit=1)
        if not found:
            raise not_found(f"the template {shown(request.name)}")
        template = found[0]
    rules = [
        RuleShown(
            rule_name=each.name,
            category=each.category,
            namespace=each.namespace,
            metric_name=each.metric,
            escalations=levels_shown(each.escalations),
            selector=each.selector,
            webhook=each.webhook,
        )
        for each in template.rules
    ]
    return TemplateDescribed(
        resource=TemplateShown(
            template_id=str(template.number),
            name=template.name,
            description=template.description,
            rest_version=str(template.version),
            alert_templates=RuleList(alert_template=rules),
        )
    )


class DescribeMetricRuleTemplateList(Request):
    """List templates."""

    template_id: int | None = None
    name: str = ""
    keyword: str = ""
    history: bool = False
    order: bool = True
    order_by: Literal["gmtMotified", "gmtModified", "gmtCreate"] = "gmtCreate"
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class AppliedShown(Shape):
    """When a template was applied."""

    apply_time: int
    group_id: int
    group_name: str


class AppliedList(Shape):
    """The wrapping of those times."""

    apply_history: list[AppliedShown]


class TemplateListed(Shape, kw_only=True):
    """A template, without its rules."""

    template_id: int
    name: str
    description: str
    rest_version: int
    gmt_create: int
    gmt_modified: int
    apply_histories: AppliedList


class TemplateList(Shape):
    """The wrapping of templates."""

    template: list[TemplateListed]


class TemplatesDescribed(Numbered, kw_only=True):
    """A page of templates."""

    templates: TemplateList
    total: int


@cms.action(DescribeMetricRuleTemplateList, on="*")
def describe_metric_rule_template_list(
    request: DescribeMetricRuleTemplateList, call: Call
) -> TemplatesDescribed:
    """Answer with a page of templates."""
    found = [
        each
        for each in call.find(Template)
        if request.template_id in (None, each.number)
        and request.name in ("", each.name)
        and request.keyword in each.name
    ]
    by_change = request.order_by != "gmtCreate"
    found.sort(key=lambda each: each.updated if by_change else each.created, reverse=not request.order)
    first = (request.page_number - 1) * request.page_size
    listed = [
        TemplateListed(
            template_id=each.number,
            name=each.name,
            description=each.description,
            rest_version=each.version,
            gmt_create=int(each.created * 1000),
            gmt_modified=int(each.updated * 1000),
            apply_histories=AppliedList(
                apply_history=[
                    AppliedShown(apply_time=int(one.at * 1000), group_id=one.group, group_name=one.name)
                    for one in each.applied
                    if request.history
                ]
            ),
        )
        for each in found[first : first + request.page_size]
    ]
    return TemplatesDescribed(templates=TemplateList(template=listed), total=len(found))
