"""The signature schemes of the RPC and ROA actions: which one a call carries, and what it claims."""

from __future__ import annotations

from yunbox.gateway.signatures import api_refusals as refusals
from yunbox.gateway.signatures.acs3 import Acs3
from yunbox.gateway.signatures.api_claim import ApiClaim, ApiScheme, SignedRequest, parameters_of
from yunbox.gateway.signatures.roa_v1 import RoaV1
from yunbox.gateway.signatures.rpc_v1 import RpcV1

__all__ = ["SCHEMES", "ApiClaim", "ApiScheme", "SignedRequest", "parameters_of", "read_api_claim"]

SCHEMES: tuple[ApiScheme, ...] = (Acs3(), RpcV1(), RoaV1())
"""Every scheme, the most used first. At most one of them reads a call."""

_ACS3, _RPC, _ROA = SCHEMES
_BY_KIND = {"ACS3-HMAC-SHA256": _ACS3, "acs": _ROA}


def read_api_claim(signed: SignedRequest) -> tuple[ApiScheme, ApiClaim] | None:
    """Return the scheme and claim of a signed call, or None when it is anonymous.

    An Authorization header decides alone: parameters that look like a signature are data then, and covered.
    Raises CloudError: IncompleteSignature for a header of an unknown kind (one that nobody reads must not
    pass as anonymous), InvalidSignatureMethod, InvalidSignatureType for a bearer token, or what the scheme
    raises.
    """
    headers = signed.request.headers
    if "x-acs-bearer-token" in headers or headers.get("x-acs-signature-type"):
        raise refusals.invalid("SignatureType", "yunbox does not know bearer tokens and key pairs.")
    scheme = _RPC
    if "authorization" in headers:
        kind = headers.get("authorization").partition(" ")[0]
        if kind.startswith("ACS3-") and kind not in _BY_KIND:
            raise refusals.unknown_method(kind)
        if kind not in _BY_KIND:
            raise refusals.incomplete(f"The Authorization header is of an unknown kind, {kind[:32]!a}.")
        scheme = _BY_KIND[kind]
    claim = scheme.read(signed)
    return (scheme, claim) if claim else None
