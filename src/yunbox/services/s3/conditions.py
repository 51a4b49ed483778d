"""Conditions on writes, and parts of requests that must not be passed over."""

from __future__ import annotations

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Headers, Request
from yunbox.services.s3.checksums import HEADERS
from yunbox.services.s3.vocabulary import asked


def if_absent(request: Request) -> Request:
    """Turn `If-None-Match: *` of a write into OSS's word for it. Other conditions are NotImplemented."""
    headers = request.headers
    if "if-match" in headers:
        raise not_implemented("the condition If-Match of writes")
    if request.method == "POST":
        _refuse_whole_checksum(headers)
    if "if-none-match" not in headers:
        return request
    if headers.get("if-none-match").strip() != "*":
        raise not_implemented("a condition If-None-Match of writes other than *")
    fields = [(name, value) for name, value in headers if name != "if-none-match"]
    return asked(request, headers=Headers([*fields, ("x-oss-forbid-overwrite", "true")]))


def _refuse_whole_checksum(headers: Headers) -> None:
    for name in HEADERS:
        if name in headers:
            raise not_implemented(f"the request header {name} of CompleteMultipartUpload")


def unconditional(request: Request) -> Request:
    """Refuse what this door cannot honour: conditional deletions and aborts, reads of single parts."""
    if request.method in ("GET", "HEAD"):
        if request.raw_query and "partNumber" in request.query:
            raise not_implemented("the query parameter partNumber of reads")
    elif "if-match" in request.headers or "if-none-match" in request.headers:
        raise not_implemented("a condition on this action")
    return request
