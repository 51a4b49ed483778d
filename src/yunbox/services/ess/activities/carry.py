"""Carrying out a scaling activity, one turn after another, until all of its instances have arrived or are gone."""

from __future__ import annotations

import msgspec

from yunbox.services.ecs.instances import status
from yunbox.services.ess.activities.capacity import REPLACING, STAYING, to_create
from yunbox.services.ess.activities.causes import description, detail, status_message
from yunbox.services.ess.activities.choosing import choose_members
from yunbox.services.ess.activities.model import ActivityError, ScalingActivity, Status
from yunbox.services.ess.hooks.holding import hold
from yunbox.services.ess.hooks.model import Transition
from yunbox.services.ess.members import backends
from yunbox.services.ess.members.launch import AT_ONCE, launch
from yunbox.services.ess.members.model import COUNTED, Member, MemberLifecycle
from yunbox.services.ess.members.progress import Step, become, come, enter, go, leaving_of, let_go
from yunbox.services.ess.notifications.notice import tell_of_activity
from yunbox.services.ess.turn import Turn

_COMING = ("Pending", "Pending:Wait")
_GOING = ("Removing", "Removing:Wait")


class Carrier:
    """One activity in one turn. `activity` is what is known of it now; `save` writes it if that changed."""

    def __init__(self, turn: Turn, activity: ScalingActivity) -> None:
        self.turn = turn
        self.activity = activity
        self._before = activity

    def carry(self) -> ScalingActivity:
        """Take the activity as far as it goes now; return it as it is stored then."""
        if self.activity.status == "Init":
            self._begin()
        if self.activity.is_open:
            self._make()
            self._move()
            self._replace()
        if self.activity.is_open:
            if self._under_way():
                self._note(progress=self._progress())
            else:
                self._finish()
        if not self.activity.is_open:
            self._note(name="")
        if self.activity != self._before:
            return self.turn.change.replace(self.activity)
        return self.activity

    def _note(self, **fields: object) -> None:
        self.activity = msgspec.structs.replace(self.activity, **fields)

    def _members(self) -> list[Member]:
        found = self.turn.change.find(Member, parent=self.turn.group.id)
        return [each for each in found if each.activity_id == self.activity.id]

    # Beginning

    def _begin(self) -> None:
        asked, group = self.activity.asked, self.turn.group
        grows = asked.create > 0
        process = "ScaleOut" if grows else "ScaleIn"
        if asked.work == "Scale" and process in group.suspended:
            text = f"The process {process} of the scaling group is suspended."
            self._note(status="Rejected", status_message=text, ended=self.turn.now, progress=100)
            tell_of_activity(self.turn, self.activity)
            return
        if asked.work in REPLACING:
            asked = msgspec.structs.replace(asked, create=len(asked.instances))
        count = asked.create if asked.create else asked.remove or len(asked.instances)
        what = ("Create" if grows else "Remove") if asked.work == "Scale" else asked.work
        self._note(status="InProgress", asked=asked, description=description(what, count))
        tell_of_activity(self.turn, self.activity)
        if asked.work == "Scale" and asked.remove:
            self._remove_some(asked.remove)
        elif asked.work in REPLACING:
            unhealthy = [each for each in self._named() if each.health == "Unhealthy"]
            self._remove(unhealthy)
        elif asked.work == "EnterStandby":
            for each in self._named():
                backends.stand_by(self.turn, each)

    def _named(self) -> list[Member]:
        found = (self.turn.change.get(Member, each) for each in self.activity.asked.instances)
        return [each for each in found if each is not None and each.parent == self.turn.group.id]

    def _remove_some(self, count: int) -> None:
        chosen = choose_members(self.turn, count)
        if len(chosen) < count:
            missing = count - len(chosen)
            text = f"{missing} instances could not be removed: the others are protected or busy."
            self._note(
                errors=(*self.activity.errors, ActivityError(code="NoRemovableInstance", message=text))
            )
        self._remove(chosen)

    def _remove(self, members: list[Member]) -> None:
        for each in members:
            leaving = leaving_of(self.turn.group, each)
            become(self.turn, each, "Removing", leaving=leaving, activity_id=self.activity.id)

    # Going on

    def _make(self) -> None:
        """Make instances that are still to be made, or start those that economical mode stopped."""
        missing = to_create(self.activity)
        if not missing:
            return
        if self.turn.group.lifecycle == "Deleting":
            self._give_up_making()
            return
        missing -= self._start_stopped(missing)
        count = min(missing, AT_ONCE)
        if not count:
            return
        before = {each.id for each in self._members()}
        errors = launch(self.turn, self.activity.id, count, self.activity.asked.overrides)
        made = tuple(each.id for each in self._members() if each.id not in before)
        created = self.activity.created_instances + made
        self._note(created_instances=created, errors=self.activity.errors + tuple(errors))
        if errors:
            self._give_up_making()
        elif missing > count:
            self.turn.look_again(0.0)

    def _give_up_making(self) -> None:
        """Make no more than was made: what could not be made now is not tried again by this activity."""
        made = len(self.activity.created_instances) + len(self.activity.started_instances)
        self._note(asked=msgspec.structs.replace(self.activity.asked, create=made))

    def _start_stopped(self, most: int) -> int:
        members = self.turn.change.find(Member, parent=self.turn.group.id)
        started: list[str] = []
        for each in members:
            if each.lifecycle != "Stopped" or len(started) >= most:
                continue
            instance = self.turn.instance(each.id)
            if instance is None:
                self.turn.change.delete(Member, each.id)
            elif instance.status == "Stopped":
                status.start(self.turn.call(), instance)
                become(self.turn, each, "Pending", activity_id=self.activity.id)
                started.append(each.id)
        if started:
            self._note(started_instances=self.activity.started_instances + tuple(started))
        return len(started)

    def _move(self) -> None:
        coming: list[Member] = []
        going: list[Member] = []
        for each in self._members():
            if each.lifecycle in _COMING:
                step = come(self.turn, self.activity, each)
                at_hook = coming
            elif each.lifecycle in _GOING:
                step = go(self.turn, self.activity, each)
                at_hook = going
            else:
                continue
            self._take(each, step)
            if step.at_hook:
                at_hook.append(each)
        self._at_hook(coming, "SCALE_OUT")
        self._at_hook(going, "SCALE_IN")

    def _at_hook(self, members: list[Member], transition: Transition) -> None:
        waiting: MemberLifecycle = "Pending:Wait" if transition == "SCALE_OUT" else "Removing:Wait"
        if hold(self.turn, self.activity, members, transition):
            for each in members:
                become(self.turn, each, waiting)
            # For when they expire.
            self.turn.look_again(0.0)
            return
        for each in members:
            if transition == "SCALE_OUT":
                self._take(each, enter(self.turn, each))
            else:
                self._take(each, let_go(self.turn, self.activity, each))

    def _take(self, member: Member, step: Step) -> None:
        if step.error is not None:
            self._note(errors=(*self.activity.errors, step.error))
        if step.went == "Destroyed":
            self._note(destroyed_instances=(*self.activity.destroyed_instances, member.id))
        elif step.went == "Stopped":
            self._note(stopped_instances=(*self.activity.stopped_instances, member.id))

    def _replace(self) -> None:
        """Remove the instances that are replaced, once those that replace them are in service."""
        if self.activity.asked.work not in REPLACING or to_create(self.activity):
            return
        if any(each.lifecycle in _COMING for each in self._members()):
            return
        ready = sum(each.lifecycle in STAYING for each in self._members())
        named = [each for each in self._named() if each.lifecycle in STAYING]
        gone = len(self.activity.asked.instances) - len(named)
        if allowed := named[: max(0, ready - gone)]:
            self._remove(allowed)
            self.turn.look_again(0.0)

    def _under_way(self) -> bool:
        if to_create(self.activity):
            return True
        return any(each.lifecycle in (*_COMING, *_GOING) for each in self._members())

    def _progress(self) -> int:
        """Return how much of it is done, in percent."""
        moving = sum(each.lifecycle in (*_COMING, *_GOING) for each in self._members())
        activity = self.activity
        whole = max(activity.asked.create, activity.asked.remove, len(activity.asked.instances), 1)
        left = min(whole, moving + to_create(activity))
        return 100 * (whole - left) // whole

    # The end

    def _finish(self) -> None:
        activity, turn = self.activity, self.turn
        failed = {each for error in activity.errors for each in error.instances}
        came = [
            each for each in (*activity.created_instances, *activity.started_instances) if each not in failed
        ]
        went = [*activity.destroyed_instances, *activity.stopped_instances]
        done = bool(came or [each for each in went if each not in failed])
        outcome: Status = "Successful"
        if activity.errors:
            outcome = "Warning" if done else "Failed"
        members = [
            each for each in turn.change.find(Member, parent=turn.group.id) if each.lifecycle in COUNTED
        ]
        self._note(
            status=outcome,
            status_message=_message(activity.errors) or status_message(len(came), len(went), len(failed)),
            progress=100,
            ended=turn.now,
            capacity_after=len(members),
            auto_created=sum(each.creation_type == "AutoCreated" for each in members),
            attached=sum(each.creation_type != "AutoCreated" for each in members),
        )
        tell_of_activity(turn, self.activity)
        if done and activity.asked.work == "Scale":
            cooldown = turn.group.default_cooldown if activity.cooldown is None else activity.cooldown
            until = max(turn.group.cooldown_until, turn.now + cooldown)
            if cooldown and until != turn.group.cooldown_until:
                turn.group = turn.change.replace(msgspec.structs.replace(turn.group, cooldown_until=until))


def _message(errors: tuple[ActivityError, ...]) -> str:
    return errors[0].message if errors else ""


def detail_of(activity: ScalingActivity) -> str:
    """Return what an activity did to which instances, in a sentence."""
    return detail(
        activity.created_instances,
        activity.destroyed_instances,
        activity.started_instances,
        activity.stopped_instances,
    )
