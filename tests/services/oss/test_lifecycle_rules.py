"""Lifecycle rules as documents: what is kept, what is refused and how."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import alibabacloud_oss_v2 as newer
import oss2
import pytest
from oss2.models import (
    AbortMultipartUpload,
    BucketLifecycle,
    FilterNot,
    FilterNotTag,
    LifecycleExpiration,
    LifecycleFilter,
    LifecycleRule,
    NoncurrentVersionExpiration,
    NoncurrentVersionStorageTransition,
    StorageTransition,
    Tagging,
    TaggingRule,
)
from plain_http import sdk_v2
from running import RunningCloud

from yunbox.errors import CloudError
from yunbox.gateway.protocols.xml import from_xml
from yunbox.services.oss.lifecycle_check import check_rules
from yunbox.services.oss.lifecycle_documents import LifecycleConfiguration

Refused = Callable[..., oss2.exceptions.OssError]


def checked(rules: str, *, allow_overlap: bool = False) -> None:
    """Check rules given as XML, each standing for `<Rule><Status>Enabled</Status>...</Rule>`."""
    body = f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>"
    document = from_xml(body.encode(), LifecycleConfiguration, "LifecycleConfiguration")
    check_rules(document.rule, allow_overlap=allow_overlap)


def rule(inner: str, prefix: str = "") -> str:
    return f"<Rule><Prefix>{prefix}</Prefix><Status>Enabled</Status>{inner}</Rule>"


def expiration(inner: str) -> str:
    return f"<Expiration>{inner}</Expiration>"


def transition(inner: str, storage_class: str = "IA") -> str:
    return f"<Transition>{inner}<StorageClass>{storage_class}</StorageClass></Transition>"


DAYS = "<Days>{}</Days>".format
BEFORE = "<CreatedBeforeDate>{}</CreatedBeforeDate>".format
DATE = "2026-01-01T00:00:00.000Z"


def test_a_whole_rule_comes_back_as_it_was_given(either_bucket: oss2.Bucket) -> None:
    tags = TaggingRule()
    tags.add("k", "v")
    given = LifecycleRule(
        "rule1",
        "日志/",
        status=LifecycleRule.ENABLED,
        expiration=LifecycleExpiration(days=400),
        storage_transitions=[StorageTransition(days=30, storage_class="IA", allow_small_file=False)],
        abort_multipart_upload=AbortMultipartUpload(created_before_date=datetime.date(2020, 12, 12)),
        tagging=Tagging(tags),
        noncurrent_version_expiration=NoncurrentVersionExpiration(30),
        noncurrent_version_sotrage_transitions=[NoncurrentVersionStorageTransition(10, "Archive")],
        filter=LifecycleFilter([FilterNot("日志/keep", FilterNotTag("a", "b"))], 100, 200),
    )
    either_bucket.put_bucket_lifecycle(BucketLifecycle([given]))
    [found] = either_bucket.get_bucket_lifecycle().rules
    assert (found.id, found.prefix, found.status) == ("rule1", "日志/", "Enabled")
    assert found.expiration.days == 400
    assert (found.storage_transitions[0].days, found.storage_transitions[0].storage_class) == (30, "IA")
    assert found.storage_transitions[0].allow_small_file is False
    assert found.abort_multipart_upload.created_before_date == datetime.date(2020, 12, 12)
    assert found.tagging.tag_set.tagging_rule == {"k": "v"}
    assert found.noncurrent_version_expiration.noncurrent_days == 30
    assert found.noncurrent_version_sotrage_transitions[0].storage_class == "Archive"
    assert (found.filter.object_size_greater_than, found.filter.object_size_less_than) == (100, 200)
    assert found.filter.filter_not[0].prefix == "日志/keep"
    assert found.filter.filter_not[0].tag.value == "b"


def test_rules_are_replaced_and_removed(bucket: oss2.Bucket, refused: Refused) -> None:
    refused("NoSuchLifecycle", bucket.get_bucket_lifecycle)
    for days in (3, 5):
        kept = LifecycleRule("", "", expiration=LifecycleExpiration(days=days))
        bucket.put_bucket_lifecycle(BucketLifecycle([kept]))
        [found] = bucket.get_bucket_lifecycle().rules
        assert found.expiration.days == days
        assert len(found.id) == 32
    bucket.delete_bucket_lifecycle()
    bucket.delete_bucket_lifecycle()
    refused("NoSuchLifecycle", bucket.get_bucket_lifecycle)


def test_overlapping_rules_need_the_header(bucket: oss2.Bucket, refused: Refused) -> None:
    rules = BucketLifecycle(
        [
            LifecycleRule("1", "a/", expiration=LifecycleExpiration(days=3)),
            LifecycleRule("2", "a/b", expiration=LifecycleExpiration(days=5)),
        ]
    )
    error = refused("InvalidArgument", bucket.put_bucket_lifecycle, rules)
    assert error.message == "Overlap for same action type Expiration"
    bucket.put_bucket_lifecycle(rules, {"x-oss-allow-same-action-overlap": "true"})
    assert len(bucket.get_bucket_lifecycle().rules) == 2
    refused(
        "InvalidArgument", bucket.put_bucket_lifecycle, rules, {"x-oss-allow-same-action-overlap": "maybe"}
    )


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("MalformedXML", ""),
        ("MalformedXML", rule("")),
        ("MalformedXML", rule(expiration(""))),
        ("MalformedXML", rule(expiration(DAYS(3) + BEFORE(DATE)))),
        (
            "MalformedXML",
            rule(expiration(DAYS(3) + "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>")),
        ),
        (
            "MalformedXML",
            rule(expiration("<ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker>")),
        ),
        ("MalformedXML", rule(transition(""))),
        (
            "MalformedXML",
            rule(transition(DAYS(3) + "<ReturnToStdWhenVisit>true</ReturnToStdWhenVisit>")),
        ),
        ("MalformedXML", rule(transition(DAYS(3), "Frozen"))),
        ("MalformedXML", rule(expiration(DAYS(3)) + "<Surprise/>")),
        ("InvalidArgument", rule(expiration(DAYS(0)))),
        ("InvalidArgument", rule(expiration(BEFORE("2026-01-01T08:00:00.000Z")))),
        ("InvalidArgument", rule(expiration(BEFORE("2026-02-30T00:00:00.000Z")))),
        ("InvalidArgument", rule(transition(DAYS(3), "Standard"))),
        ("InvalidArgument", rule(transition(DAYS(5)) + transition(DAYS(5), "Archive"))),
        ("InvalidArgument", rule(transition(DAYS(4)) + expiration(DAYS(4)))),
        ("InvalidArgument", rule(transition(DAYS(4)) + transition(DAYS(5)))),
        ("InvalidArgument", rule(expiration(DAYS(4)) + "<Tag><Key>%&amp;</Key></Tag>")),
        ("InvalidArgument", rule(expiration(DAYS(4)) + "<Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag>")),
        ("InvalidArgument", 2 * rule("<ID>same</ID>" + expiration(DAYS(4)))),
        ("InvalidArgument", rule(f"<ID>{'x' * 256}</ID>" + expiration(DAYS(4)))),
        ("InvalidArgument", rule(transition(DAYS(9))) + rule(expiration(DAYS(8)), "a")),
        (
            "InvalidArgument",
            rule(expiration(DAYS(4)) + "<Filter><Not><Prefix>b</Prefix></Not></Filter>", "a"),
        ),
        (
            "InvalidArgument",
            rule(expiration(DAYS(4)) + "<Filter><Not><Prefix>a</Prefix></Not></Filter>", "a"),
        ),
        (
            "InvalidArgument",
            rule(
                expiration(DAYS(4))
                + "<Filter><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan>"
                + "<ObjectSizeLessThan>9</ObjectSizeLessThan></Filter>"
            ),
        ),
        ("InvalidRequest", rule(expiration(BEFORE(DATE)) + transition(DAYS(3)))),
        ("InvalidRequest", rule(expiration(BEFORE(DATE))) + rule(transition(DAYS(3)), "a")),
        ("NotImplemented", rule(transition(DAYS(3) + "<IsAccessTime>true</IsAccessTime>"))),
        ("NotImplemented", rule(expiration(DAYS(3)) + "<AtimeBase>1631698332</AtimeBase>")),
        ("InvalidArgument", "".join(rule(expiration(DAYS(4)), f"{n:04}") for n in range(1001))),
    ],
)
def test_refusals(code: str, rules: str) -> None:
    with pytest.raises(CloudError) as caught:
        checked(rules)
    assert caught.value.code == code, caught.value


@pytest.mark.parametrize(
    "rules",
    [
        rule(expiration(BEFORE("2016-12-20T00:00:00.000Z")) + transition(BEFORE(DATE))),
        rule(transition(DAYS(5), "Archive") + transition(DAYS(2)) + expiration(DAYS(6))),
        rule(expiration(DAYS(4)), "a") + rule(expiration(DAYS(4)), "b"),
        rule(transition(DAYS(4)), "a") + rule(expiration(DAYS(5)), "ab"),
        rule(expiration(DAYS(4)) + "<Tag><Key>a</Key></Tag>") + rule(expiration(DAYS(9))),
        rule(expiration(DAYS(4)) + f"<Tag><Key>{'a' * 129}</Key></Tag>"),
        "".join(rule(expiration(DAYS(4)), f"{n:04}") for n in range(1000)),
    ],
)
def test_what_is_accepted(rules: str) -> None:
    checked(rules)


def test_overlap_allowed_lets_rules_contradict_each_other() -> None:
    checked(2 * rule(expiration(DAYS(4))), allow_overlap=True)
    checked(rule(transition(DAYS(9))) + rule(expiration(DAYS(8)), "a"), allow_overlap=True)


def test_rules_by_access_time_are_refused_by_name(bucket: oss2.Bucket, refused: Refused) -> None:
    asked: Any = StorageTransition(
        days=3, storage_class="IA", is_access_time=True, return_to_std_when_visit=True
    )
    error = refused(
        "NotImplemented",
        bucket.put_bucket_lifecycle,
        BucketLifecycle([LifecycleRule("1", "", storage_transitions=[asked])]),
    )
    assert "IsAccessTime" in error.message
    refused("NoSuchLifecycle", bucket.get_bucket_lifecycle)


def test_an_object_says_when_it_ends_and_by_which_rule(bucket: oss2.Bucket) -> None:
    bucket.put_object("log/1", b"x")
    bucket.put_object("other", b"x")
    bucket.put_bucket_lifecycle(
        BucketLifecycle(
            [
                LifecycleRule("later", "log/", expiration=LifecycleExpiration(days=300)),
                LifecycleRule("a rule", "log/1", expiration=LifecycleExpiration(days=2)),
                LifecycleRule("never", "log/2", expiration=LifecycleExpiration(days=2**31 - 1)),
            ]
        ),
        {"x-oss-allow-same-action-overlap": "true"},
    )
    head = bucket.head_object("log/1")
    day = datetime.datetime.fromtimestamp(head.last_modified, datetime.UTC).date() + datetime.timedelta(3)
    said = f'expiry-date="{day:%a, %d %b %Y} 00:00:00 GMT", rule-id="a%20rule"'
    assert head.headers["x-oss-expiration"] == said
    assert bucket.get_object("log/1").headers["x-oss-expiration"] == said
    assert "x-oss-expiration" not in bucket.head_object("other").headers
    bucket.put_object("log/2", b"x")
    assert 'rule-id="later"' in bucket.head_object("log/2").headers["x-oss-expiration"]


def test_the_newer_sdk_writes_and_reads_rules_and_logging(cloud: RunningCloud, bucket: oss2.Bucket) -> None:
    client = sdk_v2(cloud)
    midnight = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    rule = newer.LifecycleRule(
        id="r",
        prefix="a/",
        status="Enabled",
        tags=[newer.Tag(key="k", value="v")],
        filter=newer.LifecycleRuleFilter(nots=[newer.LifecycleRuleNot(prefix="a/not")]),
        expiration=newer.LifecycleRuleExpiration(created_before_date=midnight),
        transitions=[newer.LifecycleRuleTransition(created_before_date=midnight, storage_class="IA")],
        abort_multipart_upload=newer.LifecycleRuleAbortMultipartUpload(days=3),
        noncurrent_version_expiration=newer.NoncurrentVersionExpiration(noncurrent_days=9),
    )
    client.put_bucket_lifecycle(
        newer.PutBucketLifecycleRequest(
            bucket=bucket.bucket_name,
            allow_same_action_overlap="true",
            lifecycle_configuration=newer.LifecycleConfiguration(rules=[rule]),
        )
    )
    found = client.get_bucket_lifecycle(newer.GetBucketLifecycleRequest(bucket=bucket.bucket_name))
    [read] = found.lifecycle_configuration.rules
    assert (read.id, read.prefix, read.status) == ("r", "a/", "Enabled")
    assert (read.tags[0].key, read.filter.nots[0].prefix) == ("k", "a/not")
    assert read.expiration.created_before_date == midnight
    assert read.transitions[0].storage_class == "IA"
    assert (read.abort_multipart_upload.days, read.noncurrent_version_expiration.noncurrent_days) == (3, 9)
    wanted = newer.LoggingEnabled(target_bucket=bucket.bucket_name, target_prefix="log/")
    client.put_bucket_logging(
        newer.PutBucketLoggingRequest(
            bucket=bucket.bucket_name,
            bucket_logging_status=newer.BucketLoggingStatus(logging_enabled=wanted),
        )
    )
    status = client.get_bucket_logging(newer.GetBucketLoggingRequest(bucket=bucket.bucket_name))
    assert status.bucket_logging_status.logging_enabled.target_prefix == "log/"
    info = client.get_bucket_info(newer.GetBucketInfoRequest(bucket=bucket.bucket_name)).bucket_info
    assert info.bucket_policy.log_bucket == bucket.bucket_name
