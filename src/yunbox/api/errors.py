"""Refusals that all actions share. Codes and sentences: the vendor's common error codes (OpenAPI documentation).

What is not implemented is refused with 400: clients repeat what is answered with 501 for minutes.
"""

from __future__ import annotations

from yunbox.errors import CloudError


def missing_parameter(name: str) -> CloudError:
    """Return the refusal of a request that lacks a mandatory parameter."""
    return CloudError(
        "MissingParameter",
        400,
        f'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
    )


def invalid_parameter(name: str, why: str) -> CloudError:
    """Return the refusal of a parameter whose value is not valid; `why` says what is expected."""
    return CloudError("InvalidParameter", 400, f"The specified value of {name} is not valid: {why}.")


def unsupported_parameter(name: str, action: str) -> CloudError:
    """Return the refusal of a parameter that the vendor has and yunbox has not."""
    return CloudError(
        "InvalidParameter.NotImplemented",
        400,
        f"yunbox does not implement the parameter {name} of {action} yet.",
    )


def missing_action(action: str, product: str) -> CloudError:
    """Return the refusal of an action that the vendor has and yunbox has not."""
    return CloudError(
        "InvalidAction.NotImplemented", 400, f"yunbox does not implement the {product} action {action} yet."
    )


def unknown_action() -> CloudError:
    """Return the refusal of an action that the product does not have."""
    return CloudError(
        "InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method."
    )


def unknown_version(version: str) -> CloudError:
    """Return the refusal of a version that no product of the cloud speaks."""
    return CloudError(
        "InvalidVersion", 400, f"Specified parameter Version is not valid: no product here has {version!a}."
    )


def dry_run(status: int) -> CloudError:
    """Return the answer to a dry run that would have passed."""
    return CloudError("DryRunOperation", status, "Request validation has been passed with DryRun flag set.")


def token_mismatch() -> CloudError:
    """Return the refusal of a client token that was used with other parameters."""
    return CloudError(
        "IdempotentParameterMismatch",
        400,
        "The specified ClientToken has been used with other parameters.",
    )
