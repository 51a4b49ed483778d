"""Waking archived objects up, and letting them sleep again.

Nothing has to happen for it: the times are stored, and whoever reads compares them with the time of the request.
"""

from __future__ import annotations

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, malformed_xml
from yunbox.services.oss.archive import DAY, MOST_DAYS, RESTORE_SECONDS, restore_state
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import ObjectAttributes
from yunbox.services.oss.object import change_attributes, version_header
from yunbox.services.oss.operation import operation


class JobParameters(Document):
    """How urgent it is."""

    tier: str = "Standard"


class RestoreRequest(Document):
    """For how many days the object shall be readable, and how soon."""

    days: int = 1
    job_parameters: JobParameters | None = None


@operation("RestoreObject", "POST", "object", "restore", of_version="oss:RestoreObjectVersion")
async def restore_object(call: Call) -> Response:
    """Begin to wake an archived object up (202), or keep one awake for longer (200)."""
    body = await call.request.body.read(MAX_XML_BODY)
    wanted = from_xml(body, RestoreRequest, "RestoreRequest") if body.strip() else RestoreRequest()
    outcome: list[tuple[int, str]] = []

    def change(held: ObjectAttributes) -> ObjectAttributes:
        changed, status = restored(held, wanted, call.now)
        outcome[:] = [(status, changed.restore_tier)]
        return changed

    entry = await change_attributes(call, change)
    status, tier = outcome[0]
    headers = version_header(call, entry.version)
    if tier:
        headers.append(("x-oss-object-restore-priority", tier))
    return Response(status, headers)


def restored(held: ObjectAttributes, wanted: RestoreRequest, now: float) -> tuple[ObjectAttributes, int]:
    """Return an object's attributes after a restore request at `now`, and the status to answer.

    202 when the restoration begins or is made more urgent, 200 when the object is readable already: then it
    stays so for `days` from now, if that is later than before. Raises CloudError: OperationNotSupported for a
    class that is never asleep, MalformedXML for a tier where there is none, InvalidArgument, and
    RestoreAlreadyInProgress. Pure.
    """
    durations = RESTORE_SECONDS.get(held.storage_class)
    if durations is None:
        raise CloudError(
            "OperationNotSupported",
            400,
            "The operation is not supported for this resource",
            details={"StorageClass": held.storage_class},
        )
    tier, days = _tier(held, wanted, durations), _days(held, wanted)
    if restore_state(held, now) == "restored":
        until = max(held.restored_until, now + days * DAY)
        return msgspec.structs.replace(held, restored_until=until), 200
    if restore_state(held, now) == "restoring":
        _require_more_urgent(held.restore_tier, tier, durations)
    ready = now + durations[tier]
    if restore_state(held, now) == "restoring":
        ready = min(ready, held.restore_ready)
    return (
        msgspec.structs.replace(
            held, restore_ready=ready, restored_until=ready + days * DAY, restore_tier=tier
        ),
        202,
    )


def _tier(held: ObjectAttributes, wanted: RestoreRequest, durations: dict[str, float]) -> str:
    if held.storage_class == "Archive":
        if wanted.job_parameters is not None:
            raise malformed_xml("JobParameters are for cold archived objects only")
        return ""
    tier = wanted.job_parameters.tier if wanted.job_parameters is not None else "Standard"
    if tier not in durations:
        raise invalid_argument(
            f"The tier must be one of {', '.join(durations)}.", "Tier", tier, ec="0016-00000703"
        )
    return tier


def _days(held: ObjectAttributes, wanted: RestoreRequest) -> int:
    most = MOST_DAYS[held.storage_class]
    if not 1 <= wanted.days <= most:
        ec = "0016-00000708" if held.storage_class == "Archive" else "0016-00000704"
        raise invalid_argument(f"The days must be 1 to {most}.", "Days", str(wanted.days), ec=ec)
    return wanted.days


def _require_more_urgent(present: str, wanted: str, durations: dict[str, float]) -> None:
    """Refuse a request for what is under way, unless it asks for a higher priority."""
    if durations[wanted] > durations.get(present, 0.0):
        raise CloudError(
            "RestoreAlreadyInProgress",
            409,
            "The priority of a restoration under way can only be raised.",
            ec="0016-00000715",
        )
    if durations[wanted] == durations.get(present):
        raise CloudError("RestoreAlreadyInProgress", 409, "The restore operation is in progress.")


@operation("CleanRestoredObject", "POST", "object", "cleanRestoredObject")
async def clean_restored_object(call: Call) -> Response:
    """Let a restored object go back to sleep at once."""

    def change(held: ObjectAttributes) -> ObjectAttributes:
        if held.storage_class not in RESTORE_SECONDS:
            raise CloudError("OperationNotSupported", 400, "The operation is not supported for this resource")
        if restore_state(held, call.now) != "restored":
            raise CloudError("ArchiveRestoreNotFinished", 409, "The archive file's restore is not finished.")
        return msgspec.structs.replace(held, restore_ready=0.0, restored_until=0.0, restore_tier="")

    entry = await change_attributes(call, change)
    return Response(200, version_header(call, entry.version))
