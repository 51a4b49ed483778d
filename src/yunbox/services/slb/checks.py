"""What names and the like may be. Bounds: SLB API 2014-05-15, the parameters' descriptions."""

from __future__ import annotations

from yunbox.api.errors import invalid_parameter

MAX_NAME = 80
MAX_DESCRIPTION = 80
MAX_LISTENER_DESCRIPTION = 256


def check_name(name: str, parameter: str, most: int = MAX_NAME) -> str:
    """Return a name or description that is not too long and no address of the Web. Raises CloudError."""
    if len(name) > most or name.lower().startswith(("http://", "https://")):
        raise invalid_parameter(parameter, f"1 to {most} characters are expected, and no http:// or https://")
    return name
