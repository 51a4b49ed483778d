"""Instances of a scaling group as servers of its balancers."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.services.alb.server_groups.model import ServerGroup as AlbServerGroup
from yunbox.services.balancing import members as servers
from yunbox.services.balancing.model import Health, member_id
from yunbox.services.balancing.model import Member as Server
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.groups.model import ScalingGroup
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.turn import Turn
from yunbox.services.slb.groups.model import VServerGroup
from yunbox.services.slb.load_balancers.model import LoadBalancer

HEALTHY = frozenset({"up", "unchecked"})

UNHEARD_SECONDS = 0.5
"""So long a server that was taken by the balancer is given to be heard of; then no listener forwards to it."""

PATIENCE_SECONDS = 20.0
"""So long an instance may take to answer health checks; then it is in service as it is, as with the vendor."""

_WEIGHT = 50


def wanted(view: View, group: ScalingGroup, member: Member) -> list[Server]:
    """Return what a member is to be in the group's balancers: a server for each default or other server group.

    What was attached and has been deleted since is passed over.
    """
    configuration = view.get(ScalingConfiguration, member.configuration) if member.configuration else None
    usual = configuration.weight if configuration is not None else _WEIGHT
    found = []
    for balancer in group.load_balancers:
        if view.get(LoadBalancer, balancer.id) is None:
            continue
        weight = member.weight or balancer.weight or usual
        found.append(_server(group, member, balancer.id, 0, weight))
    for target in group.server_groups:
        if view.get(VServerGroup if target.type == "CLB" else AlbServerGroup, target.id) is None:
            continue
        found.append(_server(group, member, target.id, target.port, member.weight or target.weight))
    return found


def _server(group: ScalingGroup, member: Member, target: str, port: int, weight: int) -> Server:
    return Server(
        id=member_id(target, member.id, port),
        account=group.account,
        region=group.region,
        parent=target,
        name=member.id,
        server_id=member.id,
        port=port,
        weight=weight,
        added_by=group.id,
    )


def join(turn: Turn, member: Member, *, restore: bool = False) -> None:
    """Have a member be a server of all balancers of the group; `restore` its weights if it stood by.

    Otherwise weights stay as somebody may have set them.
    """
    for each in wanted(turn.change, turn.group, member):
        there = servers.find(turn.change, each.id)
        if there is None:
            servers.add(turn.change, each, turn.machine)
        elif restore and not there.weight and there.added_by == turn.group.id:
            servers.alter(turn.change, there, weight=each.weight)


def leave(turn: Turn, member: Member) -> None:
    """Have a member drained and taken out of all balancers that the group put it into, or of all that there are.

    The second if the instance will be stopped or released: somebody else may have added it elsewhere.
    """
    for each in _leaving(turn.change, turn.group, member):
        servers.take_out(turn.change, each, turn.machine)


def leave_others(turn: Turn, member: Member) -> None:
    """Have a member taken out of the balancers that are no longer attached to the group."""
    kept = {each.id for each in wanted(turn.change, turn.group, member)}
    for each in _own(turn.change, turn.group, member):
        if each.id not in kept:
            servers.take_out(turn.change, each, turn.machine)


def stand_by(turn: Turn, member: Member) -> None:
    """Have a member get no new requests, while it stays a server: its weight is 0."""
    for each in _own(turn.change, turn.group, member):
        if each.status != "Removing" and each.weight:
            servers.alter(turn.change, each, weight=0)


def is_drained(view: View, group: ScalingGroup, member: Member) -> bool:
    """Return whether no balancer that a member leaves has a request of its left."""
    return not _leaving(view, group, member)


def is_serving(turn: Turn, member: Member) -> bool:
    """Return whether the balancers have taken a member and find it healthy; has the group looked at when it is time.

    A server that no listener's health checks are heard of, for want of a listener, counts once it was taken.
    """
    rows = [each for each in _own(turn.change, turn.group, member) if each.status != "Removing"]
    healths = turn.change.find(Health, name=member.id)
    serving = True
    for each in rows:
        waited = turn.machine - each.added
        if waited >= PATIENCE_SECONDS:
            continue
        turn.look_again(PATIENCE_SECONDS - waited)
        heard = [health.state for health in healths if health.group == each.parent]
        if heard:
            serving &= HEALTHY.issuperset(heard)
        elif each.status != "Available" or waited < UNHEARD_SECONDS:
            turn.look_again(UNHEARD_SECONDS)
            serving = False
    return serving


def is_down(view: View, member: Member, *, now: float, seconds: float) -> bool:
    """Return whether a balancer has found a member down for so long; `now` is the machine's time."""
    healths = view.find(Health, name=member.id)
    return any(each.state == "down" and now - each.since >= seconds for each in healths)


def _leaving(view: View, group: ScalingGroup, member: Member) -> list[Server]:
    ends = member.leaving in ("Release", "Stop")
    return view.find(Server, name=member.id) if ends else _own(view, group, member)


def _own(view: View, group: ScalingGroup, member: Member) -> list[Server]:
    return [each for each in view.find(Server, name=member.id) if each.added_by == group.id]
