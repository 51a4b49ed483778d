"""CreateLaunchTemplate, DescribeLaunchTemplates, DeleteLaunchTemplate. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import missing_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Paged, Request, Shape, Tag, TagFilter
from yunbox.api.tagging import check_tags
from yunbox.services.ecs.instances.naming import check_description, check_name
from yunbox.services.ecs.launch_templates.errors import name_taken, template_not_found, too_many_templates
from yunbox.services.ecs.launch_templates.model import (
    MAX_TEMPLATES,
    LaunchTemplate,
    LaunchTemplateVersion,
    version_id,
)
from yunbox.services.ecs.launch_templates.parameters import TemplateData, data_of
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.tags import TagList, tag_list


class CreateLaunchTemplate(TemplateData, kw_only=True):
    """Make a template with its first version."""

    launch_template_name: str
    version_description: str = ""
    template_resource_group_id: str = ""
    template_tag: Annotated[list[Tag], Meta(max_length=20)] = []


class LaunchTemplateCreated(Answer):
    """Which template was made."""

    launch_template_id: str
    launch_template_version_number: int


class DescribeLaunchTemplates(Paged):
    """List templates."""

    launch_template_id: Annotated[list[str], Meta(max_length=100)] = []
    launch_template_name: Annotated[list[str], Meta(max_length=100)] = []
    template_resource_group_id: str = ""
    template_tag: Annotated[list[TagFilter], Meta(max_length=20)] = []


class ShownTemplate(Shape):
    """A template."""

    launch_template_id: str
    launch_template_name: str
    default_version_number: int
    latest_version_number: int
    create_time: str
    created_by: str
    modified_time: str
    resource_group_id: str
    tags: TagList


class TemplateList(Shape):
    """The wrapping of a list of templates."""

    launch_template_set: list[ShownTemplate]


class LaunchTemplatesDescribed(Answer):
    """A page of templates."""

    launch_template_sets: TemplateList
    total_count: int
    page_number: int
    page_size: int


class DeleteLaunchTemplate(Request):
    """Delete a template with all its versions."""

    launch_template_id: str = ""
    launch_template_name: str = ""


class VersionNumbers(Shape):
    """The wrapping of a list of numbers."""

    version_numbers: list[int] = msgspec.field(name="versionNumbers")


class LaunchTemplateDeleted(Answer):
    """Which template was deleted, and its versions."""

    launch_template_id: str
    launch_template_version_numbers: VersionNumbers


def find_template(call: Call, id_: str, name: str) -> LaunchTemplate:
    """Return the template of an id or a name, or of both. Raises CloudError: InvalidLaunchTemplate.NotFound, -."""
    if not id_ and not name:
        raise missing_parameter("LaunchTemplateId")
    if not id_:
        named = call.find(LaunchTemplate, name=name[:512], limit=1)
        found = named[0] if named else None
    else:
        found = call.get(LaunchTemplate, id_)
    if found is None or (name and found.name != name):
        raise template_not_found(id_, name)
    return found


@ecs.action(CreateLaunchTemplate, on="launchtemplate/*")
def create_launch_template(request: CreateLaunchTemplate, call: Call) -> LaunchTemplateCreated:
    """Write it. Raises CloudError: LaunchTemplateName.Duplicated, LaunchTemplateLimitExceed, and `data_of`'s."""
    name = check_name(request.launch_template_name, "LaunchTemplateName")
    description = check_description(request.version_description)
    if call.count(LaunchTemplate, name=name):
        raise name_taken(name)
    if call.count(LaunchTemplate) >= MAX_TEMPLATES:
        raise too_many_templates()
    template = LaunchTemplate(
        id=call.new_id("lt"),
        account=call.account,
        region=call.region,
        name=name,
        created_by=call.account,
        created=call.now,
        modified=call.now,
        resource_group=request.template_resource_group_id,
        tags=check_tags(request.template_tag),
    )
    call.change.create(template)
    write_version(call, template, request, description)
    return LaunchTemplateCreated(launch_template_id=template.id, launch_template_version_number=1)


def write_version(call: Call, template: LaunchTemplate, request: TemplateData, description: str) -> None:
    """Store what a request says as the template's latest version. Raises CloudError as `data_of` does."""
    call.change.create(
        LaunchTemplateVersion(
            id=version_id(template.id, template.latest),
            account=call.account,
            region=call.region,
            parent=template.id,
            number=template.latest,
            description=description,
            created_by=call.account,
            created=call.now,
            data=data_of(request),
        )
    )


@ecs.action(DescribeLaunchTemplates, on="launchtemplate/{launch_template_id}")
def describe_launch_templates(request: DescribeLaunchTemplates, call: Call) -> LaunchTemplatesDescribed:
    """Answer one page, newest first."""
    found = [
        each
        for each in call.find(LaunchTemplate, descending=True)
        if (not request.launch_template_id or each.id in request.launch_template_id)
        and (not request.launch_template_name or each.name in request.launch_template_name)
        and request.template_resource_group_id in ("", each.resource_group)
        and each.has_tags(request.template_tag)
    ]
    start = (request.page_number - 1) * request.page_size
    shown = [_shown(each) for each in found[start : start + request.page_size]]
    return LaunchTemplatesDescribed(
        launch_template_sets=TemplateList(launch_template_set=shown),
        total_count=len(found),
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _shown(template: LaunchTemplate) -> ShownTemplate:
    return ShownTemplate(
        launch_template_id=template.id,
        launch_template_name=template.name,
        default_version_number=template.default,
        latest_version_number=template.latest,
        create_time=seconds(template.created),
        created_by=template.created_by,
        modified_time=seconds(template.modified),
        resource_group_id=template.resource_group,
        tags=tag_list(template.tags),
    )


@ecs.action(DeleteLaunchTemplate, on="launchtemplate/{launch_template_id}")
def delete_launch_template(request: DeleteLaunchTemplate, call: Call) -> LaunchTemplateDeleted:
    """Delete it. Instances that were made from it stay. Raises CloudError: InvalidLaunchTemplate.NotFound."""
    template = find_template(call, request.launch_template_id, request.launch_template_name)
    numbers = []
    for each in call.find(LaunchTemplateVersion, parent=template.id):
        call.change.delete(LaunchTemplateVersion, each.id)
        numbers.append(each.number)
    call.change.delete(LaunchTemplate, template.id)
    return LaunchTemplateDeleted(
        launch_template_id=template.id,
        launch_template_version_numbers=VersionNumbers(version_numbers=numbers),
    )
