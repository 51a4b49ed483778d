"""The door of all RPC and ROA products: from an exchange of the chain to a call of an action, and back."""

from __future__ import annotations

import asyncio
import hmac
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import msgspec

from yunbox.api import client_tokens, vendor_facts
from yunbox.api.answers import Format, answered, body_of, content_type, refused
from yunbox.api.call import Call, Cloud, quoted
from yunbox.api.errors import (
    dry_run,
    invalid_parameter,
    missing_action,
    missing_parameter,
    unknown_action,
    unknown_version,
    unsupported_parameter,
)
from yunbox.api.parameters import OWNERSHIP, PROTOCOL, SHARED, collect, read
from yunbox.api.product import Action, Catalogue, Product
from yunbox.api.shapes import Answer, Request
from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Request as HttpRequest
from yunbox.gateway.http.message import Response, parse_query
from yunbox.gateway.signatures.api_scheme import ApiClaim, SignedRequest, read_api_claim
from yunbox.gateway.signatures.nonces import Nonces

MAX_BODY = 4 * 1024 * 1024

_FORM = "application/x-www-form-urlencoded"
_HOST = re.compile(
    r"(?P<label>[a-z0-9-]+?)(?:-(?:vpc|inner|internal))?(?:\.(?P<region>[a-z0-9-]+))?\.aliyuncs\.com"
)
_RPC_QUERY = re.compile(r"(?:^|&)(?:Action|Version|AccessKeyId|SignatureNonce)=")


class Routed(msgspec.Struct):
    """What the address of a request says: the first label of a vendor's name, and its region, or nothing."""

    label: str = ""
    region: str = ""
    vendor: bool = False


class Asked(msgspec.Struct):
    """A request whose signature was read: which action, with which parameters.

    Their values are texts, but for those of a JSON body.
    """

    parameters: dict[str, Any]
    action: str
    version: str
    format: Format
    routed: Routed


class ApiDoor:
    """Speaks RPC and ROA."""

    def __init__(self, catalogue: Catalogue, cloud: Cloud, nonces: Path) -> None:
        self._catalogue = catalogue
        self._cloud = cloud
        self._nonces = Nonces(nonces)
        self._writer = ThreadPoolExecutor(1, "api-write")

    def close(self) -> None:
        """Let the action under way finish."""
        self._writer.shutdown()

    def find_route(self, exchange: Exchange) -> bool:
        """Take what is addressed to a product's endpoint, or is formed as only these APIs' requests are."""
        routed = self._routed(exchange.request)
        if routed is None:
            return False
        exchange.route = routed
        exchange.product = "api"
        return True

    def _routed(self, request: HttpRequest) -> Routed | None:
        host = request.host
        if ".aliyuncs.com" in host:
            return self._at_vendor(host.partition(":")[0])
        headers = request.headers
        if "x-acs-action" in headers or headers.get("authorization")[:4] in ("ACS3", "acs "):
            return Routed()
        if request.target not in ("/", ""):
            return None
        if request.raw_query and _RPC_QUERY.search(request.raw_query):
            return Routed()
        if request.method == "POST" and headers.get("content-type").startswith(_FORM):
            return Routed()
        return None

    def _at_vendor(self, name: str) -> Routed | None:
        match = _HOST.fullmatch(name)
        if match is None:
            return None
        label, region = match["label"], match["region"] or ""
        if not self._catalogue.at_host(label):
            # Such as `ecs-cn-hangzhou.aliyuncs.com`, and `location-readonly.aliyuncs.com`.
            label, _, rest = label.partition("-")
            region = region or (rest if rest in REGIONS else "")
            if not self._catalogue.at_host(label):
                return None
        return Routed(label, region if region in REGIONS else "", vendor=True)

    async def authenticate(self, exchange: Exchange) -> None:
        """Read the body and verify the signature. Raises CloudError."""
        request, routed = exchange.request, cast(Routed, exchange.route)
        body = await request.body.read(MAX_BODY)
        form = []
        if body and request.headers.get("content-type").startswith(_FORM):
            form = parse_query(body.decode("utf-8", "surrogateescape"), limit=4000)
        parameters = collect([*request.query_pairs, *form])
        headers = request.headers
        if body and headers.get("content-type").startswith("application/json"):
            parameters = _from_json(body) | parameters
        asked = Asked(
            parameters,
            action=headers.get("x-acs-action") or parameters.get("Action", ""),
            version=headers.get("x-acs-version") or parameters.get("Version", ""),
            format="JSON",
            routed=routed,
        )
        exchange.route = asked
        signed = SignedRequest(request, body, form)
        found = read_api_claim(signed)
        if found is None:
            raise missing_parameter("AccessKeyId")
        scheme, claim = found
        if claim.scheme == "rpc_v1":
            asked.format = _format(parameters.get("Format", "XML"))
        credential = self._cloud.directory.find_credential(claim.access_key_id)
        if credential is None:
            raise CloudError("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.")
        scheme.check(claim, signed, credential.secret, exchange.started)
        if not credential.active:
            raise CloudError("InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled.")
        _check_token(claim, credential.security_token, credential.expires, exchange.started)
        self._use_nonce(claim, exchange.started)
        exchange.principal = credential.principal

    def _use_nonce(self, claim: ApiClaim, now: float) -> None:
        if claim.nonce and not self._nonces.use(
            claim.access_key_id, claim.nonce, claim.signed_at, claim.valid_seconds, now
        ):
            raise CloudError(
                "SignatureNonceUsed",
                400,
                "Specified signature nonce was used already: sign each request anew.",
            )

    async def perform(self, exchange: Exchange) -> Response:
        """Find the action, authorise, run it, serialise its answer."""
        asked = cast(Asked, exchange.route)
        product, action = self._action(asked, exchange)
        exchange.product, exchange.operation = product.code.lower(), action.name
        call = Call(
            self._cloud,
            product,
            action.name,
            exchange.principal,
            region=self._region(asked, product),
            request_id=exchange.request_id,
            now=exchange.started,
            peer=exchange.request.peer,
            secure=exchange.request.scheme == "https",
            endpoint=exchange.request.host,
            vendor=asked.routed.vendor,
        )
        unknown: set[str] = set()
        request = read(action.request, asked.parameters, unknown)
        if unknown:
            _check_known(product, action, unknown)
        if action.on:
            _authorise(call, action, request)
        body = await self._run(call, action, request, asked.parameters)
        content = answered(body, action.name, exchange.request_id, asked.format)
        return Response(200, [content_type(asked.format), *_signed_off(exchange)], content)

    def _action(self, asked: Asked, exchange: Exchange) -> tuple[Product, Action]:
        request = exchange.request
        if request.target not in ("/", ""):
            at_path = self._catalogue.at_path(request.method, request.path, asked.version)
            if at_path is None:
                raise unknown_action()
            asked.parameters |= at_path[2]
            return at_path[0], at_path[1]
        if not asked.action:
            raise missing_parameter("Action")
        if not asked.version:
            raise missing_parameter("Version")
        product = self._catalogue.find(asked.version, asked.action, asked.routed.label)
        if product is None:
            raise unknown_version(asked.version[:32])
        action = product.actions.get(asked.action)
        if action is not None:
            return product, action
        if asked.action in vendor_facts.actions_of(product.package):
            exchange.product, exchange.operation = product.code.lower(), asked.action
            raise missing_action(asked.action, product.code)
        raise unknown_action()

    def _region(self, asked: Asked, product: Product) -> str:
        region = (
            str(asked.parameters.get("RegionId") or "") or asked.routed.region or self._cloud.default_region
        )
        if region not in REGIONS and product.regional:
            raise CloudError(
                "InvalidRegionId.NotFound", 404, "The specified RegionId does not exist: check its spelling."
            )
        return region

    async def _run(self, call: Call, action: Action, request: Request, parameters: dict[str, Any]) -> bytes:
        """Run the action as its access asks for; return its answer as JSON without the request id."""
        dry = str(parameters.get("DryRun", "")).lower() == "true"
        if dry and action.access == "own":
            raise invalid_parameter("DryRun", f"{action.name} has no dry run")
        if action.access == "own":
            answer = (
                await action.function(request, call) if action.is_async else action.function(request, call)
            )
            return body_of(cast(Answer, answer))
        if action.access == "read":
            with self._cloud.store.read() as view:
                call.use(view)
                body = body_of(cast(Answer, action.function(request, call)))
            if dry:
                raise dry_run(call.product.dry_run_status)
            return body
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._write, call, action, request, parameters, dry)

    def _write(
        self, call: Call, action: Action, request: Request, parameters: dict[str, Any], dry: bool
    ) -> bytes:
        with self._cloud.store.write() as change:
            call.use(change)
            if (before := client_tokens.find_answer(call, parameters)) is not None:
                return before
            body = body_of(cast(Answer, action.function(request, call)))
            if dry:
                raise dry_run(call.product.dry_run_status)
            client_tokens.remember(call, parameters, body)
        return body

    def refuse(self, exchange: Exchange, error: CloudError) -> Response:
        """Serialise a refusal as these APIs do."""
        format_: Format = exchange.route.format if isinstance(exchange.route, Asked) else "JSON"
        body = refused(error, exchange.request_id, exchange.request.host, format_)
        headers = [content_type(format_), *_signed_off(exchange), *error.headers.items()]
        return Response(error.status, headers, body)


def _from_json(body: bytes) -> dict[str, Any]:
    """Return the parameters that a JSON body holds. Raises CloudError for one that is no object."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CloudError("InvalidJSON", 400, "The body is not a JSON object.") from None


def _format(text: str) -> Format:
    if text.upper() == "JSON":
        return "JSON"
    if text.upper() == "XML":
        return "XML"
    raise invalid_parameter("Format", "JSON or XML is expected")


def _signed_off(exchange: Exchange) -> list[tuple[str, str]]:
    return [("x-acs-request-id", exchange.request_id)]


def _check_token(claim: ApiClaim, known: str, expires: float, now: float) -> None:
    """Return when the session of a credential is the one claimed and still runs. Raises CloudError."""
    sent = claim.security_token
    if not known and not sent:
        return
    if not sent or not known or not hmac.compare_digest(sent.encode(errors="replace"), known.encode()):
        raise CloudError(
            "InvalidSecurityToken.Malformed", 403, "The security token is not the session's own."
        )
    if expires and now >= expires:
        raise CloudError("InvalidSecurityToken.Expired", 403, "The security token has expired.")


def _check_known(product: Product, action: Action, unknown: set[str]) -> None:
    """Refuse, by name, a parameter that the vendor has for the action and yunbox has not.

    Others that nobody knows are passed over, as the vendor does.
    """
    for name in sorted(unknown - SHARED - PROTOCOL - OWNERSHIP - action.request.accepted.keys()):
        documented = vendor_facts.actions_of(product.package).get(action.name, frozenset())
        if name in documented or f"{name}.N" in documented or name in vendor_facts.top_level(documented):
            raise unsupported_parameter(name[:64], action.name)


def _authorise(call: Call, action: Action, request: Request) -> None:
    """Ask the policies about every resource that the action's template names. Raises CloudError."""
    if call.principal.kind == "root":
        return
    if not action.names:
        call.authorise(action.on, action.permission)
        return
    values: list[list[str]] = []
    for name in action.names:
        value = getattr(request, name)
        each = value if isinstance(value, list) else [value]
        values.append([quoted(str(one)) for one in each if one] or ["*"])
    longest = max(len(each) for each in values)
    for index in range(longest):
        chosen = {name: each[index % len(each)] for name, each in zip(action.names, values, strict=True)}
        call.authorise(action.on.format(**chosen), action.permission)
