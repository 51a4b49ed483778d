"""What is stored of a security policy, and those that the system has.

The system's policies: ALB documentation, "TLS security policies".
"""

from __future__ import annotations

from yunbox.api.resource import CloudResource


class SecurityPolicy(CloudResource, kind="alb.security_policy", kw_only=True):
    """TLS versions such as `TLSv1.2`, and ciphers as OpenSSL names them, those of TLS 1.3 included."""

    versions: tuple[str, ...]
    ciphers: tuple[str, ...]


DEFAULT_POLICY = "tls_cipher_policy_1_0"

_FORWARD = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
)
_PLAIN = ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-SHA256")
_OLD_FORWARD = (
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
)
_OLD_PLAIN = ("AES128-SHA", "AES256-SHA", "DES-CBC3-SHA")
_TLS13 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
_CLASSIC = (*_FORWARD, *_PLAIN, *_OLD_FORWARD, *_OLD_PLAIN)

SYSTEM_POLICIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tls_cipher_policy_1_0": (("TLSv1.0", "TLSv1.1", "TLSv1.2"), _CLASSIC),
    "tls_cipher_policy_1_1": (("TLSv1.1", "TLSv1.2"), _CLASSIC),
    "tls_cipher_policy_1_2": (("TLSv1.2",), _CLASSIC),
    "tls_cipher_policy_1_2_strict": (("TLSv1.2",), (*_FORWARD, *_OLD_FORWARD)),
    "tls_cipher_policy_1_2_strict_with_1_3": (
        ("TLSv1.2", "TLSv1.3"),
        (*_TLS13, *_FORWARD, *_OLD_FORWARD),
    ),
}
"""Versions and ciphers of the system's policies."""

VERSIONS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
CIPHERS = frozenset((*_CLASSIC, *_TLS13))
