"""The parameters of a launch template under those of a request."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.services.ecs.errors import conflict
from yunbox.services.ecs.instances.parameters import RunRequest, without_defaults
from yunbox.services.ecs.launch_templates.resolve import resolve

T = TypeVar("T", bound=RunRequest)


def merged(call: Call, request: T) -> T:
    """Return the request with what its launch template says where it says nothing itself.

    Raises CloudError: what the look-up of a template does, and InvalidParameter for a template that says something
    that is no instance's.
    """
    if not request.launch_template_id and not request.launch_template_name:
        return request
    if request.launch_template_id and request.launch_template_name:
        raise conflict("LaunchTemplateId and LaunchTemplateName exclude each other.")
    parameters = resolve(call, without_defaults(request))
    try:
        return msgspec.convert(parameters, type(request), strict=False)
    except msgspec.ValidationError as error:
        raise invalid_parameter("LaunchTemplateId", f"the template does not fit: {error}") from None
