"""Who pays for requests: with `Requester`, whoever calls from another account must say that it will.

Nothing costs anything here; what is kept is the gate that the vendor puts up.
Source: OSS documentation, "Pay-by-requester".
"""

from __future__ import annotations

from typing import Literal

from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

_NAME = "request_payment"
_HEADER = "x-oss-request-payer"


class RequestPaymentConfiguration(Document):
    """Who pays."""

    payer: Literal["BucketOwner", "Requester"]


def payer_of(settings: BucketSettings) -> str:
    """Return who pays for requests to a bucket."""
    stored = settings.configuration(_NAME, RequestPaymentConfiguration)
    return stored.payer if stored is not None else "BucketOwner"


def require_payer(call: Call, settings: BucketSettings, owner: str) -> None:
    """Refuse a caller from elsewhere that does not say it will pay. Raises CloudError (AccessDenied)."""
    if call.principal.account_id == owner or payer_of(settings) != "Requester":
        return
    if call.principal.kind == "anonymous":
        raise access_denied(
            "Anonymous access is forbidden for this bucket: the requester pays.", "0003-00000701"
        )
    said = call.header(_HEADER) or call.query.get(_HEADER, "")
    if said.lower() != "requester":
        raise access_denied(
            "Access denied because the request is missing the requester pays header.", "0003-00000703"
        )


def charged_headers(call: Call) -> list[tuple[str, str]]:
    """Return the header that tells a caller from elsewhere that it paid."""
    if not call.header(_HEADER) or call.principal.account_id == call.bucket.owner:
        return []
    if payer_of(call.settings) != "Requester":
        return []
    return [("x-oss-request-charged", "requester")]


@operation("PutBucketRequestPayment", "PUT", "bucket", "requestPayment")
async def put_bucket_request_payment(call: Call) -> Response:
    """Say who pays."""
    await keep(call, _NAME, await read_document(call, RequestPaymentConfiguration))
    return Response(200)


@operation("GetBucketRequestPayment", "GET", "bucket", "requestPayment")
async def get_bucket_request_payment(call: Call) -> RequestPaymentConfiguration:
    """Return who pays."""
    payer: Literal["BucketOwner", "Requester"] = "BucketOwner"
    if payer_of(call.settings) == "Requester":
        payer = "Requester"
    return RequestPaymentConfiguration(payer=payer)
