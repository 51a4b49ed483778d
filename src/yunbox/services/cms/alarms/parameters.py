"""What the actions that put a rule have in common: their parameters, and the rule that they amount to."""

from __future__ import annotations

import math
import typing
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter, missing_parameter, unsupported_parameter
from yunbox.api.shapes import Request, Shape
from yunbox.services.cms.alarms.evaluate import Condition, Escalation, Level, NoData, Operator, spans
from yunbox.services.cms.alarms.model import Rule, rule_id
from yunbox.services.cms.errors import not_found, quota_exceeded, shown
from yunbox.services.cms.metrics.catalogue import SAMPLED_SECONDS, custom
from yunbox.services.cms.metrics.reading import LONGEST_PERIOD, dimensions_of

MOST_RULES = 1000
MOST_CONDITIONS = 10
MOST_TIMES = 120
DEFAULT_SILENCE = 86_400
STATISTICS = ("Average", "Minimum", "Maximum", "Value", "Sum", "SampleCount")

RuleId = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=256)]
Json = Annotated[str, Meta(max_length=50_000)]

NOT_MEASURED = "A rule about something that yunbox does not measure is kept, and says INSUFFICIENT_DATA."
NOT_SENT = "Notices go to webhooks and to the DingTalk robots of contacts; nobody gets mail."


class Given(Shape):
    """A level of a rule, as it is given. One without a threshold is none, whatever else it says.

    The Terraform provider sends such for each level that a rule does not have.
    """

    comparison_operator: str = ""
    statistics: str = ""
    threshold: str = ""
    times: int = 3


class Levels(Shape):
    """The levels of a rule."""

    critical: Given | UnsetType = UNSET
    warn: Given | UnsetType = UNSET
    info: Given | UnsetType = UNSET


class Label(Shape):
    """A label that notices bear."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=256)] = ""


class Common(Shape, kw_only=True):
    """What every rule is given, whatever it is about."""

    rule_id: RuleId
    rule_name: Name
    namespace: Annotated[str, Meta(min_length=1, max_length=128)]
    contact_groups: Annotated[str, Meta(max_length=2000)] = ""
    effective_interval: Annotated[str, Meta(max_length=200)] = ""
    no_effective_interval: Annotated[str, Meta(max_length=200)] = ""
    email_subject: Annotated[str, Meta(max_length=256)] = ""
    escalations: Levels = Levels()
    interval: str = ""
    labels: Annotated[list[Label], Meta(max_length=20)] = []
    no_data_policy: NoData = "KEEP_LAST_STATE"
    period: str = ""
    silence_time: Annotated[int, Meta(ge=0, le=86_400 * 31)] = DEFAULT_SILENCE
    webhook: Annotated[str, Meta(max_length=2000)] = ""


class CommonRequest(Request, Common, kw_only=True):
    """The same, as the parameters of an action."""


def level_of(name: Level, metric: str, given: Given, parameter: str) -> Escalation | None:
    """Return a level of a rule, or None for one that says nothing. Raises CloudError."""
    if not given.threshold:
        return None
    if not given.comparison_operator:
        raise missing_parameter(f"{parameter}.ComparisonOperator")
    if not 1 <= given.times <= MOST_TIMES:
        raise invalid_parameter(f"{parameter}.Times", f"1 to {MOST_TIMES} is expected")
    condition = Condition(
        metric=metric,
        statistic=statistic_of(given.statistics or "Average", f"{parameter}.Statistics"),
        operator=operator_of(given.comparison_operator, f"{parameter}.ComparisonOperator"),
        threshold=threshold_of(given.threshold, f"{parameter}.Threshold"),
        written=given.threshold,
    )
    return Escalation(level=name, conditions=(condition,), times=given.times)


def levels_of(metric: str, given: Levels) -> tuple[Escalation, ...]:
    """Return the levels of a rule about one metric, the most severe first. Raises CloudError."""
    named: tuple[tuple[Level, str, Given | UnsetType], ...] = (
        ("CRITICAL", "Critical", given.critical),
        ("WARN", "Warn", given.warn),
        ("INFO", "Info", given.info),
    )
    found = [
        level_of(level, metric, each, f"Escalations.{word}")
        for level, word, each in named
        if not isinstance(each, UnsetType)
    ]
    return tuple(each for each in found if each is not None)


def operator_of(text: str, parameter: str) -> Operator:
    """Return an operator. Raises CloudError."""
    for each in typing.get_args(Operator):
        if each == text:
            found: Operator = each
            return found
    raise invalid_parameter(parameter, f"one of {', '.join(typing.get_args(Operator))} is expected")


def statistic_of(text: str, parameter: str) -> str:
    """Return a statistic. Raises CloudError."""
    if text not in STATISTICS:
        raise invalid_parameter(parameter, f"one of {', '.join(STATISTICS)} is expected")
    return text


def threshold_of(text: str, parameter: str) -> float:
    """Return a threshold. Raises CloudError."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise invalid_parameter(parameter, "a number is expected")
    return value


class _Part(msgspec.Struct, rename="pascal"):
    metric_name: str
    comparison_operator: Operator
    threshold: str | float
    statistics: str = "Average"
    period: str | int = ""


class _Composite(msgspec.Struct, rename="pascal"):
    level: str
    times: int | str = 1
    expression_list: list[_Part] = []
    expression_list_join: str = "&&"
    expression_raw: str = ""


def composite_of(text: str, period: int) -> Escalation | None:
    """Return the level that a composite expression stands for, or None for an empty text. Raises CloudError."""
    if not text.strip():
        return None
    parameter = "CompositeExpression"
    try:
        given = msgspec.json.decode(text, type=_Composite, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise invalid_parameter(parameter, shown(str(error))) from None
    if given.expression_raw:
        raise unsupported_parameter(f"{parameter}.ExpressionRaw", "PutResourceMetricRule")
    level = given.level.upper()
    if level not in ("CRITICAL", "WARN", "INFO") or given.expression_list_join not in ("&&", "||"):
        raise invalid_parameter(parameter, "Level is CRITICAL, WARN or INFO, ExpressionListJoin && or ||")
    times = int(given.times) if str(given.times).isdigit() else 0
    if not 1 <= times <= MOST_TIMES or not 1 <= len(given.expression_list) <= MOST_CONDITIONS:
        raise invalid_parameter(
            parameter, f"1 to {MOST_CONDITIONS} expressions and 1 to {MOST_TIMES} times are expected"
        )
    if any(str(each.period) not in ("", str(period)) for each in given.expression_list):
        raise invalid_parameter(parameter, f"the period of all expressions is that of the rule, {period}")
    conditions = tuple(
        Condition(
            metric=each.metric_name,
            statistic=statistic_of(each.statistics.lstrip("$"), f"{parameter}.Statistics"),
            operator=each.comparison_operator,
            threshold=threshold_of(str(each.threshold), f"{parameter}.Threshold"),
            written=str(each.threshold),
        )
        for each in given.expression_list
    )
    every = given.expression_list_join == "&&"
    named: Any = level
    return Escalation(level=named, conditions=conditions, times=times, every=every)


def rule_period(text: str, default: int = 60) -> int:
    """Return the period of a rule in seconds. Raises CloudError."""
    if not text:
        return default
    period = int(text) if text.isdigit() and len(text) < 9 else 0
    if not 0 < period <= LONGEST_PERIOD or period % SAMPLED_SECONDS:
        raise invalid_parameter(
            "Period", f"a multiple of {SAMPLED_SECONDS} seconds, up to a day, is expected"
        )
    return period


def check_webhook(url: str, parameter: str = "Webhook") -> str:
    """Return the address that notices are sent to. Raises CloudError for one that is not plain http or https."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid_parameter(parameter, "it is not a URL") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not plain:
        raise invalid_parameter(parameter, "an address with http:// or https:// is expected")
    if parts.username is not None or parts.password is not None:
        raise invalid_parameter(parameter, "an address without a user's name and password is expected")
    return url


def check_namespace(namespace: str, account: str) -> str:
    """Return a namespace that the caller may watch. Raises CloudError."""
    if namespace == custom(account):
        return namespace
    if namespace.startswith("acs_customMetric_") or not namespace.startswith(("acs_", "yunbox_")):
        raise not_found(f"the namespace {shown(namespace)}")
    if namespace == "acs_prometheus":
        raise invalid_parameter("Namespace", "rules of Prometheus are not implemented")
    return namespace


def check_intervals(*texts: str) -> None:
    """Return when intervals of the day can be read. Raises CloudError."""
    for text in texts:
        try:
            spans(text)
        except ValueError as error:
            raise invalid_parameter("EffectiveInterval", shown(str(error))) from None


def among_of(text: str, parameter: str = "Resources") -> tuple[dict[str, str], ...]:
    """Return the resources that a rule is about; none for all. Raises CloudError."""
    found = dimensions_of(text, parameter)
    if any(each.get("resource") == "_ALL" for each in found):
        return ()
    return tuple(found)


def put_rule(call: Call, wanted: Rule) -> Rule:
    """Store a rule, new or in place of the one of its id. Raises CloudError: ExceedingQuota."""
    before = call.change.get(Rule, wanted.id)
    if before is None:
        if call.change.count(Rule, account=call.account) >= MOST_RULES:
            raise quota_exceeded("alarm rules", MOST_RULES)
        return call.change.create(wanted)
    return call.change.replace(
        msgspec.structs.replace(
            wanted, created=before.created, enabled=before.enabled, targets=before.targets
        )
    )


def rule_of(
    given: Common,
    call: Call,
    escalations: tuple[Escalation, ...],
    **more: Any,
) -> Rule:
    """Return the rule that parameters amount to. Raises CloudError."""
    check_intervals(given.effective_interval, given.no_effective_interval)
    if not escalations:
        raise missing_parameter("Escalations.Critical.Threshold")
    if given.interval and not (given.interval.isdecimal() and 0 < int(given.interval) <= LONGEST_PERIOD):
        raise invalid_parameter("Interval", "seconds, up to a day, are expected")
    return Rule(
        id=rule_id(call.account, given.rule_id),
        account=call.account,
        name=given.rule_name,
        rule_id=given.rule_id,
        namespace=check_namespace(given.namespace, call.account),
        escalations=escalations,
        interval=int(given.interval or 0),
        silence=given.silence_time,
        effective=given.effective_interval,
        no_effective=given.no_effective_interval,
        no_data=given.no_data_policy,
        webhook=check_webhook(given.webhook),
        contact_groups=given.contact_groups,
        email_subject=given.email_subject,
        labels={each.key: each.value for each in given.labels},
        created=call.now,
        updated=call.now,
        **more,
    )
