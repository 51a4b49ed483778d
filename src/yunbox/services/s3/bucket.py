"""Buckets in S3's shapes: which there are, where they are, creation."""

from __future__ import annotations

from typing import cast

from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document
from yunbox.gateway.signatures.s3_refusals import wrong_region
from yunbox.services.oss.bucket import put_bucket
from yunbox.services.oss.call import Call
from yunbox.services.oss.parameters import integer
from yunbox.services.oss.service import Owner, owner_of
from yunbox.services.oss.tags import Tag, Tagging, TagSet, tags_of
from yunbox.services.oss.times import iso_time
from yunbox.services.s3.action import own
from yunbox.services.s3.payload import KnownBody
from yunbox.services.s3.words import NAMESPACE

MAX_BUCKETS = 10_000


class BucketSummary(Document):
    """One bucket in a listing."""

    name: str
    creation_date: str
    bucket_region: str


class Buckets(Document):
    """The buckets of a page."""

    bucket: list[BucketSummary] = []


class ListAllMyBucketsResult(Document):
    """One page of an account's buckets."""

    owner: Owner
    buckets: Buckets
    prefix: str | None = None
    continuation_token: str | None = None


@own("ListBuckets", "oss:ListBuckets", needs_bucket=False)
async def list_buckets(call: Call) -> ListAllMyBucketsResult:
    """List the caller's buckets, by name; all of them unless max-buckets says how many."""
    query, account = call.query, call.principal.account_id
    limit = integer(query, "max-buckets", default=MAX_BUCKETS, low=1, high=MAX_BUCKETS)
    prefix, region = query.get("prefix", ""), query.get("bucket-region", "").removeprefix("oss-")
    after = query.get("continuation-token", "")
    shown: list[BucketSummary] = []
    while len(shown) <= limit:
        found = await call.objects.buckets(owner=account, prefix=prefix, after=after, limit=limit + 1)
        for each in found:
            if not region or each.region == region:
                shown.append(BucketSummary(each.name, iso_time(each.created), each.region))
        if len(found) <= limit:
            break
        after = found[-1].name
    return ListAllMyBucketsResult(
        owner_of(account),
        Buckets(shown[:limit]),
        prefix=prefix or None,
        continuation_token=shown[limit - 1].name if len(shown) > limit else None,
    )


@own("CreateBucket", "oss:PutBucket", needs_bucket=False)
async def create_bucket(call: Call) -> Response:
    """Create a bucket: in the region that LocationConstraint names, else in the one signed for.

    Raises CloudError: AuthorizationHeaderMalformed when that is no region of the cloud, which tells one that is.
    """
    body = await call.request.body.read(MAX_XML_BODY)
    call.request.body = KnownBody(body)
    claim, region_given = call.claim, bool(call.route.region) or b"LocationConstraint" in body
    if claim and not region_given and claim.region.removeprefix("oss-") not in REGIONS:
        raise wrong_region(claim, call.cloud.default_region)
    return cast(Response, await put_bucket(call))


@own("HeadBucket", "oss:ListObjects")
async def head_bucket(call: Call) -> Response:
    """Say that the bucket is there, and in which region."""
    return Response(200, [("x-amz-bucket-region", call.bucket.region), ("Content-Type", "application/xml")])


@own("GetBucketLocation", "oss:GetBucketLocation")
async def get_bucket_location(call: Call) -> Response:
    """Return the bucket's region as clients sign with it."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<LocationConstraint xmlns="{NAMESPACE}">{call.bucket.region}</LocationConstraint>'
    )
    return Response(200, [("Content-Type", "application/xml")], text.encode())


@own("GetBucketTagging", "oss:GetBucketTagging")
async def get_bucket_tagging(call: Call) -> Tagging:
    """Return the bucket's tags. Raises CloudError (NoSuchTagSet) when it has none, as S3 does."""
    tags = tags_of(call.settings)
    if not tags:
        raise CloudError(
            "NoSuchTagSet", 404, "The TagSet does not exist", details={"BucketName": call.bucket.name}
        )
    return Tagging(tag_set=TagSet(tag=[Tag(key=key, value=value) for key, value in tags.items()]))
