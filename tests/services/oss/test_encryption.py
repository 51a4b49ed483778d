"""The encryption rule of a bucket, recorded on new objects."""

from __future__ import annotations

import oss2
import pytest
from oss2.models import ServerSideEncryptionRule

ALGORITHM, KEY, DATA = (
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
    "x-oss-server-side-data-encryption",
)


def rule(algorithm: str, key: str | None = None, data: str | None = None) -> ServerSideEncryptionRule:
    made = ServerSideEncryptionRule()
    made.sse_algorithm, made.kms_master_keyid, made.kms_data_encryption = algorithm, key, data
    return made


@pytest.mark.parametrize(
    ("wanted", "headers"),
    [
        (rule("AES256"), ("AES256", None, None)),
        (rule("SM4", data="SM4"), ("SM4", None, None)),
        (rule("KMS", "key-1", "SM4"), ("KMS", "key-1", "SM4")),
    ],
)
def test_new_objects_follow_the_rule(either_bucket: oss2.Bucket, wanted, headers) -> None:
    either_bucket.put_bucket_encryption(wanted)
    stored = either_bucket.put_object("a", b"a")
    read = either_bucket.head_object("a")
    for answer in (stored, read):
        assert tuple(answer.headers.get(name) for name in (ALGORITHM, KEY, DATA)) == headers
    found = either_bucket.get_bucket_encryption()
    info = either_bucket.get_bucket_info().bucket_encryption_rule
    assert found.sse_algorithm == info.sse_algorithm == headers[0]
    assert (found.kms_master_keyid, info.kms_data_encryption) == headers[1:]


def test_kms_without_a_key_has_the_accounts_own(bucket: oss2.Bucket) -> None:
    bucket.put_bucket_encryption(rule("KMS"))
    keys = {bucket.put_object(name, b"").headers[KEY] for name in "ab"}
    assert len(keys) == 1
    assert bucket.get_bucket_encryption().kms_master_keyid is None


def test_a_request_goes_before_the_rule_and_the_rule_may_go(bucket: oss2.Bucket, refused) -> None:
    bucket.put_bucket_encryption(rule("KMS"))
    assert bucket.put_object("a", b"a", headers={ALGORITHM: "AES256"}).headers[ALGORITHM] == "AES256"
    assert bucket.delete_bucket_encryption().status == 204
    refused("NoSuchServerSideEncryptionRule", bucket.get_bucket_encryption)
    assert bucket.put_object("b", b"b").headers.get(ALGORITHM) is None
    assert bucket.get_bucket_info().bucket_encryption_rule.sse_algorithm is None


def test_rules_that_cannot_be_are_refused(bucket: oss2.Bucket, refused) -> None:
    refused("InvalidEncryptionAlgorithmError", bucket.put_bucket_encryption, rule("ROT13"))
    refused("InvalidArgument", bucket.put_bucket_encryption, rule("AES256", "key"))
    refused("InvalidArgument", bucket.put_bucket_encryption, rule("KMS", data="AES"))
    refused("NoSuchServerSideEncryptionRule", bucket.get_bucket_encryption)


def test_a_rule_given_at_creation(cloud, bucket_name: str, refused) -> None:
    bucket = cloud.oss2_bucket(bucket_name)
    refused("InvalidEncryptionAlgorithmError", bucket.create_bucket, headers={ALGORITHM: "ROT13"})
    bucket.create_bucket(headers={ALGORITHM: "KMS", DATA: "SM4"})
    found = bucket.get_bucket_encryption()
    assert (found.sse_algorithm, found.kms_data_encryption) == ("KMS", "SM4")
