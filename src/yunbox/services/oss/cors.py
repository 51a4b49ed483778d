"""Cross-origin rules of a bucket: which pages' scripts may send which requests.

Source: OSS documentation, `PutBucketCors` and `OptionObject`: rules are tried in order, and the first that
fits the origin, the method and the headers decides.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers, Response
from yunbox.gateway.protocols.xml import Document, malformed_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

MAX_RULES = 20
MAX_AGE = 999_999_999
_METHODS = ("GET", "PUT", "DELETE", "POST", "HEAD")
_NAME = "cors"


class CORSRule(Document):
    """One rule. Origins and headers may hold one `*` each."""

    allowed_origin: list[str]
    allowed_method: list[str]
    allowed_header: list[str] = []
    expose_header: list[str] = []
    max_age_seconds: int | None = None


class CORSConfiguration(Document):
    """The rules. With `response_vary` every answer says that it depends on the origin."""

    cors_rule: list[CORSRule] = msgspec.field(name="CORSRule")
    response_vary: bool = False


def _check_rule(rule: CORSRule) -> None:
    if not rule.allowed_origin or not rule.allowed_method:
        raise malformed_xml("a CORSRule needs at least one AllowedOrigin and one AllowedMethod")
    for method in rule.allowed_method:
        if method not in _METHODS:
            raise invalid_argument("The AllowedMethod is not supported.", "AllowedMethod", method)
    named = (("AllowedOrigin", rule.allowed_origin), ("AllowedHeader", rule.allowed_header))
    for name, values in named:
        for value in values:
            if not value or value.count("*") > 1:
                raise invalid_argument(f"An {name} must not be empty nor hold more than one *.", name, value)
    for value in rule.expose_header:
        if not value or "*" in value:
            raise invalid_argument("An ExposeHeader must not be empty nor hold *.", "ExposeHeader", value)
    age = rule.max_age_seconds
    if age is not None and not 0 <= age <= MAX_AGE:
        raise invalid_argument(f"MaxAgeSeconds is 0 to {MAX_AGE}.", "MaxAgeSeconds", str(age))
    for value in (*rule.allowed_origin, *rule.allowed_header, *rule.expose_header):
        if not value.isprintable() or not value.isascii():
            raise invalid_argument("Origins and headers are printable ASCII.", "CORSRule", value)


@operation("PutBucketCors", "PUT", "bucket", "cors")
async def put_bucket_cors(call: Call) -> Response:
    """Set the rules."""
    wanted = await read_document(call, CORSConfiguration)
    if not 1 <= len(wanted.cors_rule) <= MAX_RULES:
        raise invalid_argument(f"A bucket has 1 to {MAX_RULES} CORS rules.", "CORSRule")
    for rule in wanted.cors_rule:
        _check_rule(rule)
    await keep(call, _NAME, wanted)
    return Response(200)


def rules_of(settings: BucketSettings) -> CORSConfiguration | None:
    """Return a bucket's rules, or None."""
    if _NAME not in settings.configurations:
        return None
    return settings.configuration(_NAME, CORSConfiguration)


@operation("GetBucketCors", "GET", "bucket", "cors")
async def get_bucket_cors(call: Call) -> CORSConfiguration:
    """Return the rules."""
    stored = rules_of(call.settings)
    if stored is None:
        raise CloudError(
            "NoSuchCORSConfiguration",
            404,
            "The CORS Configuration does not exist.",
            details={"BucketName": call.bucket.name},
        )
    return stored


@operation("DeleteBucketCors", "DELETE", "bucket", "cors")
async def delete_bucket_cors(call: Call) -> Response:
    """Remove the rules."""
    await keep(call, _NAME, None)
    return gone()


@operation("OptionObject", "OPTIONS", "object", permission="")
@operation("OptionObject", "OPTIONS", "bucket", permission="")
async def option_object(call: Call) -> Response:
    """Answer a browser that asks before it sends a request. Needs no signature: browsers cannot make one."""
    headers = call.request.headers
    stored = rules_of(call.settings)
    if stored is None:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.")
    origin, method = headers.get("origin"), headers.get("access-control-request-method")
    if not origin or not method:
        raise _forbidden("CORSResponse: The request has no Origin or no Access-Control-Request-Method.")
    asked = [
        each.strip() for each in headers.get("access-control-request-headers").split(",") if each.strip()
    ]
    rule = matching_rule(stored, origin, method, asked)
    if rule is None:
        raise _forbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, "
            "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
            "whitelisted by the resource's CORS spec."
        )
    answer = _granted(rule, origin)
    if asked:
        answer.append(("Access-Control-Allow-Headers", ", ".join(asked)))
    return Response(200, answer + _vary(stored))


def _forbidden(message: str) -> CloudError:
    return CloudError("AccessForbidden", 403, message)


def cors_headers(settings: BucketSettings, method: str, headers: Headers) -> list[tuple[str, str]]:
    """Return the headers that let a page's script see the answer to its request."""
    stored = rules_of(settings)
    if stored is None:
        return []
    origin = headers.get("origin")
    rule = matching_rule(stored, origin, method, []) if origin else None
    return ([] if rule is None else _granted(rule, origin)) + _vary(stored)


def _vary(rules: CORSConfiguration) -> list[tuple[str, str]]:
    return [("Vary", "Origin")] if rules.response_vary else []


def _granted(rule: CORSRule, origin: str) -> list[tuple[str, str]]:
    anybody = "*" in rule.allowed_origin
    granted = [
        ("Access-Control-Allow-Origin", "*" if anybody else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule.allowed_method)),
    ]
    if rule.expose_header:
        granted.append(("Access-Control-Expose-Headers", ", ".join(rule.expose_header)))
    if rule.max_age_seconds is not None:
        granted.append(("Access-Control-Max-Age", str(rule.max_age_seconds)))
    return granted


def matching_rule(rules: CORSConfiguration, origin: str, method: str, headers: list[str]) -> CORSRule | None:
    """Return the first rule that allows the origin to send a request of the method with these headers."""
    for rule in rules.cors_rule:
        if method.upper() in rule.allowed_method and _any_fits(rule.allowed_origin, origin):
            allowed = [each.lower() for each in rule.allowed_header]
            if all(_any_fits(allowed, header.lower()) for header in headers):
                return rule
    return None


def _any_fits(patterns: list[str], text: str) -> bool:
    return any(_pattern(each).matches(text) for each in patterns)


class _OneStar:
    """A pattern in which only `*` is special: a `?` is itself."""

    def __init__(self, text: str) -> None:
        self._head, self._star, self._tail = text.partition("*")

    def matches(self, text: str) -> bool:
        if not self._star:
            return text == self._head
        long_enough = len(text) >= len(self._head) + len(self._tail)
        return long_enough and text.startswith(self._head) and text.endswith(self._tail)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> _OneStar:
    return _OneStar(text)
