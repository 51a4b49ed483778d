"""Which OSS operation does each S3 action. Importing this registers them and S3's own."""

from __future__ import annotations

from yunbox.services.oss import operations  # noqa: F401 - what is built on
from yunbox.services.s3 import acl, bucket, delete, lifecycle, policy, restore  # noqa: F401 - register their own
from yunbox.services.s3.action import does
from yunbox.services.s3.conditions import if_absent, unconditional
from yunbox.services.s3.listing import page_of

does("PutObject", ask=if_absent)
does("CopyObject", ask=if_absent, document=True)
does("GetObject", ask=unconditional)
does("HeadObject", ask=unconditional)
does("DeleteObject", ask=unconditional)

does("CreateMultipartUpload", "InitiateMultipartUpload", document=True)
does("UploadPart", ask=unconditional)
does("UploadPartCopy", document=True)
does("CompleteMultipartUpload", ask=if_absent, document=True)
does("AbortMultipartUpload", ask=unconditional)
does("ListParts", ask=page_of("max-parts"), document=True)
does("ListMultipartUploads", ask=page_of("max-uploads"), document=True)

does("ListObjects", ask=page_of("max-keys"), document=True)
does("ListObjectsV2", ask=page_of("max-keys"), document=True)
does("ListObjectVersions", ask=page_of("max-keys"), document=True)

does("GetObjectTagging", document=True)
does("PutObjectTagging")
does("DeleteObjectTagging")

does("DeleteBucket")
does("GetBucketVersioning", document=True)
does("PutBucketVersioning")
does("PutBucketTagging", "PutBucketTags")
does("DeleteBucketTagging", "DeleteBucketTags")
does("GetBucketCors", document=True)
does("PutBucketCors")
does("DeleteBucketCors")
does("GetBucketLogging", document=True)
does("PutBucketLogging")
does("GetBucketRequestPayment", document=True)
does("PutBucketRequestPayment")
does("GetBucketPolicyStatus", document=True)
does("DeleteBucketPolicy")
does("DeleteBucketLifecycle")
