"""What is stored of a forwarding rule."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of the query, or a cookie."""

    key: str
    value: str = ""


class StoredCondition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition. `type` is the API's word. `key` names a header; `pairs` are of QueryString and Cookie."""

    type: Literal["Host", "Path", "Header", "QueryString", "Method", "Cookie", "SourceIp"]
    key: str = ""
    values: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A server group and its weight among those that a rule forwards to."""

    group: str
    weight: int = 100


class ForwardGroup(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Forward to server groups. `sticky_seconds`: a client stays with its group, unless `sticky` is off.

    0 where nothing was said about that: then answers say nothing either, as Terraform expects.
    """

    shares: tuple[Share, ...]
    sticky: bool = False
    sticky_seconds: int = 0


class RedirectTo(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send the client elsewhere. Parts may hold `${host}` and the like."""

    protocol: str = "${protocol}"
    host: str = "${host}"
    port: str = "${port}"
    path: str = "${path}"
    query: str = "${query}"
    code: Literal["301", "302", "303", "307", "308"] = "301"


class FixedResponse(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer at the balancer."""

    code: str
    content: str = ""
    content_type: str = "text/plain"


class RewriteTo(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change what the request asks for."""

    host: str = "${host}"
    path: str = "${path}"
    query: str = "${query}"


class InsertHeader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Add a header: a text, the value of another header, or what the system knows (`value` names it)."""

    key: str
    value: str
    value_type: Literal["UserDefined", "ReferenceHeader", "SystemDefined"] = "UserDefined"
    cover: bool = True


class RemoveHeader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take a header off the request."""

    key: str


class TrafficLimit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let so many requests a second pass, in all and of each address; 0 is without limit."""

    qps: int = 0
    per_ip: int = 0


class Cors(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Allow requests that pages of other origins make. `max_age` is in seconds."""

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int = 0


StoredAction = (
    ForwardGroup | RedirectTo | FixedResponse | RewriteTo | InsertHeader | RemoveHeader | TrafficLimit | Cors
)


class OrderedAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action and its place among the rule's, 1 to 50000: a smaller one goes first."""

    order: int
    action: StoredAction


class Rule(CloudResource, kind="alb.rule", kw_only=True):
    """A forwarding rule of the listener `parent`. Smaller priorities are tried first; actions stand in order."""

    load_balancer: str
    priority: int
    conditions: tuple[StoredCondition, ...]
    actions: tuple[OrderedAction, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The server groups that it forwards to."""
        return tuple(
            share.group
            for each in self.actions
            if isinstance(each.action, ForwardGroup)
            for share in each.action.shares
        )
