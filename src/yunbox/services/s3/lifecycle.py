"""Lifecycle rules in S3's shape. They are kept in OSS's, so both doors show the same rules.

Source: AWS documentation, `PutBucketLifecycleConfiguration`. What one of the two cannot say is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar, cast

import msgspec

from yunbox.errors import not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.limits import MAX_XML_BODY
from yunbox.gateway.protocols.xml import Document, from_xml, malformed_xml, to_xml
from yunbox.services.oss import lifecycle as oss
from yunbox.services.oss import lifecycle_documents as kept
from yunbox.services.oss.call import Call
from yunbox.services.oss.model import StorageClass
from yunbox.services.s3.action import own
from yunbox.services.s3.payload import KnownBody
from yunbox.services.s3.vocabulary import SHOWN_CLASSES, oss_storage_class

A = TypeVar("A")
B = TypeVar("B")


class And(Document):
    """Several criteria, all of which must hold."""

    prefix: str | None = None
    tag: list[kept.RuleTag] = []
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None


class Filter(Document):
    """One criterion, or several in `and_`."""

    prefix: str | None = None
    tag: kept.RuleTag | None = None
    object_size_greater_than: int | None = None
    object_size_less_than: int | None = None
    and_: And | None = msgspec.field(name="And", default=None)


class Expiration(Document):
    """When current versions go."""

    days: int | None = None
    date: str | None = None
    expired_object_delete_marker: bool | None = None


class Transition(Document, kw_only=True):
    """When current versions move to a colder storage class."""

    days: int | None = None
    date: str | None = None
    storage_class: str


class NoncurrentVersionExpiration(Document):
    """When former versions go."""

    noncurrent_days: int
    newer_noncurrent_versions: int | None = None


class NoncurrentVersionTransition(Document, kw_only=True):
    """When former versions move to a colder storage class."""

    noncurrent_days: int
    newer_noncurrent_versions: int | None = None
    storage_class: str


class AbortIncompleteMultipartUpload(Document):
    """When uploads that were never completed go."""

    days_after_initiation: int


class Rule(Document, kw_only=True):
    """One rule."""

    id: str = msgspec.field(name="ID", default="")
    filter: Filter | None = None
    prefix: str | None = None
    status: Literal["Enabled", "Disabled"]
    expiration: Expiration | None = None
    transition: list[Transition] = []
    noncurrent_version_expiration: NoncurrentVersionExpiration | None = None
    noncurrent_version_transition: list[NoncurrentVersionTransition] = []
    abort_incomplete_multipart_upload: AbortIncompleteMultipartUpload | None = None


class LifecycleConfiguration(Document):
    """The rules of a bucket."""

    rule: list[Rule]


@own("PutBucketLifecycleConfiguration", "oss:PutBucketLifecycle")
async def put_bucket_lifecycle(call: Call) -> Response:
    """Set the rules, in place of the former ones."""
    body = await call.request.body.read(MAX_XML_BODY)
    wanted = from_xml(body, LifecycleConfiguration, "LifecycleConfiguration")
    made = kept.LifecycleConfiguration(rule=[_to_oss(rule) for rule in wanted.rule])
    call.request.body = KnownBody(to_xml(made, "LifecycleConfiguration"))
    return cast(Response, await oss.put_bucket_lifecycle(call))


@own("GetBucketLifecycleConfiguration", "oss:GetBucketLifecycle")
async def get_bucket_lifecycle(call: Call) -> LifecycleConfiguration:
    """Return the rules. Raises CloudError (NotImplemented) when OSS's door set some that S3 cannot say."""
    stored = cast(kept.LifecycleConfiguration, await oss.get_bucket_lifecycle(call))
    return LifecycleConfiguration(rule=[_to_s3(rule) for rule in stored.rule])


def _where_given(value: A | None, make: Callable[[A], B]) -> B | None:
    return None if value is None else make(value)


def _to_oss(rule: Rule) -> kept.LifecycleRule:
    criteria = _criteria(rule)
    sizes = (criteria.object_size_greater_than, criteria.object_size_less_than)
    return kept.LifecycleRule(
        id=rule.id,
        prefix=criteria.prefix or "",
        status=rule.status,
        tag=criteria.tag,
        filter=kept.RuleFilter(*sizes) if sizes != (None, None) else None,
        expiration=_where_given(rule.expiration, _expiration),
        transition=[_transition(each) for each in rule.transition],
        abort_multipart_upload=_where_given(
            rule.abort_incomplete_multipart_upload,
            lambda abort: kept.AbortMultipartUpload(days=abort.days_after_initiation),
        ),
        noncurrent_version_expiration=_where_given(rule.noncurrent_version_expiration, _former_expiration),
        noncurrent_version_transition=[_former(each) for each in rule.noncurrent_version_transition],
    )


def _criteria(rule: Rule) -> And:
    """Return what a rule's objects must be like. Raises CloudError (MalformedXML) when it is said twice."""
    chosen = rule.filter
    if chosen is None:
        if rule.prefix is None:
            raise malformed_xml("a Rule has neither Filter nor Prefix")
        return And(prefix=rule.prefix)
    single = (chosen.prefix, chosen.tag, chosen.object_size_greater_than, chosen.object_size_less_than)
    given = sum(each is not None for each in (*single, chosen.and_))
    if rule.prefix is not None or given > 1:
        raise malformed_xml("a Filter holds one criterion, or And, and stands without Prefix beside it")
    if chosen.and_ is not None:
        return chosen.and_
    tags = [] if chosen.tag is None else [chosen.tag]
    return And(chosen.prefix, tags, chosen.object_size_greater_than, chosen.object_size_less_than)


def _expiration(wanted: Expiration) -> kept.Expiration:
    return kept.Expiration(
        days=wanted.days,
        date=wanted.date,
        expired_object_delete_marker=wanted.expired_object_delete_marker,
    )


def _former_expiration(wanted: NoncurrentVersionExpiration) -> kept.NoncurrentVersionExpiration:
    _refuse_counts(wanted.newer_noncurrent_versions)
    return kept.NoncurrentVersionExpiration(wanted.noncurrent_days)


def _class(name: str) -> StorageClass:
    return cast(StorageClass, oss_storage_class(name))


def _transition(wanted: Transition) -> kept.Transition:
    if wanted.date is not None:
        raise not_implemented("Date in a Transition of a lifecycle rule")
    return kept.Transition(days=wanted.days, storage_class=_class(wanted.storage_class))


def _former(wanted: NoncurrentVersionTransition) -> kept.NoncurrentVersionTransition:
    _refuse_counts(wanted.newer_noncurrent_versions)
    return kept.NoncurrentVersionTransition(
        noncurrent_days=wanted.noncurrent_days, storage_class=_class(wanted.storage_class)
    )


def _refuse_counts(newer: int | None) -> None:
    if newer is not None:
        raise not_implemented("NewerNoncurrentVersions in a lifecycle rule")


def _to_s3(rule: kept.LifecycleRule) -> Rule:
    made = Rule(
        id=rule.id,
        filter=_filter(rule),
        status=rule.status,
        expiration=_where_given(
            rule.expiration, lambda each: Expiration(each.days, each.date, each.expired_object_delete_marker)
        ),
        transition=[
            Transition(days=each.days, storage_class=SHOWN_CLASSES[each.storage_class])
            for each in rule.transition
        ],
        noncurrent_version_expiration=_where_given(
            rule.noncurrent_version_expiration, lambda each: NoncurrentVersionExpiration(each.noncurrent_days)
        ),
        noncurrent_version_transition=[
            NoncurrentVersionTransition(
                noncurrent_days=each.noncurrent_days, storage_class=SHOWN_CLASSES[each.storage_class]
            )
            for each in rule.noncurrent_version_transition
        ],
        abort_incomplete_multipart_upload=_where_given(
            rule.abort_multipart_upload, lambda each: AbortIncompleteMultipartUpload(each.days or 0)
        ),
    )
    # Whatever was lost on the way is something that S3 has no word for.
    if _to_oss(made) != msgspec.structs.replace(rule, atime_base=None):
        raise not_implemented(f"S3's form of the lifecycle rule {rule.id[:64]}, which says more than S3 can")
    return made


def _filter(rule: kept.LifecycleRule) -> Filter:
    sizes = rule.filter or kept.RuleFilter()
    greater, less = sizes.object_size_greater_than, sizes.object_size_less_than
    if len(rule.tag) + sum((bool(rule.prefix), greater is not None, less is not None)) > 1:
        return Filter(and_=And(rule.prefix or None, rule.tag, greater, less))
    if rule.tag:
        return Filter(tag=rule.tag[0])
    if greater is not None or less is not None:
        return Filter(object_size_greater_than=greater, object_size_less_than=less)
    return Filter(prefix=rule.prefix)
