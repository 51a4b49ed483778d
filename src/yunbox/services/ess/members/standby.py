"""EnterStandby and ExitStandby: instances rest without leaving their group. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.shapes import Request
from yunbox.services.ess.activities.begin import begin
from yunbox.services.ess.activities.model import Asked, Work
from yunbox.services.ess.checks import TwentyIds, idle_group
from yunbox.services.ess.members.attach import ActivityBegun
from yunbox.services.ess.members.model import MemberLifecycle
from yunbox.services.ess.members.named import SERVING, changed, named
from yunbox.services.ess.product import ess


class EnterStandby(Request):
    """Let instances rest: the balancers send them nothing, and they are not checked, removed or replaced."""

    scaling_group_id: str
    instance_ids: TwentyIds
    accepted = {"Async": "balancers are told by the controllers either way"}


class ExitStandby(Request):
    """Let instances serve again."""

    scaling_group_id: str
    instance_ids: TwentyIds
    accepted = {"Async": "balancers are told by the controllers either way"}


@ess.action(EnterStandby, on="scalinggroup/{scaling_group_id}")
def enter_standby(request: EnterStandby, call: Call) -> ActivityBegun:
    """Put instances in service into Standby. Raises CloudError: IncorrectInstanceStatus and others."""
    return _move(call, request.scaling_group_id, request.instance_ids, "EnterStandby", SERVING, "Standby")


@ess.action(ExitStandby, on="scalinggroup/{scaling_group_id}")
def exit_standby(request: ExitStandby, call: Call) -> ActivityBegun:
    """Put instances in Standby on their way into service. Raises CloudError: IncorrectInstanceStatus and others."""
    return _move(call, request.scaling_group_id, request.instance_ids, "ExitStandby", ("Standby",), "Pending")


def _move(
    call: Call,
    group_id: str,
    ids: list[str],
    work: Work,
    states: tuple[MemberLifecycle, ...],
    state: MemberLifecycle,
) -> ActivityBegun:
    group = idle_group(call, group_id)
    found = named(call, group, ids, states)
    what = "into Standby" if work == "EnterStandby" else "back into service"
    activity = begin(
        call.change,
        call.cloud.ids,
        group,
        Asked(work=work, instances=tuple(each.id for each in found.members), hooks=False),
        now=call.time,
        cause=f'A user requests to put "{len(found.members)}" instance {what}.',
        source_type="Api",
        source=call.action,
        request_id=call.request_id,
    )
    for each in found.members:
        changed(call, each, state, activity_id=activity.id)
    return ActivityBegun(scaling_activity_id=activity.id)
