"""Buckets: creation, deletion, and what they say of themselves."""

from __future__ import annotations

import re
from typing import get_args

import msgspec

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import (
    Bucket,
    BucketExistsError,
    BucketNotEmptyError,
    NoBucketError,
)
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml
from yunbox.services.oss.call import Call
from yunbox.services.oss.endpoints import extranet, intranet
from yunbox.services.oss.errors import (
    bucket_not_empty,
    bucket_taken,
    invalid_argument,
    invalid_bucket_name,
    no_such_bucket,
)
from yunbox.services.oss.model import BucketAcl, BucketSettings, Redundancy, StorageClass, encode, settings_of
from yunbox.services.oss.operation import operation
from yunbox.services.oss.service import Owner, owner_of
from yunbox.services.oss.times import iso_time

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def check_bucket_name(name: str) -> None:
    """Refuse a name that no bucket can have: 3 to 63 lower-case letters, digits and inner hyphens."""
    if not _NAME.fullmatch(name):
        raise invalid_bucket_name(name)


def bucket_acl(text: str) -> BucketAcl:
    """Return the ACL named. Raises CloudError (InvalidArgument)."""
    for known in get_args(BucketAcl):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise invalid_argument("no such bucket access control exists", "x-oss-acl", text)


class CreateBucketConfiguration(Document):
    """What a new bucket shall be like. `location_constraint` is `oss-<region>`, as older clients send."""

    storage_class: StorageClass = "Standard"
    data_redundancy_type: Redundancy = "LRS"
    location_constraint: str = ""


@operation("PutBucket", "PUT", "bucket", needs_bucket=False)
async def put_bucket(call: Call) -> Response:
    """Create a bucket in the region of the endpoint; creating one's own again changes its ACL at most."""
    name = call.route.bucket
    check_bucket_name(name)
    body = await call.request.body.read(MAX_XML_BODY)
    wanted = from_xml(body, CreateBucketConfiguration, "CreateBucketConfiguration") if body.strip() else None
    wanted = wanted or CreateBucketConfiguration()
    region = call.region
    if wanted.location_constraint:
        region = wanted.location_constraint.removeprefix("oss-")
        if region not in REGIONS:
            raise invalid_argument("The location constraint is not valid.", "LocationConstraint", region)
    acl = call.header("x-oss-acl")
    settings = BucketSettings(
        acl=bucket_acl(acl) if acl else "private",
        storage_class=wanted.storage_class,
        redundancy=wanted.data_redundancy_type,
    )
    bucket = Bucket(
        name=name,
        owner=call.principal.account_id,
        region=region,
        created=call.milliseconds,
        attributes=encode(settings),
    )
    try:
        await call.objects.create_bucket(bucket)
    except BucketExistsError:
        await _create_again(call, name, region, settings.acl if acl else None)
    return Response(200, [("Location", f"/{name}")])


async def _create_again(call: Call, name: str, region: str, acl: BucketAcl | None) -> None:
    existing = await call.objects.bucket(name)
    if existing is None or existing.owner != call.principal.account_id or existing.region != region:
        raise bucket_taken(name)
    if acl is not None and acl != settings_of(existing).acl:

        def change(bucket: Bucket) -> Bucket:
            settings = msgspec.structs.replace(settings_of(bucket), acl=acl)
            return msgspec.structs.replace(bucket, attributes=encode(settings))

        await call.objects.update_bucket(name, change)


@operation("DeleteBucket", "DELETE", "bucket")
async def delete_bucket(call: Call) -> Response:
    """Delete an empty bucket."""
    try:
        await call.objects.delete_bucket(call.bucket.name)
    except BucketNotEmptyError:
        raise bucket_not_empty(call.bucket.name) from None
    except NoBucketError:
        raise no_such_bucket(call.bucket.name) from None
    return Response(204)


class AccessControlList(Document):
    """The one grant there is."""

    grant: str


class ServerSideEncryptionRule(Document):
    """How new objects are encrypted unless they ask otherwise."""

    sse_algorithm: str = msgspec.field(name="SSEAlgorithm")


class BucketPolicyInfo(Document):
    """Where access is logged."""

    log_bucket: str
    log_prefix: str


class BucketFacts(Document, kw_only=True):
    """What there is to know of a bucket."""

    access_monitor: str = msgspec.field(default="Disabled")
    creation_date: str
    extranet_endpoint: str
    intranet_endpoint: str
    location: str
    name: str
    data_redundancy_type: str
    storage_class: str
    owner: Owner
    access_control_list: AccessControlList
    comment: str = ""
    versioning: str | None = None
    server_side_encryption_rule: ServerSideEncryptionRule
    bucket_policy: BucketPolicyInfo
    block_public_access: bool = False
    transfer_acceleration: str = "Disabled"
    cross_region_replication: str = "Disabled"


class BucketInfo(Document):
    """The answer to GetBucketInfo."""

    bucket: BucketFacts


@operation("GetBucketInfo", "GET", "bucket", "bucketInfo")
async def get_bucket_info(call: Call) -> BucketInfo:
    """Describe the bucket."""
    bucket, settings = call.bucket, call.settings
    return BucketInfo(
        bucket=BucketFacts(
            creation_date=iso_time(bucket.created),
            extranet_endpoint=extranet(call, bucket.region),
            intranet_endpoint=intranet(call, bucket.region),
            location=f"oss-{bucket.region}",
            name=bucket.name,
            data_redundancy_type=settings.redundancy,
            storage_class=settings.storage_class,
            owner=owner_of(bucket.owner),
            access_control_list=AccessControlList(grant=settings.acl),
            versioning=None if bucket.versioning == "Off" else bucket.versioning,
            server_side_encryption_rule=ServerSideEncryptionRule(sse_algorithm="None"),
            bucket_policy=BucketPolicyInfo(log_bucket="", log_prefix=""),
        )
    )
