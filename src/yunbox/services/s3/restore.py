"""RestoreObject with S3's document."""

from __future__ import annotations

from typing import cast

import msgspec

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, to_xml
from yunbox.services.oss import restore as oss
from yunbox.services.oss.call import Call
from yunbox.services.s3.action import own
from yunbox.services.s3.payload import KnownBody


class GlacierJobParameters(Document):
    """How urgent it is."""

    tier: str = "Standard"


class RestoreRequest(Document):
    """For how many days the object shall be readable, and how soon."""

    days: int = 1
    glacier_job_parameters: GlacierJobParameters | None = None
    tier: str | None = None


@own("RestoreObject", "oss:RestoreObject", of_version="oss:RestoreObjectVersion")
async def restore_object(call: Call) -> Response:
    """Begin to wake an archived object up, or keep one awake for longer."""
    body = await call.request.body.read(MAX_XML_BODY)
    wanted = from_xml(body, RestoreRequest, "RestoreRequest")
    if wanted.tier is not None:
        raise not_implemented("the element Tier of a RestoreRequest")
    asked = oss.RestoreRequest(days=wanted.days)
    if wanted.glacier_job_parameters is not None and wanted.glacier_job_parameters.tier != "Standard":
        job = oss.JobParameters(tier=wanted.glacier_job_parameters.tier)
        asked = msgspec.structs.replace(asked, job_parameters=job)
    call.request.body = KnownBody(to_xml(asked, "RestoreRequest"))
    return cast(Response, await oss.restore_object(call))
