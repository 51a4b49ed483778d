"""OSS signature V1: HMAC-SHA1 over the verb, a few headers and the resource.

Sources: oss2 `auth.ProviderAuth`, alibabacloud-oss-v2 `signer/v1.py`, ali-oss `common/signUtils.js`, the Go
SDKs' `signKeyList` and `requiredSignedParametersMap`; documentation, "Signature version 1".

What V1 cannot do: it covers no query parameter outside the list below, and it does not encode the key, so the
object `a?acl` and the ACL of `a` have the same signature. Both belong to the vendor's scheme; V4 has neither.
"""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import quote

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.canonical import header_lines, wire_bytes
from yunbox.gateway.signatures.moments import parse_moment
from yunbox.gateway.signatures.presented import ACCESS_KEY, Presented, access_key, one_token, presented
from yunbox.gateway.signatures.refusals import bad_date, check_expiry, check_skew, invalid, mismatch
from yunbox.gateway.signatures.scheme import Claim, Resource, same

SUB_RESOURCES = frozenset(
    """
    MetaQuery accessPoint accessPointConfigForObjectProcess accessPointForObjectProcess
    accessPointPolicy accessPointPolicyForObjectProcess acl action append asyncFetch
    bucketArchiveDirectRead bucketInfo callback callback-var cleanRestoredObject cloudboxes cname comp
    continuation-token cors dataPipeline delete encryption endTime group httpsConfig img inventory
    inventoryId legalHold lifecycle link live location logging metaQuery metadataConfiguration
    metadataInventoryTable metadataJournalTable objectInfo objectMeta objectWorm overwriteConfig
    partNumber policy policyStatus position publicAccessBlock qos qosInfo qosRequester quota
    redundancyTransition referer regionList regions replication replicationLocation replicationProgress
    requestPayment requesterQosInfo resourceGroup resourcePool resourcePoolBuckets resourcePoolInfo
    response-cache-control response-content-disposition response-content-encoding
    response-content-language response-content-type response-expires responseHeader restore retention
    rtc seal security-token sequential startTime stat status style styleName symlink tagging
    transferAcceleration udf udfApplication udfApplicationLog udfId udfImage udfImageDesc udfName
    uploadId uploads userDefinedLogFieldsConfig versionId versioning versions vod website
    withHashContext worm wormExtend wormId
    """.split()  # noqa: SIM905 - words read better than a hundred quoted lines
)
"""Query parameters that V1 signs, besides every one that starts with `x-oss-` (Go SDK V2's rule)."""

_HEADER = re.compile(rf"({ACCESS_KEY}):([A-Za-z0-9+/=]{{1,128}})", re.ASCII)
_REGIONS = "\n/?regions"
_EXPIRES = re.compile(r"[0-9]{1,12}", re.ASCII)


class OssV1:
    """`Authorization: OSS <AccessKeyId>:<signature>`, or OSSAccessKeyId, Expires and Signature in the URL."""

    def read(self, request: Request) -> Claim | None:
        """Return the claim, else None. Raises CloudError: InvalidArgument, or AccessDenied without a date."""
        shown = presented(request)
        if shown.kind != "OSS":
            return None
        return _read_url(request, shown) if shown.parameters else _read_header(request, shown)

    def check(self, claim: Claim, request: Request, resource: Resource, secret: str, now: float) -> None:
        """Return when it holds.

        Raises CloudError: RequestTimeTooSkewed, AccessDenied (an expired URL), SignatureDoesNotMatch.
        """
        if claim.expires:
            check_expiry(claim.expires, now)
        else:
            check_skew(claim.signed_at, now)
        text = string_to_sign(request, resource, claim.parameters["date"])
        if same(_signature(secret, text), claim.signature):
            return
        # oss2 leaves `regions` unsigned and the Go SDK signs it; it only narrows a public list.
        service, regions, rest = text.rpartition(_REGIONS)
        if regions and "&" not in rest and same(_signature(secret, service + "\n/"), claim.signature):
            return
        raise mismatch(claim, text)


def _signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), wire_bytes(text), "sha1")).decode()


def string_to_sign(request: Request, resource: Resource, date: str) -> str:
    """Return what V1 signs; `date` is the date header's value, or the Expires of a signed URL."""
    headers = request.headers
    signed = header_lines([field for field in headers if field[0].startswith("x-oss-")])
    path = f"/{resource.bucket}/{resource.key}" if resource.bucket else "/"
    return (
        f"{request.method}\n{headers.get('content-md5')}\n{headers.get('content-type')}\n{date}\n"
        f"{signed}{path}{_sub_resources(request)}"
    )


def _sub_resources(request: Request) -> str:
    if not request.raw_query:
        return ""
    signed = [
        pair for pair in request.query_pairs if pair[0] in SUB_RESOURCES or pair[0].startswith("x-oss-")
    ]
    if not signed:
        return ""
    return "?" + "&".join([f"{name}={value}" if value else name for name, value in sorted(signed)])


def _read_header(request: Request, shown: Presented) -> Claim:
    match = _HEADER.fullmatch(shown.authorization)
    if not match:
        raise invalid("Authorization header is invalid.", "Authorization")
    headers = request.headers
    date = headers.get("x-oss-date") or headers.get("date")
    if not date:
        raise bad_date("0002-00000503")
    signed_at = parse_moment(date)
    if signed_at is None:
        raise bad_date("0002-00000505")
    # alibabacloud-oss-v2 for Python sends its token with V1 as `security-token`, which no signature covers:
    # the token itself is what a session's secret is looked up with, so another one cannot pass.
    token = one_token(headers.get("x-oss-security-token"), headers.get("security-token"))
    return Claim(
        "oss_v1", match[1], match[2], security_token=token, signed_at=signed_at, parameters={"date": date}
    )


def _read_url(request: Request, shown: Presented) -> Claim:
    values = shown.parameters
    key, expires, signature = (values.get(name, "") for name in ("OSSAccessKeyId", "Expires", "Signature"))
    if not (key and expires and signature):
        raise CloudError(
            "AccessDenied",
            403,
            "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
        )
    if not _EXPIRES.fullmatch(expires) or int(expires) == 0:
        raise CloudError(
            "AccessDenied",
            403,
            f"Invalid date (should be seconds since epoch): {quote(expires[:32])}",
            ec="0002-00000070",
        )
    if len(signature) > 128:
        raise invalid("The Signature parameter is too long.", "Signature")
    token = one_token(values.get("security-token", ""), request.headers.get("x-oss-security-token"))
    return Claim(
        "oss_v1",
        access_key(key, "OSSAccessKeyId"),
        signature,
        security_token=token,
        expires=float(expires),
        parameters={"date": expires},
    )
