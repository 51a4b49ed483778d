"""Actions of rules, as requests and answers spell them. Wire shapes: ALB API 2020-06-16."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.shapes import Shape
from yunbox.services.alb.rules.model import (
    Cors,
    FixedResponse,
    ForwardGroup,
    InsertHeader,
    OrderedAction,
    RedirectTo,
    RemoveHeader,
    RewriteTo,
    TrafficLimit,
)

Type = Literal[
    "ForwardGroup",
    "Redirect",
    "FixedResponse",
    "Rewrite",
    "InsertHeader",
    "RemoveHeader",
    "TrafficLimit",
    "TrafficMirror",
    "Cors",
]
Part = Annotated[str, Meta(max_length=1024)]
Weight = Annotated[int, Meta(ge=0, le=100)]
Qps = Annotated[int, Meta(ge=0, le=1_000_000)]
Words = Annotated[list[str], Meta(max_length=50)]


class TuplePart(Shape):
    """A server group to forward to, and its weight."""

    server_group_id: str
    weight: Weight = 100


class SessionPart(Shape):
    """Whether a client stays with the server group it came to, and for how many seconds."""

    enabled: bool = False
    timeout: Annotated[int, Meta(ge=0, le=86400)] = 1000


class ForwardPart(Shape):
    """Server groups to forward to."""

    server_group_tuples: Annotated[list[TuplePart], Meta(min_length=1, max_length=5)]
    server_group_sticky_session: SessionPart | UnsetType = UNSET


class RedirectPart(Shape):
    """Where to send the client."""

    protocol: Part = "${protocol}"
    host: Part = "${host}"
    port: Part = "${port}"
    path: Part = "${path}"
    query: Part = "${query}"
    http_code: Literal["301", "302", "303", "307", "308"] = "301"


class FixedPart(Shape):
    """An answer."""

    http_code: str
    content: Annotated[str, Meta(max_length=1024)] = ""
    content_type: Annotated[str, Meta(max_length=64)] = "text/plain"


class RewritePart(Shape):
    """What the request shall ask for."""

    host: Part = "${host}"
    path: Part = "${path}"
    query: Part = "${query}"


class InsertPart(Shape):
    """A header to insert."""

    key: str
    value: Annotated[str, Meta(max_length=128)] = ""
    value_type: Literal["UserDefined", "ReferenceHeader", "SystemDefined"] = "UserDefined"


class InsertCoverPart(InsertPart):
    """A header to insert, and whether it takes the place of one that is there."""

    cover_enabled: bool = True


class RemovePart(Shape):
    """A header to remove."""

    key: str


class LimitPart(Shape):
    """How many requests a second may pass."""

    qps: Qps = field(default=0, name="QPS")
    per_ip_qps: Qps = 0


class CorsPart(Shape):
    """Which pages of other origins may ask."""

    allow_origin: Words = []
    allow_methods: Words = []
    allow_headers: Words = []
    expose_headers: Words = []
    allow_credentials: Literal["", "on", "off"] = "off"
    max_age: Annotated[int, Meta(ge=-1, le=172800)] = -1


class _Common(Shape):
    """What actions say whichever way they are asked for."""

    type: Type
    order: Annotated[int, Meta(ge=1, le=50000)]
    forward_group_config: ForwardPart | UnsetType = UNSET
    redirect_config: RedirectPart | UnsetType = UNSET
    fixed_response_config: FixedPart | UnsetType = UNSET
    rewrite_config: RewritePart | UnsetType = UNSET
    remove_header_config: RemovePart | UnsetType = UNSET
    traffic_limit_config: LimitPart | UnsetType = UNSET
    cors_config: CorsPart | UnsetType = UNSET


class ActionPart(_Common):
    """An action; the configuration that goes with `type` is given."""

    insert_header_config: InsertPart | UnsetType = UNSET


class ActionChangedPart(_Common):
    """An action, as changes of rules spell it."""

    insert_header_config: InsertCoverPart | UnsetType = UNSET


def shown_action(ordered: OrderedAction) -> ActionPart:
    """Return an action as answers show it."""
    order, action = ordered.order, ordered.action
    match action:
        case ForwardGroup():
            session = SessionPart(enabled=action.sticky, timeout=action.sticky_seconds)
            forward = ForwardPart(
                server_group_tuples=[
                    TuplePart(server_group_id=each.group, weight=each.weight) for each in action.shares
                ],
                server_group_sticky_session=session if action.sticky_seconds else UNSET,
            )
            return ActionPart(type="ForwardGroup", order=order, forward_group_config=forward)
        case RedirectTo():
            redirect = RedirectPart(
                protocol=action.protocol,
                host=action.host,
                port=action.port,
                path=action.path,
                query=action.query,
                http_code=action.code,
            )
            return ActionPart(type="Redirect", order=order, redirect_config=redirect)
        case FixedResponse():
            fixed = FixedPart(http_code=action.code, content=action.content, content_type=action.content_type)
            return ActionPart(type="FixedResponse", order=order, fixed_response_config=fixed)
        case RewriteTo():
            rewrite = RewritePart(host=action.host, path=action.path, query=action.query)
            return ActionPart(type="Rewrite", order=order, rewrite_config=rewrite)
        case InsertHeader():
            insert = InsertPart(key=action.key, value=action.value, value_type=action.value_type)
            return ActionPart(type="InsertHeader", order=order, insert_header_config=insert)
        case RemoveHeader():
            remove = RemovePart(key=action.key)
            return ActionPart(type="RemoveHeader", order=order, remove_header_config=remove)
        case TrafficLimit():
            limit = LimitPart(qps=action.qps, per_ip_qps=action.per_ip)
            return ActionPart(type="TrafficLimit", order=order, traffic_limit_config=limit)
        case Cors():
            return ActionPart(type="Cors", order=order, cors_config=_shown_cors(action))


def _shown_cors(action: Cors) -> CorsPart:
    return CorsPart(
        allow_origin=list(action.origins),
        allow_methods=list(action.methods),
        allow_headers=list(action.headers),
        expose_headers=list(action.exposed),
        allow_credentials="on" if action.credentials else "off",
        max_age=action.max_age,
    )
