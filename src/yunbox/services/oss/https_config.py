"""Which versions of TLS a bucket is reached by."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, malformed_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.operation import operation

_NAME = "https_config"
_SPOKEN = ("TLSv1.2", "TLSv1.3")
"""What the front door speaks; it never speaks less."""


class TLS(Document):
    """The versions; without `enable`, whatever the front door speaks."""

    enable: bool
    tls_version: list[Literal["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]] = msgspec.field(
        name="TLSVersion", default_factory=list
    )


class CipherSuite(Document):
    """Which ciphers; yunbox takes the ones of its TLS library."""

    enable: bool
    strong_cipher_suite: bool | None = None
    custom_cipher_suite: list[str] = []
    tls13_custom_cipher_suite: list[str] = msgspec.field(name="TLS13CustomCipherSuite", default_factory=list)


class HttpsConfiguration(Document):
    """How a bucket is reached by HTTPS."""

    tls: TLS = msgspec.field(name="TLS")
    cipher_suite: CipherSuite | None = None


@operation(
    "PutBucketHttpsConfig",
    "PUT",
    "bucket",
    "httpsConfig",
    partial="TLS 1.2 and 1.3 are always spoken; leaving one of them out, or naming ciphers, is refused",
)
async def put_bucket_https_config(call: Call) -> Response:
    """Set the versions. What would forbid a version that the front door speaks is refused."""
    wanted = await read_document(call, HttpsConfiguration)
    tls = wanted.tls
    if tls.enable:
        if not tls.tls_version:
            raise malformed_xml("in TLS, at least one TLSVersion must be named")
        for version in _SPOKEN:
            if version not in tls.tls_version:
                raise not_implemented(f"TLS without {version} for one bucket alone")
    if wanted.cipher_suite is not None and wanted.cipher_suite.enable:
        raise not_implemented("CipherSuite for one bucket alone")
    tls.tls_version = list(dict.fromkeys(tls.tls_version)) if tls.enable else []
    await keep(call, _NAME, wanted)
    return Response(200)


@operation("GetBucketHttpsConfig", "GET", "bucket", "httpsConfig")
async def get_bucket_https_config(call: Call) -> HttpsConfiguration:
    """Return the versions."""
    stored = call.settings.configuration(_NAME, HttpsConfiguration)
    return stored or HttpsConfiguration(tls=TLS(enable=False))
