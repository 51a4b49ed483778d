"""Alarm templates as they are stored. Wire shapes: CloudMonitor API 2019-01-01."""

from __future__ import annotations

import msgspec

from yunbox.control.store_resource import Resource
from yunbox.services.cms.alarms.evaluate import Escalation


class TemplateRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that a template makes."""

    name: str
    category: str
    namespace: str
    metric: str
    escalations: tuple[Escalation, ...]
    period: int = 60
    selector: str = ""
    webhook: str = ""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """When a template was applied to which group."""

    group: int
    name: str
    at: float


class Template(Resource, kind="cms.template", kw_only=True):
    """A template; `name` names it, `version` rises with every change."""

    number: int
    description: str = ""
    rules: tuple[TemplateRule, ...] = ()
    version: int = 0
    applied: tuple[Applied, ...] = ()
    created: float = 0.0
    updated: float = 0.0


def template_key(account: str, number: str) -> str:
    """Return the id under which an account's template is stored."""
    return f"{account}/{number}"[:512]
