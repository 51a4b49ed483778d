"""The S3-compatible door: requests that carry SigV4 or come by an S3 host name, done by OSS's operations."""

from __future__ import annotations

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.protocols.xml import to_xml
from yunbox.gateway.signatures import read_claim
from yunbox.gateway.signatures.s3_refusals import wrong_region
from yunbox.gateway.signatures.scheme import Claim
from yunbox.services.oss.call import Call
from yunbox.services.oss.door import OssDoor, level_of
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.operation import Answer, Operation
from yunbox.services.oss.route import Route, route_of
from yunbox.services.s3 import actions  # noqa: F401 - registers them
from yunbox.services.s3.action import answers_document, find_action
from yunbox.services.s3.payload import verify_body
from yunbox.services.s3.refusals import error_document, s3_refusal
from yunbox.services.s3.vocabulary import asked, oss_headers, s3_headers
from yunbox.services.s3.words import NAMESPACE, s3_document

_XML = ("Content-Type", "application/xml")


class S3Door(OssDoor):
    """Speaks S3. It stands before OSS's own door, which takes the rest."""

    def find_route(self, exchange: Exchange) -> bool:
        """Take every request that a client of S3 sent: it shows in the signature, the headers or the host."""
        if not _speaks_s3(exchange.request):
            return False
        return super().find_route(exchange)

    def _identify(self, exchange: Exchange) -> None:
        """Verify the signature, and see to it that the body is verified when it is read.

        Raises CloudError with S3's codes.
        """
        request = exchange.request
        found = read_claim(request)
        if found is None:
            verify_body(request, None, "")
            return
        scheme, claim = found
        if claim.scheme != "sigv4":
            raise CloudError(
                "InvalidRequest",
                400,
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            )
        credential = self._verify(exchange, scheme, claim)
        verify_body(request, claim, credential.secret)

    def _asked(self, exchange: Exchange, route: Route) -> tuple[Operation, Request]:
        """Return OSS's operation for the action, and the request in OSS's words."""
        request, level = exchange.request, level_of(route)
        action = find_action(request, level)
        exchange.operation = action.name
        headers = oss_headers(request.headers, level)
        reworded = request if headers is request.headers else asked(request, headers=headers)
        return action.operation, reworded if action.ask is None else action.ask(reworded)

    def _answer(self, exchange: Exchange, operation: Operation, answer: Answer) -> Response:
        if not isinstance(answer, Response):
            body = b"" if answer is None else to_xml(answer, type(answer).__name__, namespace=NAMESPACE)
            return self._signed_off(exchange, Response(200, [_XML] if body else [], body))
        answer.headers = s3_headers(answer.headers)
        if answer.body and isinstance(answer.body, bytes) and answers_document(exchange.operation):
            answer.body = s3_document(answer.body)
        return self._signed_off(exchange, answer)

    def _shared(self, call: Call) -> list[tuple[str, str]]:
        return s3_headers(super()._shared(call))

    async def _bucket(self, call: Call) -> Bucket:
        bucket = await super()._bucket(call)
        headers = call.request.headers
        if headers.get("x-amz-expected-bucket-owner", bucket.owner) != bucket.owner:
            raise access_denied("Access Denied")
        if bucket.versioning != "Off" and "x-oss-forbid-overwrite" in headers:
            raise not_implemented("If-None-Match of writes in a bucket with versions")
        return bucket

    def _region(self, route: Route, claim: Claim | None) -> str:
        signed = claim.region.removeprefix("oss-") if claim is not None else ""
        return route.region or (signed if signed in REGIONS else self._cloud.default_region)

    def _check_region(self, call: Call, claim: Claim, bucket: Bucket) -> None:
        if claim.region.removeprefix("oss-") != bucket.region:
            refusal = wrong_region(claim, bucket.region)
            refusal.headers["x-amz-bucket-region"] = bucket.region
            raise refusal

    def _signed_off(self, exchange: Exchange, response: Response) -> Response:
        response.headers += (
            ("Server", "AliyunOSS"),
            ("x-amz-request-id", exchange.request_id),
            ("x-amz-id-2", exchange.request_id),
        )
        return response

    def refuse(self, exchange: Exchange, error: CloudError) -> Response:
        """Serialise a refusal as S3 does: XML, and nothing for HEAD."""
        refusal = s3_refusal(error)
        exchange.error_code = refusal.code
        headers = s3_headers(refusal.headers.items())
        if refusal.status == 304 or exchange.request.method == "HEAD":
            return self._signed_off(exchange, Response(refusal.status, headers))
        body = error_document(exchange.request, exchange.request_id, refusal)
        return self._signed_off(exchange, Response(refusal.status, [*headers, _XML], body))


def _speaks_s3(request: Request) -> bool:
    headers = request.headers
    return (
        headers.get("authorization").startswith("AWS")
        or "X-Amz-" in request.raw_query
        or "x-amz-content-sha256" in headers
        or "amz-sdk-invocation-id" in headers
        or ("s3" in request.host and (route := route_of(request)) is not None and route.s3)
    )
