"""What a bucket says of itself."""

from __future__ import annotations

import msgspec

from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.acl import AccessControlList
from yunbox.services.oss.call import Call
from yunbox.services.oss.encryption import rule_of
from yunbox.services.oss.endpoints import extranet, intranet
from yunbox.services.oss.logging import logging_of
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import bucket_blocks
from yunbox.services.oss.resource_group import group_of
from yunbox.services.oss.service import Owner, owner_of
from yunbox.services.oss.times import iso_time
from yunbox.services.oss.transfer_acceleration import is_accelerated


class EncryptionFacts(Document):
    """How new objects are encrypted unless they ask otherwise; `None` in so many letters when they are not."""

    sse_algorithm: str = msgspec.field(name="SSEAlgorithm")
    kms_master_key_id: str | None = msgspec.field(name="KMSMasterKeyID", default=None)
    kms_data_encryption: str | None = msgspec.field(name="KMSDataEncryption", default=None)


class BucketPolicyInfo(Document):
    """Where access is logged."""

    log_bucket: str = ""
    log_prefix: str = ""


class BucketFacts(Document, kw_only=True):
    """What there is to know of a bucket."""

    access_monitor: str
    block_public_access: bool
    creation_date: str
    cross_region_replication: str
    data_redundancy_type: str
    extranet_endpoint: str
    intranet_endpoint: str
    location: str
    name: str
    resource_group_id: str
    storage_class: str
    transfer_acceleration: str
    comment: str = ""
    versioning: str | None
    owner: Owner
    access_control_list: AccessControlList
    server_side_encryption_rule: EncryptionFacts
    bucket_policy: BucketPolicyInfo


class BucketInfo(Document):
    """The answer to GetBucketInfo."""

    bucket: BucketFacts


@operation("GetBucketInfo", "GET", "bucket", "bucketInfo")
async def get_bucket_info(call: Call) -> BucketInfo:
    """Describe the bucket."""
    bucket, settings = call.bucket, call.settings
    return BucketInfo(
        bucket=BucketFacts(
            access_monitor="Disabled",
            block_public_access=bucket_blocks(bucket),
            creation_date=iso_time(bucket.created),
            cross_region_replication="Disabled",
            data_redundancy_type=settings.redundancy,
            extranet_endpoint=extranet(call, bucket.region),
            intranet_endpoint=intranet(call, bucket.region),
            location=f"oss-{bucket.region}",
            name=bucket.name,
            resource_group_id=group_of(call.bucket),
            storage_class=settings.storage_class,
            transfer_acceleration="Enabled" if is_accelerated(settings) else "Disabled",
            versioning=None if bucket.versioning == "Off" else bucket.versioning,
            owner=owner_of(bucket.owner),
            access_control_list=AccessControlList(grant=settings.acl),
            server_side_encryption_rule=_encryption(settings),
            bucket_policy=_logging(settings),
        )
    )


def _logging(settings: BucketSettings) -> BucketPolicyInfo:
    logging = logging_of(settings)
    if logging is None:
        return BucketPolicyInfo()
    return BucketPolicyInfo(log_bucket=logging.target_bucket, log_prefix=logging.target_prefix)


def _encryption(settings: BucketSettings) -> EncryptionFacts:
    rule = rule_of(settings)
    if rule is None:
        return EncryptionFacts(sse_algorithm="None")
    return EncryptionFacts(
        sse_algorithm=rule.sse_algorithm,
        kms_master_key_id=rule.kms_master_key_id,
        kms_data_encryption=rule.kms_data_encryption,
    )
