"""Every action that OSS has, with the request that selects it.

Source: the operations of alibabacloud-oss-v2 1.4 and oss2 2.19. What is not registered with `operation` answers
NotImplemented by name and stands as missing on the coverage page.
"""

from __future__ import annotations

_TABLE = """
GET     service -                          ListBuckets
GET     service regions                    DescribeRegions
GET     service publicAccessBlock          GetPublicAccessBlock
PUT     service publicAccessBlock          PutPublicAccessBlock
DELETE  service publicAccessBlock          DeletePublicAccessBlock
GET     service redundancyTransition       ListUserDataRedundancyTransition
GET     service resourcePool               ListResourcePools
GET     service qosInfo                    GetUserQosInfo
GET     service qosRequester               ListResourcePoolRequesterQoSInfos
GET     service cloudboxes                 ListCloudBoxes
POST    service dataPipeline               DoDataPipelineAction
POST    service x-oss-write-get-object-response WriteGetObjectResponse
PUT     bucket  -                          PutBucket
DELETE  bucket  -                          DeleteBucket
GET     bucket  -                          ListObjects
GET     bucket  list-type                  ListObjectsV2
POST    bucket  -                          PostObject
PUT     bucket  acl                        PutBucketAcl
GET     bucket  acl                        GetBucketAcl
GET     bucket  bucketInfo                 GetBucketInfo
GET     bucket  location                   GetBucketLocation
GET     bucket  stat                       GetBucketStat
PUT     bucket  versioning                 PutBucketVersioning
GET     bucket  versioning                 GetBucketVersioning
GET     bucket  versions                   ListObjectVersions
GET     bucket  uploads                    ListMultipartUploads
POST    bucket  delete                     DeleteMultipleObjects
PUT     bucket  policy                     PutBucketPolicy
GET     bucket  policy                     GetBucketPolicy
DELETE  bucket  policy                     DeleteBucketPolicy
GET     bucket  policyStatus               GetBucketPolicyStatus
PUT     bucket  cors                       PutBucketCors
GET     bucket  cors                       GetBucketCors
DELETE  bucket  cors                       DeleteBucketCors
OPTIONS object  -                          OptionObject
PUT     bucket  tagging                    PutBucketTags
GET     bucket  tagging                    GetBucketTags
DELETE  bucket  tagging                    DeleteBucketTags
PUT     bucket  referer                    PutBucketReferer
GET     bucket  referer                    GetBucketReferer
PUT     bucket  website                    PutBucketWebsite
GET     bucket  website                    GetBucketWebsite
DELETE  bucket  website                    DeleteBucketWebsite
PUT     bucket  lifecycle                  PutBucketLifecycle
GET     bucket  lifecycle                  GetBucketLifecycle
DELETE  bucket  lifecycle                  DeleteBucketLifecycle
PUT     bucket  logging                    PutBucketLogging
GET     bucket  logging                    GetBucketLogging
DELETE  bucket  logging                    DeleteBucketLogging
PUT     bucket  userDefinedLogFieldsConfig PutUserDefinedLogFieldsConfig
GET     bucket  userDefinedLogFieldsConfig GetUserDefinedLogFieldsConfig
DELETE  bucket  userDefinedLogFieldsConfig DeleteUserDefinedLogFieldsConfig
PUT     bucket  encryption                 PutBucketEncryption
GET     bucket  encryption                 GetBucketEncryption
DELETE  bucket  encryption                 DeleteBucketEncryption
PUT     bucket  requestPayment             PutBucketRequestPayment
GET     bucket  requestPayment             GetBucketRequestPayment
PUT     bucket  qos                        PutBucketStorageCapacity
GET     bucket  qos                        GetBucketStorageCapacity
PUT     bucket  quota                      PutBucketStorageQuota
GET     bucket  quota                      GetBucketStorageQuota
DELETE  bucket  quota                      DeleteBucketStorageQuota
PUT     bucket  qosInfo                    PutBucketQosInfo
GET     bucket  qosInfo                    GetBucketQosInfo
DELETE  bucket  qosInfo                    DeleteBucketQosInfo
GET     bucket  resourcePool               ListResourcePoolBuckets
PUT     bucket  requesterQosInfo           PutBucketRequesterQoSInfo
GET     bucket  requesterQosInfo           GetBucketRequesterQoSInfo
DELETE  bucket  requesterQosInfo           DeleteBucketRequesterQoSInfo
GET     bucket  cname                      ListCname
GET     bucket  cname&comp=token           GetCnameToken
POST    bucket  cname&comp=add             PutCname
POST    bucket  cname&comp=delete          DeleteCname
POST    bucket  cname&comp=token           CreateCnameToken
PUT     bucket  style                      PutStyle
GET     bucket  style                      GetStyle
DELETE  bucket  style                      DeleteStyle
PUT     bucket  transferAcceleration       PutBucketTransferAcceleration
GET     bucket  transferAcceleration       GetBucketTransferAcceleration
PUT     bucket  accessmonitor              PutBucketAccessMonitor
GET     bucket  accessmonitor              GetBucketAccessMonitor
PUT     bucket  httpsConfig                PutBucketHttpsConfig
GET     bucket  httpsConfig                GetBucketHttpsConfig
PUT     bucket  bucketArchiveDirectRead    PutBucketArchiveDirectRead
GET     bucket  bucketArchiveDirectRead    GetBucketArchiveDirectRead
PUT     bucket  resourceGroup              PutBucketResourceGroup
GET     bucket  resourceGroup              GetBucketResourceGroup
PUT     bucket  publicAccessBlock          PutBucketPublicAccessBlock
GET     bucket  publicAccessBlock          GetBucketPublicAccessBlock
DELETE  bucket  publicAccessBlock          DeleteBucketPublicAccessBlock
PUT     bucket  overwriteConfig            PutBucketOverwriteConfig
GET     bucket  overwriteConfig            GetBucketOverwriteConfig
DELETE  bucket  overwriteConfig            DeleteBucketOverwriteConfig
PUT     bucket  inventory                  PutBucketInventory
GET     bucket  inventory                  GetBucketInventory
DELETE  bucket  inventory                  DeleteBucketInventory
POST    bucket  replication&comp=add       PutBucketReplication
POST    bucket  replication&comp=delete    DeleteBucketReplication
GET     bucket  replication                GetBucketReplication
GET     bucket  replicationLocation        GetBucketReplicationLocation
GET     bucket  replicationProgress        GetBucketReplicationProgress
PUT     bucket  rtc                        PutBucketRtc
POST    bucket  worm                       InitiateBucketWorm
DELETE  bucket  worm                       AbortBucketWorm
GET     bucket  worm                       GetBucketWorm
POST    bucket  wormId                     CompleteBucketWorm
POST    bucket  wormExtend                 ExtendBucketWorm
PUT     bucket  objectWorm                 PutBucketObjectWormConfiguration
GET     bucket  objectWorm                 GetBucketObjectWormConfiguration
POST    bucket  metaQuery&comp=add         OpenMetaQuery
POST    bucket  metaQuery&comp=query       DoMetaQuery
POST    bucket  metaQuery&comp=delete      CloseMetaQuery
GET     bucket  metaQuery                  GetMetaQueryStatus
PUT     bucket  accessPoint                CreateAccessPoint
GET     bucket  accessPoint                GetAccessPoint
DELETE  bucket  accessPoint                DeleteAccessPoint
PUT     bucket  accessPointPolicy          PutAccessPointPolicy
GET     bucket  accessPointPolicy          GetAccessPointPolicy
DELETE  bucket  accessPointPolicy          DeleteAccessPointPolicy
POST    bucket  redundancyTransition       CreateBucketDataRedundancyTransition
GET     bucket  redundancyTransition       GetBucketDataRedundancyTransition
DELETE  bucket  redundancyTransition       DeleteBucketDataRedundancyTransition
PUT     bucket  policy&comp=callback       PutBucketCallbackPolicy
GET     bucket  policy&comp=callback       GetBucketCallbackPolicy
DELETE  bucket  policy&comp=callback       DeleteBucketCallbackPolicy
POST    bucket  asyncFetch                 PutAsyncFetchTask
GET     bucket  asyncFetch                 GetAsyncFetchTask
POST    bucket  metadataConfiguration      CreateBucketMetadataConfiguration
GET     bucket  metadataConfiguration      GetBucketMetadataConfiguration
DELETE  bucket  metadataConfiguration      DeleteBucketMetadataConfiguration
PUT     bucket  metadataInventoryTable     UpdateBucketMetadataInventoryTableConfiguration
PUT     bucket  metadataJournalTable       UpdateBucketMetadataJournalTableConfiguration
GET     bucket  live                       ListLiveChannel
PUT     object  live                       PutLiveChannel
GET     object  live                       GetLiveChannelInfo
DELETE  object  live                       DeleteLiveChannel
POST    object  vod                        PostVodPlaylist
GET     object  vod                        GetVodPlaylist
PUT     object  -                          PutObject
PUT     object  x-oss-copy-source          CopyObject
GET     object  -                          GetObject
HEAD    object  -                          HeadObject
HEAD    object  objectMeta                 GetObjectMeta
DELETE  object  -                          DeleteObject
POST    object  append                     AppendObject
POST    object  seal                       SealAppendObject
PUT     object  acl                        PutObjectAcl
GET     object  acl                        GetObjectAcl
PUT     object  symlink                    PutSymlink
GET     object  symlink                    GetSymlink
PUT     object  tagging                    PutObjectTagging
GET     object  tagging                    GetObjectTagging
DELETE  object  tagging                    DeleteObjectTagging
POST    object  restore                    RestoreObject
POST    object  cleanRestoredObject        CleanRestoredObject
POST    object  uploads                    InitiateMultipartUpload
PUT     object  uploadId                   UploadPart
POST    object  uploadId                   CompleteMultipartUpload
DELETE  object  uploadId                   AbortMultipartUpload
GET     object  uploadId                   ListParts
POST    object  x-oss-process              ProcessObject
GET     object  x-oss-process              GetObject with x-oss-process
POST    object  x-oss-async-process        AsyncProcessObject
PUT     object  retention                  PutObjectRetention
GET     object  retention                  GetObjectRetention
PUT     object  legalHold                  PutObjectLegalHold
GET     object  legalHold                  GetObjectLegalHold
"""

ACTIONS: dict[tuple[str, str, str], str] = {
    (method, level, "" if sub == "-" else sub): name.strip()
    for method, level, sub, name in (line.split(None, 3) for line in _TABLE.strip().splitlines())
}
"""(method, level, sub-resource) -> the action's name."""

FURTHER = {
    "UploadPartCopy": "UploadPart with x-oss-copy-source",
    "SelectObject": "GetObject with x-oss-process=csv/select or json/select",
    "CreateSelectObjectMeta": "GetObject with x-oss-process=csv/meta or json/meta",
    "ListBucketInventory": "GetBucketInventory without inventoryId",
    "ListStyle": "GetStyle without styleName",
    "PutLiveChannelStatus": "PutLiveChannel with status",
}
"""Actions that share the request line of another one."""

SELECTORS = frozenset((method, level, sub.partition("&")[0]) for method, level, sub in ACTIONS if sub)
"""(method, level, sub-resource) that select an action."""
