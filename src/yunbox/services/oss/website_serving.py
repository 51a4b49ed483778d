"""What a bucket with static website hosting answers to GET and HEAD.

Index and error pages are for visitors: anonymous requests. A signed request for a folder that is not there
gets its page too; everything else signed is answered as the API says. Redirects are for all. The order:
rules without an error code, the object, rules with the error's code, the page of the folder, the error page
(source: OSS documentation, `PutBucketWebsite`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec

from yunbox.engines.objects.interface import Entry
from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.services.oss.access import require
from yunbox.services.oss.call import Call
from yunbox.services.oss.model import attributes_of
from yunbox.services.oss.object import find_entry
from yunbox.services.oss.object_headers import returned_headers
from yunbox.services.oss.operation import OPERATIONS, Answer, Operation
from yunbox.services.oss.website import website_of
from yunbox.services.oss.website_documents import (
    Condition,
    IncludeHeader,
    Redirect,
    WebsiteConfiguration,
)

Perform = Callable[[Call, Operation], Awaitable[Answer]]
"""Authorises a call and runs the operation."""

_OBJECTS = ("GetObject", "HeadObject")
_LISTING = frozenset({"prefix", "marker", "delimiter", "max-keys", "encoding-type", "list-type"})


async def serve_website(call: Call, operation: Operation, perform: Perform) -> Answer:
    """Answer a call as the website says, where there is one; else as the API says. Raises CloudError."""
    website = _site(call, operation)
    if website is None:
        return await perform(call, operation)
    return await _Visit(call, _object_operation(call, operation), website, perform).answer()


def _site(call: Call, operation: Operation) -> WebsiteConfiguration | None:
    """Return the website that this call visits, or None."""
    if operation.name in _OBJECTS:
        visits = "versionId" not in call.query
    elif operation.name == "ListObjects":
        visits = call.principal.kind == "anonymous" and not _LISTING & call.query.keys()
    else:
        return None
    return website_of(call.settings) if visits and call.has_bucket else None


def _object_operation(call: Call, operation: Operation) -> Operation:
    if operation.name in _OBJECTS:
        return operation
    return OPERATIONS["HeadObject" if call.request.method == "HEAD" else "GetObject"]


class _Visit:
    """One request to a website."""

    def __init__(
        self, call: Call, operation: Operation, website: WebsiteConfiguration, perform: Perform
    ) -> None:
        self._call = call
        self._operation = operation
        self._perform = perform
        self._website = website
        self._visitor = call.principal.kind == "anonymous"

    async def answer(self) -> Answer:
        """Return what the visit gets. Raises CloudError."""
        key = self._call.key
        redirect = self._rule(key, None)
        if redirect is not None:
            return await self._follow(redirect, key)
        target = self._page(key) if self._visitor else key
        try:
            return await self._object(target)
        except CloudError as error:
            return await self._instead(key, error)

    def _page(self, key: str) -> str:
        """Return the page of the folder that `key` names; any other key is itself."""
        index = self._website.index_document
        if index is None or (key and not key.endswith("/")):
            return key
        return key + index.suffix if index.support_sub_dir else index.suffix

    async def _instead(self, key: str, error: CloudError) -> Answer:
        """Return what is shown in place of an error. Raises the error itself when nothing is."""
        redirect = self._rule(key, error.status)
        if redirect is not None:
            return await self._follow(redirect, key)
        if error.code != "NoSuchKey":
            raise error
        if not self._visitor and key.endswith("/") and (page := self._page(key)) != key:
            return await self._object(page)
        shown = await self._folder(key)
        if shown is None and self._visitor:
            shown = await self._error_page()
        if shown is None:
            raise error
        return shown

    async def _folder(self, key: str) -> Answer:
        """Return what a missing `abc` becomes when `abc/` has a page, or None."""
        index = self._website.index_document
        if index is None or not index.support_sub_dir or index.type == 1 or not key or key.endswith("/"):
            return None
        page = f"{key}/{index.suffix}"
        if await self._find(page) is None:
            return None
        if index.type == 2:
            return await self._object(page)
        return Response(302, [("Location", f"{self._base()}/{quote(key)}/")])

    async def _error_page(self) -> Response | None:
        """Return the error page, or None when there is none or the visitor may not see it."""
        document = self._website.error_document
        if document is None or (entry := await self._find(document.key)) is None:
            return None
        headers = returned_headers(entry, attributes_of(entry), self._call.now)
        status = document.http_status or 404
        if self._call.request.method == "HEAD":
            return Response(status, headers, length=entry.size)
        return Response(status, headers, await self._call.objects.read(entry, 0, entry.size))

    async def _find(self, key: str) -> Entry | None:
        """Return an object that is there and that the visitor may see, or None."""
        call = self._at(key)
        try:
            await require(call, "oss:GetObject", call.bucket, call.bucket.name, key)
            return (await find_entry(call))[0]
        except CloudError:
            return None

    async def _object(self, key: str) -> Answer:
        if not key:
            # No index page: the API's own answer to the bucket's address is a listing.
            return await self._perform(self._call, OPERATIONS["ListObjects"])
        return await self._perform(self._at(key), self._operation)

    def _at(self, key: str) -> Call:
        call = self._call
        if key == call.key:
            return call
        route = msgspec.structs.replace(call.route, key=key)
        made = Call(
            call.cloud,
            call.request,
            route,
            call.principal,
            call.claim,
            region=call.region,
            request_id=call.request_id,
            now=call.now,
        )
        made.use_bucket(call.bucket)
        return made

    def _rule(self, key: str, status: int | None) -> tuple[Condition, Redirect] | None:
        """Return the first rule for the key and the error's status (None: before there is any)."""
        rules = self._website.routing_rules.routing_rule if self._website.routing_rules else []
        for rule in sorted(rules, key=lambda each: each.rule_number):
            condition = rule.condition
            if condition.http_error_code_returned_equals == status and self._holds(condition, key):
                return (condition, rule.redirect) if rule.redirect is not None else None
        return None

    def _holds(self, condition: Condition, key: str) -> bool:
        return (
            key.startswith(condition.key_prefix_equals or "")
            and key.endswith(condition.key_suffix_equals or "")
            and all(self._has(header) for header in condition.include_header)
        )

    def _has(self, wanted: IncludeHeader) -> bool:
        headers, name = self._call.request.headers, wanted.key.lower()
        if name not in headers:
            return False
        value = headers.get(name)
        return (
            (wanted.equals is None or value == wanted.equals)
            and value.startswith(wanted.starts_with or "")
            and value.endswith(wanted.ends_with or "")
        )

    async def _follow(self, rule: tuple[Condition, Redirect], key: str) -> Answer:
        condition, redirect = rule
        if redirect.redirect_type == "Mirror":
            raise not_implemented("fetching from the origin of a routing rule (RedirectType Mirror)")
        target = _replaced(condition, redirect, key)
        if redirect.redirect_type == "Internal":
            return await self._object(target)
        return Response(redirect.http_redirect_code or 302, [("Location", self._location(redirect, target))])

    def _location(self, redirect: Redirect, key: str) -> str:
        request = self._call.request
        scheme = redirect.protocol or request.scheme
        base = "" if redirect.host_name else self._base()
        query = f"?{request.raw_query}" if redirect.pass_query_string and request.raw_query else ""
        return f"{scheme}://{redirect.host_name or request.host}{base}/{quote(key)}{query}"

    def _base(self) -> str:
        """Return what stands before the key in the request's path: the bucket, where the path names it."""
        bucket, key = self._call.bucket.name, self._call.key
        return f"/{bucket}" if self._call.request.path in (f"/{bucket}/{key}", f"/{bucket}") else ""


def _replaced(condition: Condition, redirect: Redirect, key: str) -> str:
    """Return the key that a redirect leads to."""
    if redirect.replace_key_with is not None:
        return redirect.replace_key_with.replace("${key}", key)
    prefix, replaces = redirect.replace_key_prefix_with, redirect.enable_replace_prefix
    if replaces or (prefix is not None and replaces is None):
        return (prefix or "") + key.removeprefix(condition.key_prefix_equals or "")
    return key
