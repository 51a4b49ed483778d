"""What uses what: listeners and rules a server group."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.rules.model import Rule


def balancers_by_group(call: Call) -> dict[str, list[str]]:
    """Return the ids of the load balancers that forward to each server group of the caller's, sorted."""
    found: dict[str, set[str]] = {}
    for listener in call.find(Listener):
        for group in listener.groups:
            found.setdefault(group, set()).add(listener.parent)
    for rule in call.find(Rule):
        for group in rule.groups:
            found.setdefault(group, set()).add(rule.load_balancer)
    return {group: sorted(ids) for group, ids in found.items()}


def user_of_group(call: Call, group: str) -> str:
    """Return the id of a listener or a rule that forwards to a server group, or nothing."""
    listeners = (each.id for each in call.find(Listener) if group in each.groups)
    rules = (each.id for each in call.find(Rule) if group in each.groups)
    return next((id_ for ids in (listeners, rules) for id_ in ids), "")
