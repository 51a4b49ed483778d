"""Which lifecycle rules OSS accepts.

Sources: OSS documentation, `PutBucketLifecycle` and its error codes 0014-00000047 to 0014-00000084; oss2's own
tests for what is refused with which code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from yunbox.errors import CloudError, not_implemented
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.lifecycle_documents import (
    AbortMultipartUpload,
    Expiration,
    LifecycleRule,
    NoncurrentVersionTransition,
    RuleFilter,
    RuleTag,
    Transition,
    midnight,
)

MAX_RULES = 1000
MAX_ID_BYTES = 255
MAX_DAYS = 2**31 - 1
MAX_OBJECT_BYTES = 5 * 1024**4
_TAG = re.compile(r"[\w +\-=.:/@]*")
_ORDER = ("IA", "Archive", "ColdArchive", "DeepColdArchive")

Days = dict[str, int]
"""When each action of a rule happens, in days; `Expiration` beside the storage classes."""


def check_rules(rules: Sequence[LifecycleRule], *, allow_overlap: bool) -> None:
    """Refuse what is no set of rules.

    Raises CloudError: MalformedXML, InvalidArgument, InvalidRequest where days and dates are mixed, and
    NotImplemented for rules by access time. `allow_overlap` lets rules for the same objects do the same.
    """
    if not rules:
        raise _malformed("There is no Rule.")
    if len(rules) > MAX_RULES:
        raise invalid_argument(f"A bucket has at most {MAX_RULES} lifecycle rules.", "Rule", str(len(rules)))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise invalid_argument("The IDs of rules must differ.", "ID", rule.id)
        seen.update([rule.id] if rule.id else [])
        _check_rule(rule)
    if not allow_overlap:
        _check_overlaps(rules)


def _malformed(reason: str, ec: str = "0017-00000901") -> CloudError:
    return CloudError(
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema: "
        + reason,
        ec=ec,
    )


def _check_rule(rule: LifecycleRule) -> None:
    if len(rule.id.encode()) > MAX_ID_BYTES:
        raise invalid_argument(f"The ID of a rule has at most {MAX_ID_BYTES} bytes.", "ID", rule.id)
    if len(rule.prefix.encode()) > 1023:
        raise invalid_argument("A prefix has at most 1,023 bytes.", "Prefix", rule.prefix)
    if not _has_action(rule):
        raise _malformed("A Rule needs at least one action.")
    if rule.atime_base is not None:
        raise not_implemented("the element AtimeBase (rules by access time)")
    _check_tags(rule.tag)
    if rule.filter is not None:
        _check_filter(rule, rule.filter)
    if rule.expiration is not None:
        _check_expiration(rule.expiration)
    if rule.abort_multipart_upload is not None:
        _check_when(rule.abort_multipart_upload, "AbortMultipartUpload")
    for each in rule.transition:
        _check_access_time(each)
        _check_when(each, "Transition")
    for noncurrent in rule.noncurrent_version_transition:
        _check_access_time(noncurrent)
        _check_days(noncurrent.noncurrent_days, "NoncurrentDays")
    if rule.noncurrent_version_expiration is not None:
        _check_days(rule.noncurrent_version_expiration.noncurrent_days, "NoncurrentDays")
    _check_classes(rule)
    if len(_kinds(rule)) > 1:
        raise _mixed()
    _check_order(_days(rule), "Days")
    _check_order(_noncurrent_days(rule), "NoncurrentDays")


def _has_action(rule: LifecycleRule) -> bool:
    return bool(
        rule.expiration
        or rule.transition
        or rule.abort_multipart_upload
        or rule.noncurrent_version_expiration
        or rule.noncurrent_version_transition
    )


def _check_tags(tags: Iterable[RuleTag]) -> None:
    """Check characters. Tags too long for any object are taken, as OSS does: such a rule matches nothing."""
    keys: set[str] = set()
    for tag in tags:
        if not tag.key or not _TAG.fullmatch(tag.key) or tag.key in keys:
            raise invalid_argument("The tag key of a rule is invalid.", "Key", tag.key)
        if not _TAG.fullmatch(tag.value):
            raise invalid_argument("The tag value of a rule is invalid.", "Value", tag.value)
        keys.add(tag.key)


def _check_filter(rule: LifecycleRule, wanted: RuleFilter) -> None:
    low, high = wanted.object_size_greater_than, wanted.object_size_less_than
    for name, size in (("ObjectSizeGreaterThan", low), ("ObjectSizeLessThan", high)):
        if size is not None and not 0 < size < MAX_OBJECT_BYTES:
            raise invalid_argument(f"{name} is more than 0 and less than 5 TB.", name, str(size))
    if low is not None and high is not None and high <= low:
        raise invalid_argument(
            "ObjectSizeLessThan must be more than ObjectSizeGreaterThan.", "ObjectSizeLessThan", str(high)
        )
    for each in wanted.excluded:
        _check_tags([each.tag] if each.tag is not None else [])
        if not each.prefix.startswith(rule.prefix):
            raise invalid_argument("The prefix in Not must begin with the rule's.", "Prefix", each.prefix)
        if each.tag is None and each.prefix == rule.prefix:
            raise invalid_argument("A Not with the rule's own prefix needs a tag.", "Prefix", each.prefix)


def _check_expiration(expiration: Expiration) -> None:
    given = [expiration.days, expiration.date, expiration.created_before_date]
    count = sum(each is not None for each in given)
    if count > 1 or (count and expiration.expired_object_delete_marker):
        raise _malformed(
            "Expiration takes one of Days, Date, CreatedBeforeDate and ExpiredObjectDeleteMarker.",
            "0014-00000061",
        )
    if not count and not expiration.expired_object_delete_marker:
        raise _malformed("Expiration needs Days or CreatedBeforeDate.", "0014-00000060")
    if expiration.days is not None:
        _check_days(expiration.days, "Days")
    if expiration.date is not None:
        _check_date(expiration.date, "Date")
    if expiration.created_before_date is not None:
        _check_date(expiration.created_before_date, "CreatedBeforeDate")


def _check_when(action: AbortMultipartUpload | Transition, name: str) -> None:
    if (action.days is None) == (action.created_before_date is None):
        raise _malformed(f"{name} takes one of Days and CreatedBeforeDate.", "0014-00000061")
    if action.days is not None:
        _check_days(action.days, "Days")
    if action.created_before_date is not None:
        _check_date(action.created_before_date, "CreatedBeforeDate")


def _check_days(days: int, name: str) -> None:
    if not 1 <= days <= MAX_DAYS:
        raise invalid_argument(f"{name} must be a positive integer.", name, str(days))


def _check_date(text: str, name: str) -> None:
    if midnight(text) is None:
        raise invalid_argument(
            f"{name} must be a midnight in UTC, such as 2026-11-11T00:00:00.000Z.", name, text
        )


def _check_access_time(action: Transition | NoncurrentVersionTransition) -> None:
    if action.is_access_time:
        raise not_implemented("lifecycle rules by access time (IsAccessTime): reads leave no trace in yunbox")
    if action.return_to_std_when_visit is not None:
        raise _malformed("ReturnToStdWhenVisit is for rules by access time.", "0014-00000052")


def _check_classes(rule: LifecycleRule) -> None:
    current = [each.storage_class for each in rule.transition]
    former = [each.storage_class for each in rule.noncurrent_version_transition]
    for name in current + former:
        if name not in _ORDER:
            raise invalid_argument("Objects cannot be converted to this class.", "StorageClass", name)
    for classes in (current, former):
        if len(set(classes)) != len(classes):
            raise invalid_argument("A rule names a storage class twice.", "StorageClass", classes[-1])


def _kinds(rule: LifecycleRule) -> set[str]:
    """Return whether a rule's actions on current versions count days, name dates, or (refused) both."""
    kinds = {"date" if each.days is None else "days" for each in rule.transition}
    expiration = rule.expiration
    if expiration is not None and not expiration.expired_object_delete_marker:
        kinds.add("date" if expiration.days is None else "days")
    return kinds


def _mixed() -> CloudError:
    return CloudError(
        "InvalidRequest",
        400,
        "Days and dates cannot be mixed in Expiration and Transition for the same objects.",
        ec="0014-00000080",
    )


def _days(rule: LifecycleRule) -> Days:
    days: Days = {each.storage_class: each.days for each in rule.transition if each.days is not None}
    if rule.expiration is not None and rule.expiration.days is not None:
        days["Expiration"] = rule.expiration.days
    return days


def _noncurrent_days(rule: LifecycleRule) -> Days:
    days: Days = {each.storage_class: each.noncurrent_days for each in rule.noncurrent_version_transition}
    if rule.noncurrent_version_expiration is not None:
        days["Expiration"] = rule.noncurrent_version_expiration.noncurrent_days
    return days


def _check_order(days: Days, name: str, ec: str = "0017-00000002") -> None:
    """Refuse days that do not grow from class to colder class and to the end."""
    before, least = "", 0
    for action in (*_ORDER, "Expiration"):
        if (wanted := days.get(action)) is None:
            continue
        if wanted <= least:
            raise invalid_argument(f"{action} must come later than {before}.", name, str(wanted), ec)
        before, least = action, wanted


def _check_overlaps(rules: Sequence[LifecycleRule]) -> None:
    """Refuse rules for the same objects that do the same, or that contradict each other's order.

    Rules concern the same objects when one's prefix begins with the other's and they ask for the same tags.
    """
    groups: dict[frozenset[tuple[str, str]], list[LifecycleRule]] = {}
    for rule in rules:
        groups.setdefault(frozenset((tag.key, tag.value) for tag in rule.tag), []).append(rule)
    for group in groups.values():
        above: list[LifecycleRule] = []
        for rule in sorted(group, key=lambda each: each.prefix):
            while above and not rule.prefix.startswith(above[-1].prefix):
                above.pop()
            _check_against(rule, above)
            above.append(rule)


def _check_against(rule: LifecycleRule, above: list[LifecycleRule]) -> None:
    """Check a rule with those whose prefixes its own begins with; these have passed among themselves.

    They are few: each has an action that no other has.
    """
    days, former, kinds = _days(rule), _noncurrent_days(rule), _kinds(rule)
    mine = _actions(rule)
    for other in above:
        if same := mine & _actions(other):
            action = min(same).partition(" ")[0]
            raise invalid_argument(
                f"Overlap for same action type {action}", "Prefix", rule.prefix, "0014-00000084"
            )
        days |= _days(other)
        former |= _noncurrent_days(other)
        kinds |= _kinds(other)
    if len(kinds) > 1:
        raise _mixed()
    _check_order(days, "Days", "0014-00000082")
    _check_order(former, "NoncurrentDays", "0014-00000082")


def _actions(rule: LifecycleRule) -> set[str]:
    actions = {f"Transition {each.storage_class}" for each in rule.transition}
    actions |= {f"NoncurrentVersionTransition {e.storage_class}" for e in rule.noncurrent_version_transition}
    if rule.abort_multipart_upload is not None:
        actions.add("AbortMultipartUpload")
    if rule.noncurrent_version_expiration is not None:
        actions.add("NoncurrentVersionExpiration")
    if rule.expiration is not None:
        marker = rule.expiration.expired_object_delete_marker
        actions.add("ExpiredObjectDeleteMarker" if marker else "Expiration")
    return actions
