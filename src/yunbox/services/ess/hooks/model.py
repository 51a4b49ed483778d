"""Lifecycle hooks, and the instances they hold, as they are stored. Wire shapes: ESS API 2022-02-22."""

from __future__ import annotations

from typing import Literal

from yunbox.control.store_resource import Resource

Transition = Literal["SCALE_OUT", "SCALE_IN"]
Result = Literal["CONTINUE", "ABANDON", "ROLLBACK"]


class LifecycleHook(Resource, kind="ess.hook", kw_only=True):
    """A hook of a group (`parent`); `heartbeat` is how long it holds instances, in seconds."""

    transition: Transition
    default_result: Result = "CONTINUE"
    heartbeat: int = 600
    notification_arn: str = ""
    notification_metadata: str = ""
    enabled: bool = True
    created: float = 0.0


class LifecycleAction(Resource, kind="ess.hook_action", kw_only=True):
    """Instances of one activity that one hook holds; the id is the token, `parent` the activity, `name` the hook.

    The controllers make it and go on when `result` is not None, or at `expires` with the hook's default result. They
    write `status` "Timeout" or "Completed" then.
    """

    group: str
    instances: tuple[str, ...]
    transition: Transition
    expires: float
    result: Result | None = None
    status: Literal["Waiting", "Timeout", "Completed"] = "Waiting"
    created: float = 0.0
