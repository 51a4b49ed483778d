"""Whose signature a request bears: the access key it names, and the session behind it."""

from __future__ import annotations

import hmac

from yunbox.errors import CloudError
from yunbox.gateway.signatures.scheme import Claim
from yunbox.identity.directory import Directory
from yunbox.identity.principal import Credential


def known_credential(directory: Directory, claim: Claim) -> Credential:
    """Return the credential that a claim names. Raises CloudError (InvalidAccessKeyId)."""
    credential = directory.find_credential(claim.access_key_id)
    if credential is None or not credential.active:
        raise _unknown_key(claim)
    return credential


def _unknown_key(claim: Claim) -> CloudError:
    return CloudError(
        "InvalidAccessKeyId",
        403,
        "The OSS Access Key Id you provided does not exist in our records.",
        ec="0002-00000902",
        details={"OSSAccessKeyId": claim.access_key_id},
    )


def check_token(claim: Claim, credential: Credential, now: float) -> None:
    """Return when the session of a credential is the one claimed and still runs; `now` in seconds.

    Raises CloudError: InvalidSecurityToken, SecurityTokenExpired.
    """
    if not credential.security_token and not claim.security_token:
        return
    sent, known = claim.security_token.encode(errors="replace"), credential.security_token.encode()
    if not sent or not known or not hmac.compare_digest(sent, known):
        raise CloudError(
            "InvalidSecurityToken", 403, "The security token you provided is invalid.", ec="0002-00000907"
        )
    if credential.expires and now >= credential.expires:
        raise CloudError(
            "SecurityTokenExpired", 403, "The security token you provided has expired.", ec="0002-00000909"
        )
