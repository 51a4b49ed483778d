"""Refusals of launch templates. Codes: the ECS API documentation of their actions."""

from __future__ import annotations

from yunbox.errors import CloudError
from yunbox.services.ecs.launch_templates.model import MAX_TEMPLATES, MAX_VERSIONS


def template_not_found(id_: str, name: str = "") -> CloudError:
    """Return the refusal for a template that does not exist."""
    return CloudError(
        "InvalidLaunchTemplate.NotFound",
        404,
        f"The specified LaunchTemplateId {id_[:64]!a} LaunchTemplateName {name[:128]!a} is not found.",
    )


def version_not_found(id_: str, number: int) -> CloudError:
    """Return the refusal for a version that does not exist."""
    return CloudError(
        "InvalidLaunchTemplateVersion.NotFound",
        404,
        f"The specified LaunchTemplateId {id_} Version {number} is not found.",
    )


def name_taken(name: str) -> CloudError:
    """Return the refusal of a name that another template bears."""
    return CloudError(
        "LaunchTemplateName.Duplicated", 403, f"The specified LaunchTemplateName {name} already exists."
    )


def too_many_templates() -> CloudError:
    """Return the refusal of one more template than a region holds."""
    return CloudError(
        "LaunchTemplateLimitExceed", 403, f"The maximum number of templates, {MAX_TEMPLATES}, is exceeded."
    )


def too_many_versions() -> CloudError:
    """Return the refusal of one more version than a template holds."""
    return CloudError(
        "LaunchTemplateVersionLimitExceed",
        403,
        f"The maximum number of template's versions, {MAX_VERSIONS}, is exceeded.",
    )
