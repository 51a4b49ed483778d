"""Which actions of S3 the door does, and that its tables hang together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Headers
from yunbox.services.s3 import actions, vocabulary
from yunbox.services.s3.action import implemented
from yunbox.services.s3.vendor_actions import NAMES

DONE = """
AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket
DeleteBucketCors DeleteBucketLifecycle DeleteBucketPolicy DeleteBucketTagging DeleteObject DeleteObjectTagging
DeleteObjects GetBucketAcl GetBucketCors GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging
GetBucketPolicy GetBucketPolicyStatus GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetObject
GetObjectAcl GetObjectTagging HeadBucket HeadObject ListBuckets ListMultipartUploads ListObjectVersions
ListObjects ListObjectsV2 ListParts PutBucketAcl PutBucketCors PutBucketLifecycleConfiguration PutBucketLogging
PutBucketPolicy PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutObject PutObjectAcl
PutObjectTagging RestoreObject UploadPart UploadPartCopy
"""


def test_every_action_that_is_promised_is_there() -> None:
    assert actions.does
    assert implemented() == set(DONE.split())
    assert implemented() <= set(NAMES.values())


def test_a_request_without_s3_words_is_not_rebuilt() -> None:
    headers = Headers([("host", "h"), ("x-amz-date", "d"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")])
    assert vocabulary.oss_headers(headers, "object") is headers


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=30), st.text(max_size=30))
def test_no_amz_header_is_passed_over(name: str, value: str) -> None:
    """Every x-amz- header is either put into OSS's words, known to have done its work, or refused."""
    field = f"x-amz-{name}"
    try:
        made = vocabulary.oss_headers(Headers([(field, value)]), "object")
    except CloudError as error:
        assert error.code in ("NotImplemented", "InvalidArgument", "InvalidStorageClass")
        return
    spent = field in vocabulary._SPENT or field in vocabulary._OFF or field in vocabulary._ALGORITHM_NAMES
    assert spent or any(each.startswith("x-oss-") or each == field for each, _ in made)


@pytest.mark.parametrize("s3_class", vocabulary.STORAGE_CLASSES)
def test_storage_classes_come_back_as_they_went(s3_class: str) -> None:
    assert vocabulary.SHOWN_CLASSES[vocabulary.oss_storage_class(s3_class)] == s3_class
