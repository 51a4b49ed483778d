"""Tags of buckets, and listing buckets by them."""

from __future__ import annotations

import oss2
import pytest
from oss2.models import Tagging, TaggingRule


def tagging(**tags: str) -> Tagging:
    rule = TaggingRule()
    rule.tagging_rule = tags
    return Tagging(rule)


def tags_of(bucket: oss2.Bucket) -> dict[str, str]:
    return bucket.get_bucket_tagging().tag_set.tagging_rule


def test_tags_come_back_and_go_one_by_one(either_bucket: oss2.Bucket) -> None:
    assert tags_of(either_bucket) == {}
    either_bucket.put_bucket_tagging(tagging(色="红 <&>", b="", c="3"))
    assert tags_of(either_bucket) == {"色": "红 <&>", "b": "", "c": "3"}
    assert either_bucket.delete_bucket_tagging(params={"tagging": "b,色,none"}).status == 204
    assert tags_of(either_bucket) == {"c": "3"}
    either_bucket.delete_bucket_tagging()
    assert tags_of(either_bucket) == {}


@pytest.mark.parametrize(
    "tags",
    [
        {str(number): "" for number in range(21)},
        {"k" * 129: ""},
        {"k": "v" * 257},
        {"": "v"},
        {"aliyun-k": "v"},
        {"http://k": "v"},
    ],
)
def test_tags_out_of_bounds_are_refused(bucket: oss2.Bucket, refused, tags: dict[str, str]) -> None:
    bucket.put_bucket_tagging(tagging(old="1"))
    refused("InvalidArgument", bucket.put_bucket_tagging, tagging(**tags))
    assert tags_of(bucket) == {"old": "1"}


def test_buckets_are_listed_by_tags(cloud, bucket_name: str) -> None:
    service = oss2.Service(oss2.Auth(*cloud.keys), cloud.endpoint)
    buckets = [cloud.oss2_bucket(f"{bucket_name}-{letter}") for letter in "abcd"]
    for number, each in enumerate(buckets):
        each.create_bucket()
        each.put_bucket_tagging(tagging(**{bucket_name: str(number % 2), "all": "yes"}))

    def found(**params: str) -> list[str]:
        names = [each.name for each in service.list_buckets(prefix=bucket_name, params=params).buckets]
        return [name[-1] for name in names]

    assert found(**{"tag-key": bucket_name}) == ["a", "b", "c", "d"]
    assert found(**{"tag-key": bucket_name, "tag-value": "1"}) == ["b", "d"]
    assert found(tagging=f'"{bucket_name}":"0","all":"yes"') == ["a", "c"]
    assert found(tagging=f'"{bucket_name}":"0","all":"no"') == []
    page = service.list_buckets(
        prefix=bucket_name, max_keys=1, params={"tag-key": bucket_name, "tag-value": "1"}
    )
    assert (page.is_truncated, page.next_marker) == (True, f"{bucket_name}-b")
    rest = service.list_buckets(
        prefix=bucket_name, marker=page.next_marker, params={"tag-key": bucket_name, "tag-value": "1"}
    )
    assert [each.name for each in rest.buckets] == [f"{bucket_name}-d"]


def test_a_question_about_tags_that_is_none(cloud, refused) -> None:
    service = oss2.Service(oss2.Auth(*cloud.keys), cloud.endpoint)
    refused("InvalidArgument", service.list_buckets, params={"tag-value": "v"})
    refused("InvalidArgument", service.list_buckets, params={"tagging": "a:b"})


def test_tags_given_at_creation(cloud, bucket_name: str, refused) -> None:
    bucket = cloud.oss2_bucket(bucket_name)
    refused("InvalidArgument", bucket.create_bucket, headers={"x-oss-bucket-tagging": "aliyun=1"})
    bucket.create_bucket(headers={"x-oss-bucket-tagging": "k1=v1&k2=a%26b"})
    assert tags_of(bucket) == {"k1": "v1", "k2": "a&b"}
