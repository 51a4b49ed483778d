"""How an object is encrypted, as the request or the bucket asks.

yunbox records the choice and states it as OSS does; the bytes on this machine's disk are not encrypted.
"""

from __future__ import annotations

import msgspec

from yunbox.gateway.http.message import Headers
from yunbox.services.oss.call import Call
from yunbox.services.oss.encryption import check_algorithm, rule_of, service_key
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings, ObjectAttributes

_MAX_KEY_ID = 128


class Encryption(msgspec.Struct, frozen=True):
    """An algorithm and, for KMS, the key (empty: the account's default key) and how data keys are used."""

    algorithm: str = ""
    key_id: str = ""
    data_encryption: str = ""


def read_encryption(headers: Headers) -> Encryption | None:
    """Return what a request asks for, or None when it leaves it to the bucket.

    Raises CloudError: InvalidEncryptionAlgorithmError, or InvalidArgument for a key without KMS.
    """
    algorithm = headers.get("x-oss-server-side-encryption")
    key_id = headers.get("x-oss-server-side-encryption-key-id")
    data = headers.get("x-oss-server-side-data-encryption")
    if not algorithm:
        if key_id:
            raise invalid_argument(
                "A KMS key needs x-oss-server-side-encryption to be KMS.",
                "x-oss-server-side-encryption-key-id",
            )
        return None
    check_algorithm(algorithm)
    if algorithm != "KMS" and key_id:
        raise invalid_argument(
            "A KMS key needs x-oss-server-side-encryption to be KMS.", "x-oss-server-side-encryption-key-id"
        )
    if len(key_id) > _MAX_KEY_ID or not key_id.isascii() or not key_id.isprintable():
        raise invalid_argument("The KMS key id is invalid.", "x-oss-server-side-encryption-key-id")
    if data not in ("", "SM4"):
        raise invalid_argument("The data encryption is invalid.", "x-oss-server-side-data-encryption", data)
    # How data keys are used is a matter of KMS; with other algorithms OSS leaves it out (oss2's own tests).
    return Encryption(algorithm, key_id, data if algorithm == "KMS" else "")


def bucket_encryption(settings: BucketSettings) -> Encryption | None:
    """Return what the bucket asks for where the request says nothing, or None."""
    rule = rule_of(settings)
    if rule is None:
        return None
    return Encryption(rule.sse_algorithm, rule.kms_master_key_id or "", rule.kms_data_encryption or "")


def apply_encryption(attributes: ObjectAttributes, wanted: Encryption | None, call: Call) -> None:
    """Record in new attributes how the object is encrypted; None leaves it unencrypted."""
    if wanted is None:
        return
    attributes.encryption = wanted.algorithm
    if wanted.algorithm == "KMS":
        attributes.encryption_key = wanted.key_id or service_key(call)
        attributes.data_encryption = wanted.data_encryption
