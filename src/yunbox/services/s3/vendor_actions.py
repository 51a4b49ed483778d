"""Every action that S3 has, with the request that selects it (source: the S3 service model of botocore 1.44).

A `+copy` stands for the header x-amz-copy-source. What no module registers answers NotImplemented by name.
"""

from __future__ import annotations

_TABLE = """
GET    service -                        ListBuckets
DELETE bucket  -                        DeleteBucket
GET    bucket  -                        ListObjects
HEAD   bucket  -                        HeadBucket
POST   bucket  -                        PostObject
PUT    bucket  -                        CreateBucket
GET    bucket  abac                     GetBucketAbac
PUT    bucket  abac                     PutBucketAbac
GET    bucket  accelerate               GetBucketAccelerateConfiguration
PUT    bucket  accelerate               PutBucketAccelerateConfiguration
GET    bucket  acl                      GetBucketAcl
PUT    bucket  acl                      PutBucketAcl
DELETE bucket  analytics                DeleteBucketAnalyticsConfiguration
GET    bucket  analytics                GetBucketAnalyticsConfiguration
PUT    bucket  analytics                PutBucketAnalyticsConfiguration
DELETE bucket  cors                     DeleteBucketCors
GET    bucket  cors                     GetBucketCors
PUT    bucket  cors                     PutBucketCors
POST   bucket  delete                   DeleteObjects
DELETE bucket  encryption               DeleteBucketEncryption
GET    bucket  encryption               GetBucketEncryption
PUT    bucket  encryption               PutBucketEncryption
DELETE bucket  intelligent-tiering      DeleteBucketIntelligentTieringConfiguration
GET    bucket  intelligent-tiering      GetBucketIntelligentTieringConfiguration
PUT    bucket  intelligent-tiering      PutBucketIntelligentTieringConfiguration
DELETE bucket  inventory                DeleteBucketInventoryConfiguration
GET    bucket  inventory                GetBucketInventoryConfiguration
PUT    bucket  inventory                PutBucketInventoryConfiguration
DELETE bucket  lifecycle                DeleteBucketLifecycle
GET    bucket  lifecycle                GetBucketLifecycleConfiguration
PUT    bucket  lifecycle                PutBucketLifecycleConfiguration
GET    bucket  list-type                ListObjectsV2
GET    bucket  location                 GetBucketLocation
GET    bucket  logging                  GetBucketLogging
PUT    bucket  logging                  PutBucketLogging
PUT    bucket  metadataAnnotationTable  UpdateBucketMetadataAnnotationTableConfiguration
DELETE bucket  metadataConfiguration    DeleteBucketMetadataConfiguration
GET    bucket  metadataConfiguration    GetBucketMetadataConfiguration
POST   bucket  metadataConfiguration    CreateBucketMetadataConfiguration
PUT    bucket  metadataInventoryTable   UpdateBucketMetadataInventoryTableConfiguration
PUT    bucket  metadataJournalTable     UpdateBucketMetadataJournalTableConfiguration
DELETE bucket  metadataTable            DeleteBucketMetadataTableConfiguration
GET    bucket  metadataTable            GetBucketMetadataTableConfiguration
POST   bucket  metadataTable            CreateBucketMetadataTableConfiguration
DELETE bucket  metrics                  DeleteBucketMetricsConfiguration
GET    bucket  metrics                  GetBucketMetricsConfiguration
PUT    bucket  metrics                  PutBucketMetricsConfiguration
GET    bucket  notification             GetBucketNotificationConfiguration
PUT    bucket  notification             PutBucketNotificationConfiguration
GET    bucket  object-lock              GetObjectLockConfiguration
PUT    bucket  object-lock              PutObjectLockConfiguration
DELETE bucket  ownershipControls        DeleteBucketOwnershipControls
GET    bucket  ownershipControls        GetBucketOwnershipControls
PUT    bucket  ownershipControls        PutBucketOwnershipControls
DELETE bucket  policy                   DeleteBucketPolicy
GET    bucket  policy                   GetBucketPolicy
PUT    bucket  policy                   PutBucketPolicy
GET    bucket  policyStatus             GetBucketPolicyStatus
DELETE bucket  publicAccessBlock        DeletePublicAccessBlock
GET    bucket  publicAccessBlock        GetPublicAccessBlock
PUT    bucket  publicAccessBlock        PutPublicAccessBlock
DELETE bucket  replication              DeleteBucketReplication
GET    bucket  replication              GetBucketReplication
PUT    bucket  replication              PutBucketReplication
GET    bucket  requestPayment           GetBucketRequestPayment
PUT    bucket  requestPayment           PutBucketRequestPayment
GET    bucket  session                  CreateSession
DELETE bucket  tagging                  DeleteBucketTagging
GET    bucket  tagging                  GetBucketTagging
PUT    bucket  tagging                  PutBucketTagging
GET    bucket  uploads                  ListMultipartUploads
GET    bucket  versioning               GetBucketVersioning
PUT    bucket  versioning               PutBucketVersioning
GET    bucket  versions                 ListObjectVersions
DELETE bucket  website                  DeleteBucketWebsite
GET    bucket  website                  GetBucketWebsite
PUT    bucket  website                  PutBucketWebsite
PUT    object  +copy                    CopyObject
DELETE object  -                        DeleteObject
GET    object  -                        GetObject
HEAD   object  -                        HeadObject
PUT    object  -                        PutObject
GET    object  acl                      GetObjectAcl
PUT    object  acl                      PutObjectAcl
DELETE object  annotation               DeleteObjectAnnotation
GET    object  annotation               GetObjectAnnotation
PUT    object  annotation               PutObjectAnnotation
GET    object  attributes               GetObjectAttributes
PUT    object  encryption               UpdateObjectEncryption
GET    object  legal-hold               GetObjectLegalHold
PUT    object  legal-hold               PutObjectLegalHold
PUT    object  renameObject             RenameObject
POST   object  restore                  RestoreObject
GET    object  retention                GetObjectRetention
PUT    object  retention                PutObjectRetention
POST   object  select                   SelectObjectContent
DELETE object  tagging                  DeleteObjectTagging
GET    object  tagging                  GetObjectTagging
PUT    object  tagging                  PutObjectTagging
GET    object  torrent                  GetObjectTorrent
DELETE object  uploadId                 AbortMultipartUpload
GET    object  uploadId                 ListParts
POST   object  uploadId                 CompleteMultipartUpload
PUT    object  uploadId                 UploadPart
PUT    object  uploadId+copy            UploadPartCopy
POST   object  uploads                  CreateMultipartUpload
"""

NAMES: dict[tuple[str, str, str], str] = {
    (method, level, "" if sub == "-" else sub): name
    for method, level, sub, name in (line.split() for line in _TABLE.strip().splitlines())
}
"""(method, level, sub-resource) -> the action's name."""

SUBRESOURCES = frozenset(sub for _, _, sub in NAMES if sub and "+" not in sub)
"""The query parameters that select an action."""
