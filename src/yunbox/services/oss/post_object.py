"""PostObject: an upload from a web page's form.

Source: OSS documentation, "PostObject". A form is a PutObject whose headers are the form's fields; what is special
is who signed it (`gateway/signatures/post_policy.py`) and how the answer looks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from yunbox.gateway.http.message import Headers, Request, Response
from yunbox.gateway.protocols.form import FilePart, FormReader, boundary_of
from yunbox.gateway.protocols.xml import Document, to_xml
from yunbox.gateway.signatures import post_policy
from yunbox.gateway.signatures.oss_v4 import wrong_region
from yunbox.gateway.signatures.post_policy import Policy
from yunbox.identity.principal import ANONYMOUS
from yunbox.services.oss.access import require
from yunbox.services.oss.call import Call
from yunbox.services.oss.credentials import check_token, known_credential
from yunbox.services.oss.errors import invalid_argument, invalid_object_name
from yunbox.services.oss.object import MAX_PUT_BYTES, check_key, store_object, stored_headers
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import forbid_public_acl
from yunbox.services.oss.route import MAX_KEY_BYTES

_KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "content-md5",
)


class PostResponse(Document):
    """The answer where the form asked for status 201."""

    bucket: str
    location: str
    key: str
    etag: str = msgspec.field(name="ETag")


class _FileBody:
    """The file of a form as the body of an upload, held to the policy's bounds while it streams."""

    length = None

    def __init__(self, form: FormReader, policy: Policy | None) -> None:
        self._form = form
        self._policy = policy

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the file. Raises CloudError: EntityTooLarge or EntityTooSmall as the policy says."""
        size = 0
        async for piece in self._form.file():
            size += len(piece)
            if size > MAX_PUT_BYTES:
                raise invalid_argument("The object must not be larger than 5 GB.", "file")
            if self._policy is not None and self._policy.size_range and size > self._policy.size_range[1]:
                self._policy.check_size(size)
            yield piece
        if self._policy is not None:
            self._policy.check_size(size)

    async def read(self, limit: int) -> bytes:
        """Return the whole file. Raises CloudError (EntityTooLarge) when it is longer than `limit` bytes."""
        whole = bytearray()
        async for piece in self:
            whole += piece
            if len(whole) > limit:
                raise invalid_argument(f"The file must not be longer than {limit} bytes.", "file")
        return bytes(whole)


@operation("PostObject", "POST", "bucket", permission="")
async def post_object(call: Call) -> Response:
    """Store the file of a form. The form authorises itself: by its signed policy, or the bucket's ACL."""
    form = FormReader(aiter(call.request.body), boundary_of(call.header("content-type")))
    sent, file = await form.read_fields()
    fields = post_policy.fold(sent)
    fields["key"] = key = _key(fields, file)
    policy = _identify(call, fields)
    upload = _upload(call, key, fields, file, _FileBody(form, policy))
    redirect = _redirect(fields.get("success_action_redirect", ""))
    await require(upload, "oss:PutObject", call.bucket, call.bucket.name, key)
    forbid_public_acl(call, call.bucket, upload.header("x-oss-object-acl"), "object")
    entry, attributes = await store_object(upload)
    headers = stored_headers(call, entry, attributes)
    etag = f'"{entry.etag}"'
    if redirect:
        told = urlencode({"bucket": call.bucket.name, "key": key, "etag": etag})
        headers.append(("Location", f"{redirect}{'&' if '?' in redirect else '?'}{told}"))
        return Response(303, headers)
    return _answer(call, fields.get("success_action_status", ""), key, etag, headers)


def _key(fields: dict[str, str], file: FilePart) -> str:
    if not fields.get("key"):
        raise invalid_argument("The form must have a field named key before its file.", "key")
    key = fields["key"].replace("${filename}", file.name)
    check_key(key)
    if len(key.encode()) > MAX_KEY_BYTES or "\0" in key:
        raise invalid_object_name(ascii(key))
    return key


def _identify(call: Call, fields: dict[str, str]) -> Policy | None:
    """Make the signer of the form the caller, and return the policy that was signed; without one, nobody is.

    As the documentation says, a signature in a header or in the URL does not count for a form.
    Raises CloudError when the form is signed and any of it does not hold.
    """
    call.principal, call.claim = ANONYMOUS, None
    claim = post_policy.read(fields)
    if claim is None:
        return None
    credential = known_credential(call.cloud.directory, claim)
    post_policy.check_signature(claim, credential.secret, call.now)
    check_token(claim, credential, call.now)
    if claim.region and claim.region.removeprefix("oss-") != call.bucket.region:
        raise wrong_region()
    policy = Policy.read(claim)
    policy.check(fields, call.bucket.name, call.now)
    call.principal, call.claim = credential.principal, claim
    return policy


def _upload(call: Call, key: str, fields: dict[str, str], file: FilePart, body: _FileBody) -> Call:
    """Return the upload that the form stands for."""
    headers = [(name, value) for name, value in fields.items() if name.startswith("x-oss-") or name in _KEPT]
    kind = fields.get("x-oss-content-type") or file.content_type or fields.get("content-type", "")
    if kind:
        headers.append(("content-type", kind))
    outer = call.request
    request = Request(
        method="POST",
        target=outer.target,
        raw_query="",
        headers=Headers(headers),
        host=outer.host,
        body=body,
        scheme=outer.scheme,
        peer=outer.peer,
        tls=outer.tls,
    )
    upload = Call(
        call.cloud,
        request,
        msgspec.structs.replace(call.route, key=key),
        call.principal,
        call.claim,
        region=call.region,
        request_id=call.request_id,
        now=call.now,
    )
    upload.use_bucket(call.bucket)
    return upload


def _redirect(url: str) -> str:
    """Return where to send the browser afterwards. Raises CloudError for what is no address of a page."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or not url.isprintable() or " " in url:
        raise invalid_argument("The URL to redirect to is invalid.", "success_action_redirect", url)
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def _answer(call: Call, status: str, key: str, etag: str, headers: list[tuple[str, str]]) -> Response:
    if status == "200":
        return Response(200, headers)
    if status != "201":
        return Response(204, headers)
    route, host = call.route, call.request.host
    place = "" if host != route.endpoint else f"{call.bucket.name}/"
    location = f"{call.request.scheme}://{host}/{place}{quote(key, safe='/-_.~')}"
    document = PostResponse(bucket=call.bucket.name, location=location, key=key, etag=etag)
    return Response(201, [*headers, ("Content-Type", "application/xml")], to_xml(document, "PostResponse"))
