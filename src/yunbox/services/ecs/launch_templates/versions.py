"""The actions on versions of launch templates. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Paged, Request, Shape
from yunbox.services.ecs.instances.naming import check_description
from yunbox.services.ecs.launch_templates.errors import too_many_versions, version_not_found
from yunbox.services.ecs.launch_templates.model import (
    MAX_VERSIONS,
    LaunchTemplate,
    LaunchTemplateVersion,
    version_id,
)
from yunbox.services.ecs.launch_templates.parameters import TemplateData
from yunbox.services.ecs.launch_templates.shown import shown_data
from yunbox.services.ecs.launch_templates.templates import find_template, write_version
from yunbox.services.ecs.product import ecs


class CreateLaunchTemplateVersion(TemplateData):
    """Add a version to a template."""

    launch_template_id: str = ""
    launch_template_name: str = ""
    version_description: str = ""


class LaunchTemplateVersionCreated(Answer):
    """Which version was made."""

    launch_template_id: str
    launch_template_version_number: int


class DescribeLaunchTemplateVersions(Paged):
    """List the versions of a template: all, some, the default one, or a range."""

    launch_template_id: str = ""
    launch_template_name: str = ""
    launch_template_version: Annotated[list[int], Meta(max_length=100)] = []
    default_version: bool = False
    min_version: int = 0
    max_version: int = 0
    detail_flag: bool = True


class ShownVersion(Shape):
    """A version."""

    launch_template_id: str
    launch_template_name: str
    version_number: int
    version_description: str
    default_version: bool
    create_time: str
    created_by: str
    modified_time: str
    launch_template_data: dict[str, Any]


class VersionList(Shape):
    """The wrapping of a list of versions."""

    launch_template_version_set: list[ShownVersion]


class LaunchTemplateVersionsDescribed(Answer):
    """A page of versions."""

    launch_template_version_sets: VersionList
    total_count: int
    page_number: int
    page_size: int


class ModifyLaunchTemplateDefaultVersion(Request, kw_only=True):
    """Say which version counts where none is named."""

    default_version_number: int
    launch_template_id: str = ""
    launch_template_name: str = ""


class DefaultVersionModified(Answer):
    """Which template was changed."""

    launch_template_id: str


class DeleteLaunchTemplateVersion(Request, kw_only=True):
    """Delete versions of a template, though not the default one."""

    delete_version: Annotated[list[int], Meta(min_length=1, max_length=MAX_VERSIONS)]
    launch_template_id: str = ""
    launch_template_name: str = ""


class DeletedVersion(Shape):
    """A version that was deleted."""

    launch_template_id: str
    launch_template_version_number: int


class DeletedVersionList(Shape):
    """The wrapping of a list of versions."""

    launch_template_version: list[DeletedVersion]


class LaunchTemplateVersionsDeleted(Answer):
    """Which versions were deleted."""

    launch_template_versions: DeletedVersionList


def find_version(call: Call, template: LaunchTemplate, number: int) -> LaunchTemplateVersion:
    """Return a version. Raises CloudError: InvalidLaunchTemplateVersion.NotFound."""
    found = call.get(LaunchTemplateVersion, version_id(template.id, number)) if number > 0 else None
    if found is None:
        raise version_not_found(template.id, number)
    return found


@ecs.action(CreateLaunchTemplateVersion, on="launchtemplate/{launch_template_id}")
def create_launch_template_version(
    request: CreateLaunchTemplateVersion, call: Call
) -> LaunchTemplateVersionCreated:
    """Write it. Raises CloudError: InvalidLaunchTemplate.NotFound, LaunchTemplateVersionLimitExceed."""
    template = find_template(call, request.launch_template_id, request.launch_template_name)
    description = check_description(request.version_description)
    if call.count(LaunchTemplateVersion, parent=template.id) >= MAX_VERSIONS:
        raise too_many_versions()
    template = msgspec.structs.replace(template, latest=template.latest + 1, modified=call.now)
    call.change.replace(template)
    write_version(call, template, request, description)
    return LaunchTemplateVersionCreated(
        launch_template_id=template.id, launch_template_version_number=template.latest
    )


@ecs.action(DescribeLaunchTemplateVersions, on="launchtemplate/{launch_template_id}")
def describe_launch_template_versions(
    request: DescribeLaunchTemplateVersions, call: Call
) -> LaunchTemplateVersionsDescribed:
    """Answer one page, newest first. Raises CloudError: InvalidLaunchTemplate.NotFound."""
    template = find_template(call, request.launch_template_id, request.launch_template_name)
    found = [
        each
        for each in call.find(LaunchTemplateVersion, parent=template.id, descending=True)
        if _asked(request, template, each.number)
    ]
    start = (request.page_number - 1) * request.page_size
    shown = [
        _shown(template, each, detail=request.detail_flag)
        for each in found[start : start + request.page_size]
    ]
    return LaunchTemplateVersionsDescribed(
        launch_template_version_sets=VersionList(launch_template_version_set=shown),
        total_count=len(found),
        page_number=request.page_number,
        page_size=request.page_size,
    )


def _asked(request: DescribeLaunchTemplateVersions, template: LaunchTemplate, number: int) -> bool:
    if request.launch_template_version and number not in request.launch_template_version:
        return False
    if request.default_version and number != template.default:
        return False
    return number >= request.min_version and (not request.max_version or number <= request.max_version)


def _shown(template: LaunchTemplate, version: LaunchTemplateVersion, *, detail: bool) -> ShownVersion:
    return ShownVersion(
        launch_template_id=template.id,
        launch_template_name=template.name,
        version_number=version.number,
        version_description=version.description,
        default_version=version.number == template.default,
        create_time=seconds(version.created),
        created_by=version.created_by,
        modified_time=seconds(version.created),
        launch_template_data=shown_data(version.data) if detail else {},
    )


@ecs.action(ModifyLaunchTemplateDefaultVersion, on="launchtemplate/{launch_template_id}")
def modify_launch_template_default_version(
    request: ModifyLaunchTemplateDefaultVersion, call: Call
) -> DefaultVersionModified:
    """Write it. Raises CloudError: InvalidLaunchTemplate.NotFound, InvalidLaunchTemplateVersion.NotFound."""
    template = find_template(call, request.launch_template_id, request.launch_template_name)
    version = find_version(call, template, request.default_version_number)
    call.change.replace(msgspec.structs.replace(template, default=version.number, modified=call.now))
    return DefaultVersionModified(launch_template_id=template.id)


@ecs.action(DeleteLaunchTemplateVersion, on="launchtemplate/{launch_template_id}")
def delete_launch_template_version(
    request: DeleteLaunchTemplateVersion, call: Call
) -> LaunchTemplateVersionsDeleted:
    """Delete all of them or none.

    Raises CloudError: InvalidLaunchTemplate.NotFound, InvalidLaunchTemplateVersion.NotFound, InvalidParameter for
    the default version.
    """
    template = find_template(call, request.launch_template_id, request.launch_template_name)
    deleted = []
    for number in dict.fromkeys(request.delete_version):
        version = find_version(call, template, number)
        if number == template.default:
            raise invalid_parameter("DeleteVersion", f"{number} is the default version")
        call.change.delete(LaunchTemplateVersion, version.id)
        deleted.append(DeletedVersion(launch_template_id=template.id, launch_template_version_number=number))
    call.change.replace(msgspec.structs.replace(template, modified=call.now))
    return LaunchTemplateVersionsDeleted(
        launch_template_versions=DeletedVersionList(launch_template_version=deleted)
    )
