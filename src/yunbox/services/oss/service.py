"""The service itself: which buckets an account has."""

from __future__ import annotations

import msgspec

from yunbox.control.regions import REGIONS
from yunbox.engines.objects.interface import Bucket
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.endpoints import extranet, intranet
from yunbox.services.oss.errors import invalid_argument, no_such_region
from yunbox.services.oss.model import settings_of
from yunbox.services.oss.operation import operation
from yunbox.services.oss.parameters import integer
from yunbox.services.oss.resource_group import group_of
from yunbox.services.oss.tags import tags_of
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
    resource_group_id: str


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
    """List the caller's buckets of all regions, by name; those of one resource group or with tags, if asked."""
    query = call.query
    prefix, marker = query.get("prefix", ""), query.get("marker", "")
    limit = integer(query, "max-keys", default=100, low=1, high=MAX_BUCKETS)
    found = await _find(call, prefix, marker, limit + 1)
    shown, more = found[:limit], len(found) > limit
    paged = more or bool({"prefix", "marker", "max-keys"} & query.keys())
    return ListAllMyBucketsResult(
        prefix=prefix if paged else None,
        marker=marker if paged else None,
        max_keys=limit if paged else None,
        is_truncated=more if paged else None,
        next_marker=shown[-1].name if more else None,
        owner=owner_of(call.principal.account_id),
        buckets=Buckets(bucket=[_summary(call, bucket) for bucket in shown]),
    )


async def _find(call: Call, prefix: str, after: str, limit: int) -> list[Bucket]:
    """Return the caller's buckets that the query asks for, named after `after`, at most `limit`."""
    account, wanted = call.principal.account_id, _wanted_tags(call)
    group = call.header("x-oss-resource-group-id")
    if not wanted and not group:
        return await call.objects.buckets(owner=account, prefix=prefix, after=after, limit=limit)
    found: list[Bucket] = []
    while len(found) < limit:
        page = await call.objects.buckets(owner=account, prefix=prefix, after=after, limit=MAX_BUCKETS)
        found += [bucket for bucket in page if _has_tags(bucket, wanted) and group in ("", group_of(bucket))]
        if len(page) < MAX_BUCKETS:
            break
        after = page[-1].name
    return found[:limit]


def _has_tags(bucket: Bucket, wanted: list[tuple[str, str | None]]) -> bool:
    tags = tags_of(settings_of(bucket))
    return all(key in tags and value in (None, tags[key]) for key, value in wanted)


def _wanted_tags(call: Call) -> list[tuple[str, str | None]]:
    """Return the tags asked for: `tag-key` and `tag-value`, or `tagging="k1":"v1","k2":"v2"`.

    Raises CloudError (InvalidArgument).
    """
    query = call.query
    key, value = query.get("tag-key"), query.get("tag-value")
    if value is not None and not key:
        raise invalid_argument("A tag-value needs a tag-key.", "tag-value", value)
    wanted: list[tuple[str, str | None]] = [(key, value)] if key else []
    if text := query.get("tagging"):
        try:
            wanted += msgspec.json.decode(f"{{{text}}}", type=dict[str, str]).items()
        except (msgspec.DecodeError, UnicodeError):
            raise invalid_argument(
                'The tagging must be of the form "key":"value".', "tagging", text
            ) from None
    return wanted


def _summary(call: Call, bucket: Bucket) -> BucketSummary:
    return BucketSummary(
        creation_date=iso_time(bucket.created),
        extranet_endpoint=extranet(call, bucket.region),
        intranet_endpoint=intranet(call, bucket.region),
        location=f"oss-{bucket.region}",
        name=bucket.name,
        region=bucket.region,
        storage_class=settings_of(bucket).storage_class,
        resource_group_id=group_of(bucket),
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
    if asked and asked not in REGIONS:
        raise no_such_region(asked)
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
