"""Signature schemes, one file each. All pure: a request and a secret in, a verdict out."""

from __future__ import annotations

from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.oss_v1 import OssV1
from yunbox.gateway.signatures.oss_v2 import OssV2
from yunbox.gateway.signatures.oss_v4 import OssV4
from yunbox.gateway.signatures.presented import presented, unsupported
from yunbox.gateway.signatures.scheme import Claim, Scheme
from yunbox.gateway.signatures.sigv4 import SigV4

SCHEMES: tuple[Scheme, ...] = (OssV4(), OssV1(), SigV4(), OssV2())
"""Every scheme, the most used first. At most one of them reads a request."""

_BY_KIND = dict(zip(("OSS4-HMAC-SHA256", "OSS", "AWS4-HMAC-SHA256", "OSS2"), SCHEMES, strict=True))


def read_claim(request: Request) -> tuple[Scheme, Claim] | None:
    """Return the scheme and claim of a signed request, or None when it is anonymous.

    Raises CloudError: InvalidArgument for a signature that is malformed, doubled or of an unknown kind (an
    Authorization header that nobody reads must not pass as anonymous), or what the scheme raises.
    """
    kind = presented(request).kind
    if not kind:
        return None
    scheme = _BY_KIND.get(kind)
    claim = scheme.read(request) if scheme else None
    if scheme is None or claim is None:
        raise unsupported(kind)
    return scheme, claim
