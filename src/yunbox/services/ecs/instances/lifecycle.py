"""StartInstance(s), StopInstance(s), RebootInstance(s), DeleteInstance(s). Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.status import StoppedMode, delete, find_instance, reboot, start, stop
from yunbox.services.ecs.product import ecs

Ids = Annotated[list[str], Meta(min_length=1, max_length=100)]
Batch = Literal["AllTogether", "SuccessFirst"]

_NO_LOCAL_DISKS = "there are no local disks"


class StartInstance(Request):
    """Start an instance."""

    accepted: ClassVar[dict[str, str]] = {"InitLocalDisk": _NO_LOCAL_DISKS}

    instance_id: str


class StopInstance(Request):
    """Stop an instance."""

    accepted: ClassVar[dict[str, str]] = {"ConfirmStop": "the vendor no longer uses it"}

    instance_id: str
    force_stop: bool = False
    stopped_mode: StoppedMode = ""


class RebootInstance(Request):
    """Restart an instance."""

    instance_id: str
    force_stop: bool = False


class DeleteInstance(Request):
    """Release an instance."""

    accepted: ClassVar[dict[str, str]] = {"ForceStop": "a forced release takes the power away"}

    instance_id: str
    force: bool = False
    terminate_subscription: bool = False


class StartInstances(Request):
    """Start instances."""

    instance_id: Ids
    batch_optimization: Batch = "AllTogether"


class StopInstances(Request):
    """Stop instances."""

    instance_id: Ids
    force_stop: bool = False
    stopped_mode: StoppedMode = ""
    batch_optimization: Batch = "AllTogether"


class RebootInstances(Request):
    """Restart instances."""

    instance_id: Ids
    force_reboot: bool = False
    batch_optimization: Batch = "AllTogether"


class DeleteInstances(Request):
    """Release instances, all or none."""

    accepted: ClassVar[dict[str, str]] = {"ForceStop": "a forced release takes the power away"}

    instance_id: Ids
    force: bool = False
    terminate_subscription: bool = False


class InstanceResponse(Shape):
    """What became of one of several."""

    instance_id: str
    code: str = "200"
    message: str = "success"
    previous_status: str = ""
    current_status: str = ""


class InstanceResponses(Shape):
    """The wrapping of a list of outcomes."""

    instance_response: list[InstanceResponse]


class Outcomes(Answer):
    """What became of each."""

    instance_responses: InstanceResponses


@ecs.action(StartInstance, on="instance/{instance_id}")
def start_instance(request: StartInstance, call: Call) -> Empty:
    """Wish that it runs."""
    start(call, find_instance(call, request.instance_id))
    return Empty()


@ecs.action(StopInstance, on="instance/{instance_id}")
def stop_instance(request: StopInstance, call: Call) -> Empty:
    """Wish that it does not run."""
    instance = find_instance(call, request.instance_id)
    stop(call, instance, force=request.force_stop, mode=request.stopped_mode)
    return Empty()


@ecs.action(RebootInstance, on="instance/{instance_id}")
def reboot_instance(request: RebootInstance, call: Call) -> Empty:
    """Wish that it starts anew."""
    reboot(call, find_instance(call, request.instance_id), force=request.force_stop)
    return Empty()


@ecs.action(DeleteInstance, on="instance/{instance_id}")
def delete_instance(request: DeleteInstance, call: Call) -> Empty:
    """Wish that it is gone."""
    instance = find_instance(call, request.instance_id)
    delete(call, instance, force=request.force, terminate=request.terminate_subscription)
    return Empty()


@ecs.action(StartInstances, on="instance/{instance_id}")
def start_instances(request: StartInstances, call: Call) -> Outcomes:
    """Wish that they run."""
    return _each(call, request.instance_id, request.batch_optimization, lambda one: start(call, one))


@ecs.action(StopInstances, on="instance/{instance_id}")
def stop_instances(request: StopInstances, call: Call) -> Outcomes:
    """Wish that they do not run."""

    def do(one: Instance) -> Instance:
        return stop(call, one, force=request.force_stop, mode=request.stopped_mode)

    return _each(call, request.instance_id, request.batch_optimization, do)


@ecs.action(RebootInstances, on="instance/{instance_id}")
def reboot_instances(request: RebootInstances, call: Call) -> Outcomes:
    """Wish that they start anew."""

    def do(one: Instance) -> Instance:
        return reboot(call, one, force=request.force_reboot)

    return _each(call, request.instance_id, request.batch_optimization, do)


@ecs.action(DeleteInstances, on="instance/{instance_id}")
def delete_instances(request: DeleteInstances, call: Call) -> Empty:
    """Wish that they are gone."""
    for instance in [find_instance(call, each) for each in dict.fromkeys(request.instance_id)]:
        delete(call, instance, force=request.force, terminate=request.terminate_subscription)
    return Empty()


def _each(call: Call, ids: list[str], batch: Batch, do: Callable[[Instance], Instance]) -> Outcomes:
    """Do it to each instance: to all or, with SuccessFirst, to those that allow it, the others being told why."""
    found = []
    for id_ in dict.fromkeys(ids):
        try:
            before = find_instance(call, id_)
            after = do(before)
        except CloudError as error:
            if batch == "AllTogether":
                raise
            found.append(InstanceResponse(instance_id=id_, code=error.code, message=error.message))
            continue
        found.append(
            InstanceResponse(instance_id=id_, previous_status=before.status, current_status=after.status)
        )
    return Outcomes(instance_responses=InstanceResponses(instance_response=found))
