"""The vendor's own TLS cipher policies, and how those of users are found.

Source: SLB API 2014-05-15, parameter TLSCipherPolicy of CreateLoadBalancerHTTPSListener.
"""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.control.store import View
from yunbox.services.slb.certificates.model import TlsPolicy
from yunbox.services.slb.errors import not_found

_STRICT = (
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
)
_USUAL = (
    *_STRICT[:4],
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA256",
    "AES256-SHA256",
    *_STRICT[4:],
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
)
_TLS_1_3 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
_ECDSA = tuple(each.replace("RSA", "ECDSA") for each in _STRICT)

_VERSIONS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")

_OLD = ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", *_USUAL[8:])
CIPHERS: dict[str, frozenset[str]] = {
    **{each: frozenset(_VERSIONS[2:3]) for each in (*_USUAL, *_ECDSA)},
    **{each: frozenset(_VERSIONS[:3]) for each in _OLD},
    **{each: frozenset(_VERSIONS[3:]) for each in _TLS_1_3},
}
"""The ciphers that a policy may name, with the versions of TLS that have them."""

VENDORS = {
    "tls_cipher_policy_1_0": (_VERSIONS[:3], _USUAL),
    "tls_cipher_policy_1_1": (_VERSIONS[1:3], _USUAL),
    "tls_cipher_policy_1_2": (_VERSIONS[2:3], _USUAL),
    "tls_cipher_policy_1_2_strict": (_VERSIONS[2:3], _STRICT),
    "tls_cipher_policy_1_2_strict_with_1_3": (_VERSIONS[2:], (*_TLS_1_3, *_ECDSA, *_STRICT)),
}
"""The versions of TLS and the ciphers of the vendor's policies, by name."""


def check_policy(call: Call, name: str) -> str:
    """Return the name of a policy of the vendor's, or the id of one's own. Raises CloudError."""
    if name not in VENDORS and call.get(TlsPolicy, name) is None:
        raise not_found("TLSCipherPolicy.NotExist", "TLSCipherPolicy", name)
    return name


def policy_of(view: View, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the versions of TLS and the ciphers of a policy; the vendor's default ones for an unknown one."""
    own = view.get(TlsPolicy, name) if name not in VENDORS else None
    return (own.versions, own.ciphers) if own else VENDORS.get(name, VENDORS["tls_cipher_policy_1_0"])
