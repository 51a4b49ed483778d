"""The service itself: which buckets an account has."""

from __future__ import annotations

import msgspec

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import Bucket
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.endpoints import extranet, intranet
from yunbox.services.oss.model import settings_of
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import integer
from yunbox.services.oss.times import iso_time

MAX_BUCKETS = 1000


class Owner(Document):
    """An account. OSS shows the account id as both."""

    id: str = msgspec.field(name="ID")
    display_name: str


def owner_of(account_id: str) -> Owner:
    """Return how an account is shown."""
    return Owner(id=account_id, display_name=account_id)


class BucketSummary(Document):
    """One bucket in a listing."""

    creation_date: str
    extranet_endpoint: str
    intranet_endpoint: str
    location: str
    name: str
    region: str
    storage_class: str


class Buckets(Document):
    """The buckets of a page."""

    bucket: list[BucketSummary] = []


class ListAllMyBucketsResult(Document, kw_only=True):
    """One page of an account's buckets."""

    prefix: str | None = None
    marker: str | None = None
    max_keys: int | None = None
    is_truncated: bool | None = None
    next_marker: str | None = None
    owner: Owner
    buckets: Buckets


@operation("ListBuckets", "GET", "service", needs_bucket=False)
async def list_buckets(call: Call) -> ListAllMyBucketsResult:
    """List the caller's buckets of all regions, by name."""
    query = call.query
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    limit = integer(query, "max-keys", default=100, low=1, high=MAX_BUCKETS)
    account = call.principal.account_id
    found = await call.objects.buckets(owner=account, prefix=prefix, after=marker, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    paged = more or bool({"prefix", "marker", "max-keys"} & query.keys())
    return ListAllMyBucketsResult(
        prefix=prefix if paged else None,
        marker=marker if paged else None,
        max_keys=limit if paged else None,
        is_truncated=more if paged else None,
        next_marker=shown[-1].name if more else None,
        owner=owner_of(account),
        buckets=Buckets(bucket=[_summary(call, bucket) for bucket in shown]),
    )


def _summary(call: Call, bucket: Bucket) -> BucketSummary:
    return BucketSummary(
        creation_date=iso_time(bucket.created),
        extranet_endpoint=extranet(call, bucket.region),
        intranet_endpoint=intranet(call, bucket.region),
        location=f"oss-{bucket.region}",
        name=bucket.name,
        region=bucket.region,
        storage_class=settings_of(bucket).storage_class,
    )


class RegionInfo(Document):
    """One region and its endpoints."""

    region: str
    internet_endpoint: str
    internal_endpoint: str
    accelerate_endpoint: str


class RegionInfoList(Document):
    """The regions."""

    region_info: list[RegionInfo]


@operation("DescribeRegions", "GET", "service", "regions", needs_bucket=False)
async def describe_regions(call: Call) -> RegionInfoList:
    """List the regions, or the one named by `regions=oss-<region>`."""
    asked = call.query["regions"].removeprefix("oss-")
    return RegionInfoList(
        region_info=[
            RegionInfo(
                region=f"oss-{region}",
                internet_endpoint=extranet(call, region),
                internal_endpoint=intranet(call, region),
                accelerate_endpoint="oss-accelerate.aliyuncs.com",
            )
            for region in REGIONS
            if asked in ("", region)
        ]
    )
