"""GetListenerHealthStatus. Wire shapes: the SDK alibabacloud_alb20200616."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.store import View
from yunbox.services.alb.listeners.listeners import listener_of
from yunbox.services.alb.product import alb
from yunbox.services.alb.rules.model import Rule
from yunbox.services.alb.server_groups.model import ServerGroup
from yunbox.services.balancing.model import Health, Member
from yunbox.services.ecs.instances.model import Instance


class GetListenerHealthStatus(Request):
    """Ask which servers of a listener are not well."""

    listener_id: str
    include_rule: bool = False
    next_token: Annotated[str, Meta(max_length=1024)] = ""
    max_results: Annotated[int, Meta(ge=1, le=30)] = 20


class Reason(Shape):
    """Why a server is not well."""

    reason_code: str
    actual_response: str = ""
    expected_response: str = ""


class ServerUnwell(Shape):
    """A server that is not well, or of which that is not known."""

    server_id: str
    server_ip: str
    port: int
    status: str
    reason: Reason


class GroupHealth(Shape):
    """A server group and those of its servers that are not well."""

    server_group_id: str
    health_check_enabled: str
    server_count: int
    non_normal_servers: list[ServerUnwell]
    action_type: str = "ForwardGroup"


class ListenerHealth(Shape):
    """The server groups of a listener's default action."""

    listener_id: str
    listener_port: int
    listener_protocol: str
    server_group_infos: list[GroupHealth]


class RuleHealth(Shape):
    """The server groups that a rule forwards to."""

    rule_id: str
    server_group_infos: list[GroupHealth]


class HealthDescribed(Answer):
    """How the servers of a listener are, and of its rules when that was asked."""

    listener_health_status: list[ListenerHealth]
    rule_health_status: list[RuleHealth]
    next_token: str = ""


@alb.action(GetListenerHealthStatus, on="listener/{listener_id}")
def get_listener_health_status(request: GetListenerHealthStatus, call: Call) -> HealthDescribed:
    """Answer from what the checks say; rules come in pages. Raises CloudError: ResourceNotFound.Listener."""
    listener = listener_of(call, request.listener_id)
    seen = {each.member: each for each in call.view.find(Health, parent=listener.parent)}
    rules = call.find(Rule, parent=listener.id) if request.include_rule else []
    rest = [each for each in rules if each.id > request.next_token]
    page = rest[: request.max_results]
    return HealthDescribed(
        listener_health_status=[
            ListenerHealth(
                listener_id=listener.id,
                listener_port=listener.port,
                listener_protocol=listener.protocol,
                server_group_infos=_groups(call, listener.groups, seen),
            )
        ],
        rule_health_status=[
            RuleHealth(rule_id=each.id, server_group_infos=_groups(call, each.groups, seen)) for each in page
        ],
        next_token=page[-1].id if len(rest) > len(page) else "",
    )


def _groups(call: Call, ids: Iterable[str], seen: dict[str, Health]) -> list[GroupHealth]:
    found = []
    for id_ in ids:
        group = call.get(ServerGroup, id_)
        if group is None:
            continue
        members = [each for each in call.view.find(Member, parent=id_) if each.status != "Removing"]
        unwell = (
            [_unwell(call.view, each, seen.get(each.id)) for each in members] if group.check.enabled else []
        )
        found.append(
            GroupHealth(
                server_group_id=group.id,
                health_check_enabled="on" if group.check.enabled else "off",
                server_count=len(members),
                non_normal_servers=[each for each in unwell if each is not None],
            )
        )
    return found


def _unwell(view: View, member: Member, health: Health | None) -> ServerUnwell | None:
    """Return what is wrong with a server, or None when it is well."""
    if health is not None and health.state == "up":
        return None
    ip = member.ip
    if member.server_type == "Ecs" and (instance := view.get(Instance, member.server_id)) is not None:
        ip = instance.private_ip
    failed = health is not None and health.state == "down"
    return ServerUnwell(
        server_id=member.server_id,
        server_ip=ip,
        port=member.port,
        status="Unhealthy" if failed else "Initializing",
        reason=Reason(
            reason_code=_reason(health.detail) if failed and health else "",
            actual_response=health.detail if failed and health else "",
        ),
    )


def _reason(detail: str) -> str:
    """Return the vendor's word for what a check says."""
    text = detail.lower()
    if "refused" in text or "l4con" in text:
        return "CONNECT_FAILED"
    if "timeout" in text or "tout" in text:
        return "CONNECT_TIMEOUT" if "l4" in text else "RESPONSE_TIMEOUT"
    return "RESPONSE_MISMATCH"
