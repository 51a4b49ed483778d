"""Which versions of TLS a bucket is reached by."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document, malformed_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import keep, read_document
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.operation import operation

_NAME = "https_config"


class TLS(Document):
    """The versions; without `enable`, whatever the front door speaks, which is 1.2 and 1.3."""

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


def check_tls(call: Call) -> None:
    """Refuse a request over a version of TLS that the bucket does not take. Raises CloudError (AccessDenied)."""
    if call.request.scheme != "https" or _NAME not in call.settings.configurations:
        return
    stored = call.settings.configuration(_NAME, HttpsConfiguration)
    if stored is not None and stored.tls.enable and call.request.tls not in stored.tls.tls_version:
        raise access_denied("The bucket does not take requests over this version of TLS.", "0003-00000911")


@operation(
    "PutBucketHttpsConfig", "PUT", "bucket", "httpsConfig", partial="naming ciphers (CipherSuite) is refused"
)
async def put_bucket_https_config(call: Call) -> Response:
    """Set the versions."""
    wanted = await read_document(call, HttpsConfiguration)
    tls = wanted.tls
    if tls.enable and not tls.tls_version:
        raise malformed_xml("in TLS, at least one TLSVersion must be named")
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
