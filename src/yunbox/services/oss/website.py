"""Static website hosting: a bucket's index page, error page and redirects. `website_serving` gives it effect.

Source: OSS documentation, `PutBucketWebsite`; element names: oss2 and alibabacloud-oss-v2.
"""

from __future__ import annotations

import re

from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import malformed_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation
from yunbox.services.oss.website_documents import (
    Condition,
    MirrorHeaders,
    Redirect,
    RoutingRule,
    WebsiteConfiguration,
)

MAX_RULES = 20
_NAME = "website"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,1024}", re.ASCII)
_REPLACING = ("replace_key_with", "replace_key_prefix_with")
_NOT_MIRRORED = (
    "rules of the type Mirror are kept; a request that would fetch from the origin is refused by name"
)


def website_of(settings: BucketSettings) -> WebsiteConfiguration | None:
    """Return how a bucket serves a website, or None."""
    if _NAME not in settings.configurations:
        return None
    return settings.configuration(_NAME, WebsiteConfiguration)


@operation("PutBucketWebsite", "PUT", "bucket", "website", partial=_NOT_MIRRORED)
async def put_bucket_website(call: Call) -> Response:
    """Set the pages and the rules."""
    wanted = await read_document(call, WebsiteConfiguration)
    _check_pages(wanted)
    rules = wanted.routing_rules.routing_rule if wanted.routing_rules is not None else []
    if len(rules) > MAX_RULES:
        raise invalid_argument(f"A website has at most {MAX_RULES} routing rules.", "RoutingRules")
    if len({rule.rule_number for rule in rules}) != len(rules):
        raise invalid_argument("A RuleNumber must not come twice.", "RuleNumber")
    for rule in rules:
        _check_rule(rule)
    await keep(call, _NAME, wanted)
    return Response(200)


def _check_pages(wanted: WebsiteConfiguration) -> None:
    index, error = wanted.index_document, wanted.error_document
    if index is None and error is None and wanted.routing_rules is None:
        raise malformed_xml("one of IndexDocument, ErrorDocument and RoutingRules is needed")
    if index is not None:
        if not index.suffix or "/" in index.suffix:
            raise invalid_argument("The suffix of the index document must be a name.", "Suffix", index.suffix)
        if index.type not in (None, 0, 1, 2):
            raise invalid_argument("The type of the index document is 0, 1 or 2.", "Type", str(index.type))
    if error is not None:
        if not error.key or error.key[0] in "/\\":
            raise invalid_argument("The key of the error document must be a name.", "Key", error.key)
        if error.http_status is not None and error.http_status not in (200, 404):
            raise invalid_argument("HttpStatus is 200 or 404.", "HttpStatus", str(error.http_status))


def _check_rule(rule: RoutingRule) -> None:
    if rule.rule_number < 1:
        raise invalid_argument("A RuleNumber is positive.", "RuleNumber", str(rule.rule_number))
    if rule.lua_config is not None and rule.lua_config.script:
        raise not_implemented("LuaConfig of a routing rule")
    if rule.redirect is None:
        raise malformed_xml("a RoutingRule needs a Redirect")
    _check_condition(rule.condition)
    if rule.redirect.redirect_type == "Mirror":
        _check_mirror(rule.condition, rule.redirect)
    else:
        _check_redirect(rule.condition, rule.redirect)


def _check_condition(condition: Condition) -> None:
    if len(condition.include_header) > 10:
        raise invalid_argument("A condition has at most 10 headers.", "IncludeHeader")
    for header in condition.include_header:
        if not _HEADER.fullmatch(header.key):
            raise invalid_argument("The key of a header is not valid.", "Key", header.key)
    code = condition.http_error_code_returned_equals
    if code is not None and not 400 <= code <= 599:
        raise invalid_argument("An error code is 400 to 599.", "HttpErrorCodeReturnedEquals", str(code))


def _check_redirect(condition: Condition, redirect: Redirect) -> None:
    if redirect.protocol not in (None, "http", "https"):
        raise invalid_argument("The protocol is http or https.", "Protocol", redirect.protocol or "")
    if redirect.host_name is not None and not _HOST.fullmatch(redirect.host_name):
        raise invalid_argument("The host name is not valid.", "HostName", redirect.host_name)
    code = redirect.http_redirect_code
    if code is not None and code not in (301, 302, 303, 307, 308):
        raise invalid_argument(
            "The redirect code is 301, 302, 303, 307 or 308.", "HttpRedirectCode", str(code)
        )
    if all(getattr(redirect, name) is not None for name in _REPLACING):
        raise invalid_argument(
            "ReplaceKeyWith and ReplaceKeyPrefixWith exclude each other.", "ReplaceKeyPrefixWith"
        )
    if redirect.replace_key_prefix_with is not None and condition.key_prefix_equals is None:
        raise invalid_argument("ReplaceKeyPrefixWith needs a KeyPrefixEquals.", "ReplaceKeyPrefixWith")


def _check_mirror(condition: Condition, redirect: Redirect) -> None:
    if condition.http_error_code_returned_equals != 404:
        raise invalid_argument("A mirror rule is for the error code 404.", "HttpErrorCodeReturnedEquals")
    url = redirect.mirror_url or ""
    if not url.startswith(("http://", "https://")) or not url.endswith("/"):
        raise invalid_argument("MirrorURL begins with http:// or https:// and ends with /.", "MirrorURL", url)
    # OSS answers with the one in the place of the other.
    redirect.pass_query_string = redirect.mirror_pass_query_string
    headers = redirect.mirror_headers or MirrorHeaders()
    for name, many in (("Pass", headers.pass_), ("Remove", headers.remove), ("Set", headers.set)):
        if len(many) > 10:
            raise invalid_argument(f"MirrorHeaders has at most 10 {name}.", name)


@operation("GetBucketWebsite", "GET", "bucket", "website")
async def get_bucket_website(call: Call) -> WebsiteConfiguration:
    """Return the pages and the rules."""
    stored = website_of(call.settings)
    if stored is None:
        raise CloudError(
            "NoSuchWebsiteConfiguration",
            404,
            "The specified bucket does not have a website configuration.",
            details={"BucketName": call.bucket.name},
        )
    return stored


@operation("DeleteBucketWebsite", "DELETE", "bucket", "website")
async def delete_bucket_website(call: Call) -> Response:
    """Serve no website any more."""
    await keep(call, _NAME, None)
    return gone()
