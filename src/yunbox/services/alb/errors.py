"""The refusals of Alb. Codes: ALB API 2020-06-16, and what the Terraform provider expects."""

from __future__ import annotations

from collections.abc import Callable

from yunbox.errors import CloudError


def _shown(text: str) -> str:
    return ascii(text[:64])[1:-1]


def not_found(kind: str) -> Callable[[str], CloudError]:
    """Return what makes the refusal of an id that does not exist: ResourceNotFound.<kind>."""

    def refusal(id_: str) -> CloudError:
        return CloudError(
            f"ResourceNotFound.{kind}", 404, f"The specified resource {kind} {_shown(id_)} is not found."
        )

    return refusal


def incorrect_status(kind: str, id_: str, status: str) -> CloudError:
    """Return the refusal of what the status of a resource does not allow."""
    return CloudError(f"IncorrectStatus.{kind}", 400, f"The status of {kind} {id_} [{status}] is incorrect.")


def in_use(kind: str, id_: str, by: str) -> CloudError:
    """Return the refusal to delete what something else needs."""
    return CloudError(f"ResourceInUse.{kind}", 400, f"The specified resource {id_} is in use by {by}.")


def already_exists(kind: str, what: str) -> CloudError:
    """Return the refusal of a second one of something."""
    return CloudError(f"ResourceAlreadyExist.{kind}", 400, f"The specified resource {what} already exists.")


def already_associated(kind: str, id_: str, with_: str) -> CloudError:
    """Return the refusal to associate two resources twice."""
    return CloudError(
        f"ResourceAlreadyAssociated.{kind}",
        400,
        f"The specified resource {id_} is already associated with {with_}.",
    )


def not_associated(kind: str, id_: str, with_: str) -> CloudError:
    """Return the refusal to part two resources that are not associated."""
    return CloudError(
        f"ResourceNotAssociated.{kind}",
        400,
        f"The specified resource {_shown(id_)} is not associated with {with_}.",
    )


def quota_exceeded(what: str, most: int, of: str) -> CloudError:
    """Return the refusal of one more of something than there may be."""
    return CloudError(
        f"QuotaExceeded.{what}", 400, f"The quota of {what} is exceeded for {of}: at most {most} are allowed."
    )


def mismatch(what: str, why: str) -> CloudError:
    """Return the refusal of two things that do not go together; `why` is a sentence."""
    return CloudError(f"Mismatch.{what}", 400, why)


def illegal(name: str, why: str) -> CloudError:
    """Return the refusal of a parameter's value; `why` says what is expected."""
    return CloudError(f"IllegalParam.{name}", 400, f"The param of {name} is illegal: {why}.")


def missing(name: str) -> CloudError:
    """Return the refusal of a request that lacks a parameter that others of it ask for."""
    return CloudError(f"MissingParam.{name}", 400, f"The param of {name} is missing.")


def conflict(what: str, other: str) -> CloudError:
    """Return the refusal of a setting that another resource has."""
    return CloudError(f"Conflict.{what}", 400, f"{other} has the same {what}.")


def denied(what: str, why: str) -> CloudError:
    """Return the refusal of an operation that a setting forbids; `why` is a sentence."""
    return CloudError(f"OperationDenied.{what}", 400, why)
