"""OSS's own door: from an exchange of the chain to a call of an operation, and back."""

from __future__ import annotations

import base64
from typing import NamedTuple, cast

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.protocols.xml import escape, to_xml
from yunbox.gateway.signatures import read_claim
from yunbox.gateway.signatures.oss_v4 import wrong_region
from yunbox.gateway.signatures.presented import unsupported
from yunbox.gateway.signatures.scheme import Claim, Scheme
from yunbox.identity.directory import Directory
from yunbox.identity.principal import Credential
from yunbox.services.oss.access import authorise
from yunbox.services.oss.bucket import check_bucket_name
from yunbox.services.oss.call import Call, Cloud
from yunbox.services.oss.cors import cors_headers
from yunbox.services.oss.credentials import check_token, known_credential
from yunbox.services.oss.errors import no_such_bucket, other_endpoint
from yunbox.services.oss.https_config import check_tls
from yunbox.services.oss.logging import is_logged
from yunbox.services.oss.model import settings_of
from yunbox.services.oss.operation import Answer, Level, Operation, find_operation
from yunbox.services.oss.referer import check_referer
from yunbox.services.oss.request_payment import charged_headers
from yunbox.services.oss.route import Route, route_of
from yunbox.services.oss.website_serving import serve_website

_XML = ("Content-Type", "application/xml")


class OssDoor:
    """Speaks OSS."""

    product = "oss"

    def __init__(self, cloud: Cloud, directory: Directory) -> None:
        self._cloud = cloud
        self._directory = directory

    def find_route(self, exchange: Exchange) -> bool:
        """Take every request whose Host is OSS's, or no product's in particular."""
        try:
            route = route_of(exchange.request)
        except CloudError:
            exchange.door, exchange.product = self, self.product
            raise
        if route is None:
            return False
        exchange.route = route
        exchange.product = self.product
        exchange.bucket, exchange.key = route.bucket, route.key
        return True

    async def authenticate(self, exchange: Exchange) -> None:
        """Verify the signature. Raises CloudError with OSS's codes.

        A browser's preflight request cannot be signed and does nothing, so it is not looked at. What a page's
        script sent and what fails is refused by `perform`, with the headers that let the script see why.
        """
        request, route = exchange.request, cast(Route, exchange.route)
        if request.method == "OPTIONS":
            return
        try:
            self._identify(exchange)
        except CloudError as error:
            if "origin" not in request.headers or not route.bucket:
                raise
            exchange.route = _Unverified(route, error)

    def _identify(self, exchange: Exchange) -> None:
        if (found := read_claim(exchange.request)) is None:
            return
        scheme, claim = found
        if claim.scheme == "sigv4":
            # The S3 door takes these; one it did not recognise must not pass here with its body unchecked.
            raise unsupported("AWS4-HMAC-SHA256")
        self._verify(exchange, scheme, claim)

    def _verify(self, exchange: Exchange, scheme: Scheme, claim: Claim) -> Credential:
        """Name the principal whose signature this is. Raises CloudError when it does not hold."""
        credential = known_credential(self._directory, claim)
        route = cast(Route, exchange.route)
        try:
            scheme.check(claim, exchange.request, route.resource, credential.secret, exchange.started)
        except CloudError as error:
            if route.other is None or error.code != "SignatureDoesNotMatch":
                raise
            scheme.check(claim, exchange.request, route.other, credential.secret, exchange.started)
            exchange.route = Route(
                route.other.bucket, route.other.key, route.region, route.endpoint, route.vendor, route.s3
            )
            exchange.bucket, exchange.key = route.other.bucket, route.other.key
        check_token(claim, credential, exchange.started)
        exchange.claim = claim
        exchange.principal = credential.principal
        return credential

    async def perform(self, exchange: Exchange) -> Response:
        """Find the operation, look its bucket up, authorise, run, and serialise the answer."""
        if isinstance(exchange.route, _Unverified):
            raise await self._refusal(exchange.route, exchange.request)
        operation, request = self._asked(exchange, cast(Route, exchange.route))
        call = self._call(exchange, request)
        try:
            answer = await self._run(call, operation)
        except CloudError as error:
            error.headers.update(self._shared(call))
            raise
        finally:
            # A form names its signer in its body.
            exchange.principal = call.principal
            exchange.logged = not call.has_bucket or is_logged(call.settings)
        response = self._answer(exchange, operation, answer)
        response.headers += self._shared(call)
        return response

    def _asked(self, exchange: Exchange, route: Route) -> tuple[Operation, Request]:
        """Return the operation that is asked for, and the request as the operation reads it."""
        operation = find_operation(exchange.request, level_of(route))
        exchange.operation = operation.name
        return operation, exchange.request

    def _shared(self, call: Call) -> list[tuple[str, str]]:
        """Return the headers that answers and refusals have alike: who may see them, and who paid."""
        if not call.has_bucket or call.request.method == "OPTIONS":
            return []
        headers = cors_headers(call.settings, call.request.method, call.request.headers)
        return headers + charged_headers(call)

    async def _refusal(self, unverified: _Unverified, request: Request) -> CloudError:
        """Return the refusal of a page's script, with the headers that let it see why."""
        bucket = await self._cloud.objects.bucket(unverified.route.bucket)
        if bucket is not None:
            shared = cors_headers(settings_of(bucket), request.method, request.headers)
            unverified.error.headers.update(shared)
        return unverified.error

    def _call(self, exchange: Exchange, request: Request) -> Call:
        route = cast(Route, exchange.route)
        return Call(
            self._cloud,
            request,
            route,
            exchange.principal,
            exchange.claim,
            region=self._region(route, exchange.claim),
            request_id=exchange.request_id,
            now=exchange.started,
        )

    async def _run(self, call: Call, operation: Operation) -> Answer:
        """Look the bucket up, authorise, and run the operation. Raises CloudError."""
        if call.route.bucket and operation.needs_bucket:
            call.use_bucket(await self._bucket(call))
        return await serve_website(call, operation, _operate)

    async def _bucket(self, call: Call) -> Bucket:
        route = call.route
        bucket = await self._cloud.objects.bucket(route.bucket)
        if bucket is None:
            check_bucket_name(route.bucket)
            raise no_such_bucket(route.bucket)
        if route.region and bucket.region != route.region:
            raise other_endpoint(bucket)
        if call.claim is not None and call.claim.region:
            self._check_region(call, call.claim, bucket)
        return bucket

    def _check_region(self, call: Call, claim: Claim, bucket: Bucket) -> None:
        """Refuse a signature for another region than the bucket's."""
        if call.region != bucket.region:
            raise wrong_region()

    def _region(self, route: Route, claim: Claim | None) -> str:
        """Return the region a call is in: the endpoint's, else the one signed for, else the default.

        Raises CloudError when the signature is for a region that is not the endpoint's or does not exist.
        """
        signed = claim.region.removeprefix("oss-") if claim is not None else ""
        if signed and (signed not in REGIONS or (route.region and signed != route.region)):
            raise wrong_region()
        return route.region or signed or self._cloud.default_region

    def _answer(self, exchange: Exchange, operation: Operation, answer: Answer) -> Response:
        if not isinstance(answer, Response):
            body = b"" if answer is None else to_xml(answer, type(answer).__name__)
            answer = Response(200, [_XML] if body else [], body)
        return self._signed_off(exchange, answer)

    def _signed_off(self, exchange: Exchange, response: Response) -> Response:
        response.headers += (("Server", "AliyunOSS"), ("x-oss-request-id", exchange.request_id))
        return response

    def refuse(self, exchange: Exchange, error: CloudError) -> Response:
        """Serialise a refusal as OSS does: XML, in a header for HEAD."""
        headers = list(error.headers.items())
        if error.ec:
            headers.append(("x-oss-ec", error.ec))
        if error.status == 304:
            return self._signed_off(exchange, Response(304, headers))
        body = _error_document(exchange.request, exchange.request_id, error)
        headers.append(_XML)
        if exchange.request.method == "HEAD":
            headers.append(("x-oss-err", base64.b64encode(body).decode()))
        return self._signed_off(exchange, Response(error.status, headers, body))


class _Unverified(NamedTuple):
    """Stands in the place of a route when the signature does not hold, so that nothing can be performed."""

    route: Route
    error: CloudError


async def _operate(call: Call, operation: Operation) -> Answer:
    """Authorise the call and run the operation. Raises CloudError."""
    if call.has_bucket:
        check_tls(call)
        if operation.name not in ("OptionObject", "PostObject"):
            check_referer(call)
    if permission := operation.permission_for(call.query):
        await authorise(call, permission)
    return await operation.handler(call)


def level_of(route: Route) -> Level:
    """Return what a request is about: an object, a bucket, or the service itself."""
    return "object" if route.key else "bucket" if route.bucket else "service"


def _error_document(request: Request, request_id: str, error: CloudError) -> bytes:
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": request.host,
        **error.details,
    }
    if error.ec:
        fields["EC"] = error.ec
        fields["RecommendDoc"] = f"https://api.aliyun.com/troubleshoot?q={error.ec}"
    inner = "".join(f"  <{name}>{escape(value)}</{name}>\n" for name, value in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n{inner}</Error>\n'
    return text.encode("utf-8", "surrogatepass")
