"""All actions of health check templates. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request
from yunbox.api.tagging import check_tags
from yunbox.services.alb.checks import Ids, TagFilters, Tags, TagShown, check_name, group_of, shown_tags
from yunbox.services.alb.errors import not_found, quota_exceeded
from yunbox.services.alb.health_check_templates.checks import CheckAsked, CheckShown, altered, facts
from yunbox.services.alb.health_check_templates.model import HealthCheck, HealthCheckTemplate
from yunbox.services.alb.jobs import Started, begin_job
from yunbox.services.alb.pages import Listed, Listing, matching, page_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.server_groups.model import ServerGroup

TEMPLATES_PER_REGION = 50

_ON = "healthchecktemplate/{health_check_template_id}"
_Name = Annotated[str, Meta(max_length=128)]


class CreateHealthCheckTemplate(CheckAsked, Request, kw_only=True):
    """Make a template."""

    health_check_template_name: _Name
    resource_group_id: str = ""
    tag: Tags = []


class TemplateCreated(Answer):
    """The template."""

    health_check_template_id: str


class UpdateHealthCheckTemplateAttribute(CheckAsked, Request, kw_only=True):
    """Change a template. The server groups that took it over stay as they are."""

    health_check_template_id: str
    health_check_template_name: _Name = ""


class DeleteHealthCheckTemplates(Request):
    """Delete templates."""

    health_check_template_ids: Annotated[list[str], Meta(min_length=1, max_length=10)]


class GetHealthCheckTemplateAttribute(Request):
    """Ask for one template."""

    health_check_template_id: str


class ListHealthCheckTemplates(Listing):
    """List templates."""

    health_check_template_ids: Ids = []
    health_check_template_names: Ids = []
    resource_group_id: str = ""
    tag: TagFilters = []


class ApplyHealthCheckTemplateToServerGroup(Request):
    """Have a server group take a template over."""

    health_check_template_id: str
    server_group_id: str


class _Shown(CheckShown):
    """What is shown of a template."""

    health_check_template_id: str
    health_check_template_name: str
    resource_group_id: str
    tags: list[TagShown]


class TemplateDescribed(_Shown, Answer):
    """One template."""


class TemplatesListed(Listed, kw_only=True):
    """A page of templates."""

    health_check_templates: list[_Shown]


def _template(call: Call, id_: str) -> HealthCheckTemplate:
    return call.require(HealthCheckTemplate, id_, not_found("HealthCheckTemplate"))


@alb.action(CreateHealthCheckTemplate, on="healthchecktemplate/*")
def create_health_check_template(request: CreateHealthCheckTemplate, call: Call) -> TemplateCreated:
    """Store a template. Raises CloudError: QuotaExceeded.HealthCheckTemplatesNum, IllegalParam.*."""
    if call.count(HealthCheckTemplate) >= TEMPLATES_PER_REGION:
        raise quota_exceeded("HealthCheckTemplatesNum", TEMPLATES_PER_REGION, call.region)
    made = call.change.create(
        HealthCheckTemplate(
            id=call.new_id("hct"),
            account=call.account,
            region=call.region,
            name=check_name(request.health_check_template_name, "HealthCheckTemplateName"),
            created=call.now,
            tags=check_tags(request.tag),
            resource_group=group_of(call, request.resource_group_id),
            check=altered(HealthCheck(), request, call.action),
        )
    )
    return TemplateCreated(health_check_template_id=made.id)


@alb.action(UpdateHealthCheckTemplateAttribute, on=_ON)
def update_health_check_template_attribute(request: UpdateHealthCheckTemplateAttribute, call: Call) -> Empty:
    """Change what is given. Raises CloudError: ResourceNotFound.HealthCheckTemplate, IllegalParam.*."""
    found = _template(call, request.health_check_template_id)
    name = request.health_check_template_name
    call.change.replace(
        msgspec.structs.replace(
            found,
            name=check_name(name, "HealthCheckTemplateName") if name else found.name,
            check=altered(found.check, request, call.action),
        )
    )
    return Empty()


@alb.action(DeleteHealthCheckTemplates, on="healthchecktemplate/{health_check_template_ids}")
def delete_health_check_templates(request: DeleteHealthCheckTemplates, call: Call) -> Empty:
    """Delete them all, or none. Raises CloudError: ResourceNotFound.HealthCheckTemplate."""
    for id_ in request.health_check_template_ids:
        call.change.delete(HealthCheckTemplate, _template(call, id_).id)
    return Empty()


@alb.action(GetHealthCheckTemplateAttribute, on=_ON)
def get_health_check_template_attribute(
    request: GetHealthCheckTemplateAttribute, call: Call
) -> TemplateDescribed:
    """Answer with one template. Raises CloudError: ResourceNotFound.HealthCheckTemplate."""
    return TemplateDescribed(**_facts(_template(call, request.health_check_template_id)))


@alb.action(ListHealthCheckTemplates, on="healthchecktemplate/*")
def list_health_check_templates(request: ListHealthCheckTemplates, call: Call) -> TemplatesListed:
    """Answer with a page of the templates that the filters keep."""
    found = matching(
        call,
        HealthCheckTemplate,
        ids=request.health_check_template_ids,
        names=request.health_check_template_names,
        tags=request.tag,
        group=request.resource_group_id,
    )
    page, listed = page_of(found, request)
    return TemplatesListed(
        health_check_templates=[_Shown(**_facts(each)) for each in page],
        **listed,
    )


@alb.action(ApplyHealthCheckTemplateToServerGroup, on="servergroup/{server_group_id}")
def apply_health_check_template(request: ApplyHealthCheckTemplateToServerGroup, call: Call) -> Started:
    """Copy it into the group and turn health checks on. Raises CloudError: ResourceNotFound.*."""
    group = call.require(ServerGroup, request.server_group_id, not_found("ServerGroup"))
    template = _template(call, request.health_check_template_id)
    call.change.replace(msgspec.structs.replace(group, check=template.check))
    return Started(job_id=begin_job(call, "servergroup", group.id))


def _facts(template: HealthCheckTemplate) -> dict[str, Any]:
    return {
        "health_check_template_id": template.id,
        "health_check_template_name": template.name,
        "resource_group_id": template.resource_group,
        "tags": shown_tags(template.tags),
        **facts(template.check),
    }
