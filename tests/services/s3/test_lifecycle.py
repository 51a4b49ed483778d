"""Lifecycle rules through the S3 door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import oss2
import pytest
from running import RunningCloud

Refused = Callable[..., dict[str, Any]]


def _put(s3: Any, bucket: str, *rules: dict[str, Any]) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def test_rules_come_back_as_they_were_set(
    s3: Any, s3_bucket: str, cloud: RunningCloud, s3_refused: Refused
) -> None:
    s3_refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=s3_bucket)
    rules = [
        {
            "ID": "cool",
            "Filter": {"Prefix": "logs/"},
            "Status": "Enabled",
            "Transitions": [
                {"Days": 30, "StorageClass": "STANDARD_IA"},
                {"Days": 60, "StorageClass": "GLACIER"},
            ],
            "Expiration": {"Days": 400},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "tagged",
            "Filter": {
                "And": {
                    "Prefix": "tmp/",
                    "Tags": [{"Key": "a", "Value": "b"}],
                    "ObjectSizeGreaterThan": 100,
                }
            },
            "Status": "Disabled",
            "Expiration": {"Days": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
        },
    ]
    _put(s3, s3_bucket, *rules)
    assert s3.get_bucket_lifecycle_configuration(Bucket=s3_bucket)["Rules"] == rules
    native = cloud.oss2_bucket(s3_bucket).get_bucket_lifecycle().rules
    assert [(each.id, each.prefix, each.status) for each in native] == [
        ("cool", "logs/", "Enabled"),
        ("tagged", "tmp/", "Disabled"),
    ]
    assert [each.storage_class for each in native[0].storage_transitions] == ["IA", "Archive"]
    s3.delete_bucket_lifecycle(Bucket=s3_bucket)
    s3_refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=s3_bucket)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"Transitions": [{"Date": "2030-01-01", "StorageClass": "GLACIER"}]}, "NotImplemented"),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}]}, "NotImplemented"),
        (
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}},
            "NotImplemented",
        ),
        ({"Prefix": "x", "Expiration": {"Days": 1}}, "MalformedXML"),
    ],
)
def test_what_oss_cannot_do_is_refused(
    s3: Any, s3_bucket: str, s3_refused: Refused, part: dict[str, Any], code: str
) -> None:
    rule = {"ID": "x", "Filter": {"Prefix": "x"}, "Status": "Enabled", **part}
    s3_refused(
        code,
        s3.put_bucket_lifecycle_configuration,
        Bucket=s3_bucket,
        LifecycleConfiguration={"Rules": [rule]},
    )
    s3_refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=s3_bucket)


def test_a_rule_that_s3_cannot_say_is_not_shown_in_part(
    s3: Any, bucket: oss2.Bucket, s3_refused: Refused
) -> None:
    expiration = oss2.models.LifecycleExpiration(created_before_date=date(2020, 1, 1))
    rule = oss2.models.LifecycleRule("old", "x", expiration=expiration)
    bucket.put_bucket_lifecycle(oss2.models.BucketLifecycle([rule]))
    s3_refused("NotImplemented", s3.get_bucket_lifecycle_configuration, Bucket=bucket.bucket_name)
