"""DeleteMetricRules, EnableMetricRules and DisableMetricRules. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Request
from yunbox.control.store import Change
from yunbox.services.cms.alarms.model import Rule, RuleState, rule_id
from yunbox.services.cms.answers import Done
from yunbox.services.cms.errors import not_found, shown
from yunbox.services.cms.product import cms

Ids = Annotated[list[str], Meta(min_length=1, max_length=100)]


class DeleteMetricRules(Request):
    """Delete rules."""

    id: Ids


class EnableMetricRules(Request):
    """Let rules count."""

    rule_id: Ids


class DisableMetricRules(Request):
    """Let rules not count."""

    rule_id: Ids


def find_rules(call: Call, ids: list[str]) -> list[Rule]:
    """Return rules by their ids. Raises CloudError: ResourceNotFound."""
    found = []
    for each in ids:
        rule = call.change.get(Rule, rule_id(call.account, each)[:512])
        if rule is None:
            raise not_found(f"the rule {shown(each)}")
        found.append(rule)
    return found


def forget_states(change: Change, rule: Rule) -> None:
    """Forget what a rule says."""
    for state in change.find(RuleState, parent=rule.id):
        change.delete(RuleState, state.id)


@cms.action(DeleteMetricRules, on="*")
def delete_metric_rules(request: DeleteMetricRules, call: Call) -> Done:
    """Delete them; their history stays. Raises CloudError: ResourceNotFound."""
    for rule in find_rules(call, request.id):
        forget_states(call.change, rule)
        call.change.delete(Rule, rule.id)
    return Done()


@cms.action(EnableMetricRules, on="*")
def enable_metric_rules(request: EnableMetricRules, call: Call) -> Done:
    """Have them evaluated. Raises CloudError: ResourceNotFound."""
    _enable(call, request.rule_id, enabled=True)
    return Done()


@cms.action(DisableMetricRules, on="*")
def disable_metric_rules(request: DisableMetricRules, call: Call) -> Done:
    """Have them no longer evaluated; what they said is forgotten. Raises CloudError: ResourceNotFound."""
    _enable(call, request.rule_id, enabled=False)
    return Done()


def _enable(call: Call, ids: list[str], *, enabled: bool) -> None:
    for rule in find_rules(call, ids):
        if rule.enabled != enabled:
            call.change.replace(msgspec.structs.replace(rule, enabled=enabled, updated=call.now))
        if not enabled:
            forget_states(call.change, rule)
