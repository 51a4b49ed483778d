"""How an object is encrypted, as the request or the bucket asks.

yunbox records the choice and states it as OSS does; the bytes on this machine's disk are not encrypted.
"""

from __future__ import annotations

import hashlib

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings, ObjectAttributes

ALGORITHMS = ("AES256", "KMS", "SM4")
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
        if key_id or data:
            raise invalid_argument(
                "A KMS key needs x-oss-server-side-encryption to be KMS.",
                "x-oss-server-side-encryption-key-id",
            )
        return None
    if algorithm not in ALGORITHMS:
        raise CloudError(
            "InvalidEncryptionAlgorithmError",
            400,
            "The Encryption Algorithm specified is not valid; it must be AES256, KMS or SM4.",
        )
    if algorithm != "KMS" and (key_id or data):
        raise invalid_argument(
            "A KMS key needs x-oss-server-side-encryption to be KMS.", "x-oss-server-side-encryption-key-id"
        )
    if len(key_id) > _MAX_KEY_ID or not key_id.isascii() or not key_id.isprintable():
        raise invalid_argument("The KMS key id is invalid.", "x-oss-server-side-encryption-key-id")
    if data not in ("", "SM4"):
        raise invalid_argument("The data encryption is invalid.", "x-oss-server-side-data-encryption", data)
    return Encryption(algorithm, key_id, data)


def bucket_encryption(settings: BucketSettings) -> Encryption | None:
    """Return what the bucket asks for where the request says nothing, or None."""
    rule = settings.configurations.get("encryption")
    return None if rule is None else msgspec.msgpack.decode(rule, type=Encryption)


def apply_encryption(
    attributes: ObjectAttributes, wanted: Encryption | None, owner: str, region: str
) -> None:
    """Record in new attributes how the object is encrypted; None leaves it unencrypted."""
    if wanted is None or not wanted.algorithm:
        return
    attributes.encryption = wanted.algorithm
    if wanted.algorithm == "KMS":
        attributes.encryption_key = wanted.key_id or default_key_id(owner, region)
        attributes.data_encryption = wanted.data_encryption


def default_key_id(owner: str, region: str) -> str:
    """Return the id of the key that KMS keeps for OSS in an account and region: the same one every time."""
    digits = hashlib.sha256(f"kms/{owner}/{region}/oss".encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
