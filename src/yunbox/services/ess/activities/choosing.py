"""Which members a group removes: what is stored of them, as the decision wants it."""

from __future__ import annotations

from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.launch_templates.model import LaunchTemplateVersion, version_id
from yunbox.services.ess.activities.capacity import claimed, open_activities
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.decisions.placing import policy_of
from yunbox.services.ess.decisions.removal import Candidate, choose
from yunbox.services.ess.members.model import Member
from yunbox.services.ess.turn import Turn


def choose_members(turn: Turn, count: int) -> list[Member]:
    """Return at most `count` members to remove; none that is protected, stands by, or is another activity's."""
    group = turn.group
    found = turn.change.find(Member, parent=group.id)
    busy = claimed(found, open_activities(turn.change, group.id))
    members = {each.id: each for each in found if each.lifecycle == "InService" and each.id not in busy}
    policy = policy_of(
        group.multi_az_policy, az_balance=group.az_balance, allocation=group.allocation_strategy
    )
    chosen = choose(
        (_candidate(turn, each) for each in members.values()),
        count,
        group.removal_policies,
        balanced=policy.balanced,
        dearest_first=policy.by_price,
    )
    return [members[each] for each in chosen]


def _candidate(turn: Turn, member: Member) -> Candidate:
    type_ = find_type(member.instance_type)
    return Candidate(
        id=member.id,
        since=member.created,
        configured=_configured(turn, member),
        zone=member.zone_id,
        healthy=member.health == "Healthy",
        protected=member.protected,
        price=type_.memory / type_.cpu if type_ is not None else 0.0,
    )


def _configured(turn: Turn, member: Member) -> float:
    """Return when the configuration, or the template's version, that an instance was made by was made."""
    if member.configuration:
        configuration = turn.change.get(ScalingConfiguration, member.configuration)
        return configuration.created if configuration is not None else 0.0
    if member.launch_template and member.launch_template_version.isdecimal():
        id_ = version_id(member.launch_template, int(member.launch_template_version))
        version = turn.change.get(LaunchTemplateVersion, id_)
        return version.created if version is not None else 0.0
    return 0.0
