"""Buckets: creation, deletion, and what they say of themselves."""

from __future__ import annotations

import re
from typing import get_args
from urllib.parse import parse_qsl

import msgspec

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import (
    Bucket,
    BucketExistsError,
    BucketNotEmptyError,
    NoBucketError,
)
from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml
from yunbox.services.oss.access import require
from yunbox.services.oss.call import Call
from yunbox.services.oss.encryption import with_asked_encryption
from yunbox.services.oss.errors import (
    bucket_not_empty,
    bucket_taken,
    invalid_argument,
    invalid_bucket_name,
    no_such_bucket,
)
from yunbox.services.oss.model import BucketAcl, BucketSettings, Redundancy, StorageClass, encode, settings_of
from yunbox.services.oss.operation import operation
from yunbox.services.oss.public_access import forbid_public_acl
from yunbox.services.oss.resource_group import checked_group
from yunbox.services.oss.tags import check_bucket_tags, with_tags

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
    text = call.header("x-oss-acl")
    acl = bucket_acl(text) if text else None
    if acl is not None:
        await require(call, "oss:PutBucketAcl", None, name, "")
        forbid_public_acl(call, None, acl, "bucket")
    bucket = Bucket(
        name=name,
        owner=call.principal.account_id,
        region=region,
        created=call.milliseconds,
        attributes=encode(_first_settings(call, wanted, acl or "private")),
    )
    try:
        await call.objects.create_bucket(bucket)
    except BucketExistsError:
        await _create_again(call, name, region, acl)
    return Response(200, [("Location", f"/{name}")])


def _first_settings(call: Call, wanted: CreateBucketConfiguration, acl: BucketAcl) -> BucketSettings:
    if call.header("x-oss-agentic-bucket"):
        raise not_implemented("x-oss-agentic-bucket")
    settings = BucketSettings(
        acl=acl,
        storage_class=wanted.storage_class,
        redundancy=wanted.data_redundancy_type,
        resource_group=checked_group(call, call.principal.account_id, call.header("x-oss-resource-group-id")),
    )
    if tagging := call.header("x-oss-bucket-tagging"):
        pairs = parse_qsl(tagging, keep_blank_values=True, max_num_fields=64)
        settings = with_tags(settings, check_bucket_tags(pairs))
    return with_asked_encryption(settings, call.request.headers)


async def _create_again(call: Call, name: str, region: str, acl: BucketAcl | None) -> None:
    existing = await call.objects.bucket(name)
    if existing is None or existing.owner != call.principal.account_id or existing.region != region:
        raise bucket_taken(name)
    if acl is None or acl == settings_of(existing).acl:
        return
    await require(call, "oss:PutBucketAcl", existing, name, "")
    forbid_public_acl(call, existing, acl, "bucket")

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
