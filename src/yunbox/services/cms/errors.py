"""The refusals of Cms. Codes: CloudMonitor API 2019-01-01, and what the Terraform provider expects."""

from __future__ import annotations

from yunbox.errors import CloudError


def not_found(what: str) -> CloudError:
    """Return the refusal of something that does not exist."""
    return CloudError("ResourceNotFound", 404, f"The specified resource is not found: {what}.")


def quota_exceeded(what: str, most: int) -> CloudError:
    """Return the refusal of one more than there may be."""
    return CloudError("ExceedingQuota", 403, f"There are {most} {what} already, as many as there may be.")


def shown(text: str) -> str:
    """Return what a caller wrote, fit to be repeated."""
    return ascii(text[:80])[1:-1]
