"""Conditional requests."""

from __future__ import annotations

from yunbox.engines.objects.interface import Check, Entry
from yunbox.errors import CloudError
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import not_modified, precondition_failed
from yunbox.services.oss.object_headers import http_date, parse_http_date


def check_conditions(call: Call, entry: Entry, prefix: str = "") -> None:
    """Evaluate If-Match and its kin against a version (`prefix` as in `x-oss-copy-source-if-match`).

    Raises CloudError: PreconditionFailed, or NotModified for the two that let a client keep its copy.
    """
    headers = call.request.headers
    if (wanted := headers.get(f"{prefix}if-match")) and not _matches(wanted, entry.etag):
        raise precondition_failed("If-Match")
    if text := headers.get(f"{prefix}if-unmodified-since"):
        since = parse_http_date(text)
        if since is not None and entry.modified // 1000 > since:
            raise precondition_failed("If-Unmodified-Since")
    if unwanted := headers.get(f"{prefix}if-none-match"):
        if _matches(unwanted, entry.etag):
            raise _unchanged(entry)
    elif text := headers.get(f"{prefix}if-modified-since"):
        since = parse_http_date(text)
        if since is not None and entry.modified // 1000 <= since:
            raise _unchanged(entry)


def _unchanged(entry: Entry) -> CloudError:
    error = not_modified()
    error.headers["ETag"] = f'"{entry.etag}"'
    error.headers["Last-Modified"] = http_date(entry.modified)
    return error


def _matches(header: str, etag: str) -> bool:
    """Compare as OSS does: without quotes and regardless of case; `*` matches any."""
    return any(each.strip().strip('"').upper() in (etag.upper(), "*") for each in header.split(","))


def forbid_overwrite(call: Call) -> Check | None:
    """Return the check that x-oss-forbid-overwrite asks for, or None.

    Where the bucket keeps versions nothing is ever overwritten, and the header has no effect (PutObject
    documentation).
    """
    if call.header("x-oss-forbid-overwrite").lower() != "true" or call.bucket.versioning != "Off":
        return None
    return refuse_overwrite


def refuse_overwrite(current: Entry | None) -> None:
    """Refuse to replace an object that exists. Raises CloudError (FileAlreadyExists)."""
    if current is not None and not current.marker:
        raise CloudError(
            "FileAlreadyExists",
            409,
            "The object you specified already exists and can not be overwritten.",
            ec="0026-00000005",
            details={"Key": current.key},
        )
