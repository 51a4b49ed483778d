"""How new objects are to be encrypted unless they ask otherwise.

yunbox records the wish with each object and answers with it; the bytes on disk are as the disk keeps them. Who
needs them encrypted puts the data directory on an encrypted volume.
"""

from __future__ import annotations

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers, Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

_NAME = "encryption"
_ALGORITHMS = ("AES256", "KMS", "SM4")
_HEADER = "x-oss-server-side-encryption"
_DATA = "x-oss-server-side-data-encryption"
_KEY = "x-oss-server-side-encryption-key-id"
_NOT_AT_REST = "the wish is recorded and answered with; yunbox itself does not encrypt bytes on disk"


class ApplyServerSideEncryptionByDefault(Document):
    """The method, and for KMS the key and the algorithm it encrypts data with."""

    sse_algorithm: str = msgspec.field(name="SSEAlgorithm")
    kms_master_key_id: str | None = msgspec.field(name="KMSMasterKeyID", default=None)
    kms_data_encryption: str | None = msgspec.field(name="KMSDataEncryption", default=None)


class ServerSideEncryptionRule(Document):
    """The rule of a bucket."""

    apply_server_side_encryption_by_default: ApplyServerSideEncryptionByDefault


def check_algorithm(algorithm: str) -> None:
    """Refuse a method that the vendor does not have. Raises CloudError."""
    if algorithm not in _ALGORITHMS:
        raise CloudError(
            "InvalidEncryptionAlgorithmError",
            400,
            "The encryption algorithm is not supported: it must be AES256, KMS or SM4.",
            details={"ArgumentName": _HEADER, "ArgumentValue": algorithm[:64]},
        )


def rule_of(settings: BucketSettings) -> ApplyServerSideEncryptionByDefault | None:
    """Return the bucket's rule, or None."""
    stored = settings.configuration(_NAME, ServerSideEncryptionRule)
    return stored.apply_server_side_encryption_by_default if stored is not None else None


def service_key(call: Call) -> str:
    """Return the id of the key that OSS itself would have in the KMS of the bucket's owner and region."""
    from uuid import NAMESPACE_URL, uuid5  # noqa: PLC0415 - only KMS wishes pay for it

    return str(uuid5(NAMESPACE_URL, f"acs:kms:{call.bucket.region}:{call.bucket.owner}:alias/acs/oss"))


def _check_data_encryption(text: str) -> None:
    if text != "SM4":
        raise invalid_argument("The data encryption must be SM4.", _DATA, text)


def checked_rule(algorithm: str, key_id: str | None, data: str | None) -> ServerSideEncryptionRule:
    """Return the rule asked for. Raises CloudError."""
    check_algorithm(algorithm)
    if data:
        _check_data_encryption(data)
    if algorithm != "KMS" and key_id:
        raise invalid_argument(
            "KMSMasterKeyID is not applicable if the default SSE algorithm is not KMS.",
            "KMSMasterKeyID",
            key_id,
        )
    return ServerSideEncryptionRule(
        apply_server_side_encryption_by_default=ApplyServerSideEncryptionByDefault(
            sse_algorithm=algorithm,
            kms_master_key_id=key_id or None,
            kms_data_encryption=(data or None) if algorithm == "KMS" else None,
        )
    )


def with_asked_encryption(settings: BucketSettings, headers: Headers) -> BucketSettings:
    """Return a new bucket's settings with the rule that the headers of its creation ask for, if they do."""
    algorithm = headers.get(_HEADER)
    if not algorithm:
        return settings
    return settings.with_configuration(_NAME, checked_rule(algorithm, headers.get(_KEY), headers.get(_DATA)))


@operation("PutBucketEncryption", "PUT", "bucket", "encryption", partial=_NOT_AT_REST)
async def put_bucket_encryption(call: Call) -> Response:
    """Set the rule."""
    wanted = await read_document(call, ServerSideEncryptionRule)
    rule = wanted.apply_server_side_encryption_by_default
    await keep(
        call, _NAME, checked_rule(rule.sse_algorithm, rule.kms_master_key_id, rule.kms_data_encryption)
    )
    return Response(200)


@operation("GetBucketEncryption", "GET", "bucket", "encryption")
async def get_bucket_encryption(call: Call) -> ServerSideEncryptionRule:
    """Return the rule."""
    stored = call.settings.configuration(_NAME, ServerSideEncryptionRule)
    if stored is None:
        raise CloudError(
            "NoSuchServerSideEncryptionRule",
            404,
            "The server side encryption configuration does not exist.",
            details={"BucketName": call.bucket.name},
        )
    return stored


@operation("DeleteBucketEncryption", "DELETE", "bucket", "encryption")
async def delete_bucket_encryption(call: Call) -> Response:
    """Remove the rule; what is stored keeps what was recorded."""
    await keep(call, _NAME, None)
    return gone()
