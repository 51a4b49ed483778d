"""Alarm rules, their states, and what they did, as they are stored. Wire shapes: CloudMonitor API 2019-01-01."""

from __future__ import annotations

import hashlib

import msgspec

from yunbox.control.store_resource import Resource
from yunbox.engines.metrics.interface import Dimensions, dimensions_text
from yunbox.services.cms.alarms.evaluate import Escalation, Level, NoData, State, Verdict


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What an alarm of a level sets off besides its webhook: a resource by its ARN."""

    id: str
    arn: str
    level: str = ""
    json_params: str = ""


class Rule(Resource, kind="cms.rule", kw_only=True):
    """An alarm rule. The id is `rule_id(...)`, `name` its name, `parent` the id of its monitor group, or empty.

    `resources` is the JSON text that was given, `among` the dimensions it stands for. `escalations` are its levels;
    `composite` says that they came as a composite expression. Times are in seconds.
    """

    rule_id: str
    namespace: str
    metric: str
    resources: str = ""
    among: tuple[dict[str, str], ...] = ()
    escalations: tuple[Escalation, ...] = ()
    composite: bool = False
    period: int = 60
    interval: int = 0
    silence: int = 86_400
    effective: str = ""
    no_effective: str = ""
    no_data: NoData = "KEEP_LAST_STATE"
    webhook: str = ""
    contact_groups: str = ""
    email_subject: str = ""
    labels: dict[str, str] = {}
    targets: tuple[Target, ...] = ()
    category: str = ""
    enabled: bool = True
    created: float = 0.0
    updated: float = 0.0

    @property
    def step(self) -> int:
        """How many seconds lie between two judgements: its interval, in whole periods."""
        return max(1, -(-self.interval // self.period)) * self.period

    @property
    def expression(self) -> str:
        """What its most severe level asks for."""
        return self.escalations[0].expression if self.escalations else ""

    @property
    def metrics(self) -> list[str]:
        """The metrics that its conditions look at."""
        return sorted({c.metric for each in self.escalations for c in each.conditions})


class RuleState(Resource, kind="cms.state", kw_only=True):
    """What a rule (`parent`) says of one resource, written when it changes. Times are of the cloud's clock.

    `told` is what was last told of it, and when.
    """

    dimensions: dict[str, str]
    state: State
    level: Level = ""
    value: float | None = None
    since: float = 0.0
    told: Verdict | None = None
    told_at: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """What the rule says."""
        return Verdict(state=self.state, level=self.level, value=self.value)


class Alert(Resource, kind="cms.alert", kw_only=True):
    """A line of the history: what a rule said of a resource at some time. `parent` is the rule's id."""

    rule_id: str
    rule_name: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    state: State
    level: Level = ""
    before: Level = ""
    value: float | None = None
    expression: str = ""
    times: int = 1
    at: float
    lasted: float = 0.0
    group: str = ""
    contact_groups: str = ""
    webhook: str = ""
    send_status: str = "0"


class Delivery(Resource, kind="cms.delivery", kw_only=True):
    """A notice that is to be sent to a webhook, kept until it was taken or given up. `parent` is the rule's id.

    `text` is for the chat robot of a contact, which takes a JSON document and no form. `due` is of the machine's
    clock.
    """

    url: str
    form: dict[str, str] = {}
    text: str = ""
    due: float = 0.0
    attempts: int = 0


def rule_id(account: str, id_: str) -> str:
    """Return the id under which an account's rule is stored."""
    return f"{account}/{id_}"


def state_id(rule: str, dimensions: Dimensions) -> str:
    """Return the id under which what a rule says of a resource is stored."""
    return f"{rule}/{hashlib.sha256(dimensions_text(dimensions).encode()).hexdigest()[:24]}"
