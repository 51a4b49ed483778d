"""Scenes are started, looked at while they run, and stopped. Wire shapes: PTS API 2020-10-20."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Request, Shape
from yunbox.rehearsal.places import check_addresses
from yunbox.rehearsal.plan_file import PlanError
from yunbox.services.balancing.reaching import addresses_of
from yunbox.services.pts.errors import is_running, no_run, no_scene, not_running
from yunbox.services.pts.model import ApiFigures, Run, StoredScene
from yunbox.services.pts.planning import plan_of
from yunbox.services.pts.product import pts
from yunbox.services.pts.scenes import Done, last_run, status_of

_RUNNING, _OVER = 7, 8
"""The vendor's numbers: it documents that the first is the usual one."""

_MAX_RUNS = 100


class StartPtsScene(Request, kw_only=True):
    """Run a scene."""

    scene_id: str


class SceneStarted(Done, kw_only=True):
    """The run."""

    plan_id: str


class StopPtsScene(Request, kw_only=True):
    """End the run of a scene: nothing new is sent."""

    scene_id: str


class GetPtsSceneRunningStatus(Request, kw_only=True):
    """Ask what a scene is doing."""

    scene_id: str


class RunningStatus(Done, kw_only=True):
    """What it is doing."""

    scene_name: str
    status: str
    create_time: str
    modified_time: str


class GetPtsSceneRunningData(Request, kw_only=True):
    """Ask what a run has done so far."""

    scene_id: str
    plan_id: str


class ChainMonitorData(Shape, kw_only=True):
    """What came of one request; times in milliseconds."""

    api_id: str
    api_name: str
    average_rt: int
    min_rt: int
    max_rt: int
    failed_count: int
    count2_x_x: int = msgspec.field(name="Count2XX")
    config_qps: int
    real_qps: float
    time_point: int


class RunningData(Done, kw_only=True):
    """What it has done so far; times in milliseconds."""

    status: int
    begin_time: int
    total_request_count: int
    failed_request_count: int
    failed_business_count: int
    total_real_qps: int
    tps_limit: int
    average_rt: int
    seg90_rt: int = msgspec.field(name="Seg90Rt")
    concurrency: int
    total_agents: int
    alive_agents: int
    has_report: bool
    chain_monitor_data_list: list[ChainMonitorData]


@pts.action(StartPtsScene, on="*")
def start_pts_scene(request: StartPtsScene, call: Call) -> SceneStarted:
    """Ask for a run; it goes to this machine and to the cloud's own addresses alone."""
    found = call.require(StoredScene, request.scene_id, no_scene)
    if (before := last_run(call, found.id)) is not None and before.is_open:
        raise is_running(found.id)
    try:
        check_addresses(plan_of(found.scene), own=addresses_of(call.view))
    except PlanError as error:
        raise invalid_parameter("Url", str(error)) from None
    for old in sorted(call.find(Run, parent=found.id), key=lambda each: each.asked)[: 1 - _MAX_RUNS]:
        call.change.delete(Run, old.id)
    run = Run(
        id=call.cloud.ids.token(10).upper(),
        account=call.account,
        region=call.region,
        parent=found.id,
        scene=found.scene,
        status="PREPARING",
        asked=call.now,
    )
    call.change.create(run)
    return SceneStarted(plan_id=run.id)


@pts.action(StopPtsScene, on="*")
def stop_pts_scene(request: StopPtsScene, call: Call) -> Done:
    """Ask for its end."""
    found = call.require(StoredScene, request.scene_id, no_scene)
    run = last_run(call, found.id)
    if run is None or not run.is_open:
        raise not_running(found.id)
    call.change.replace(msgspec.structs.replace(run, status="STOPPING"))
    return Done()


@pts.action(GetPtsSceneRunningStatus, on="*")
def get_pts_scene_running_status(request: GetPtsSceneRunningStatus, call: Call) -> RunningStatus:
    """Tell it."""
    found = call.require(StoredScene, request.scene_id, no_scene)
    return RunningStatus(
        scene_name=found.name,
        status=status_of(call, found),
        create_time=seconds(found.created),
        modified_time=seconds(found.modified),
    )


def run_of(call: Call, scene: str, plan: str) -> Run:
    """Return a run of a scene. Raises CloudError where there is none."""
    found = call.require(Run, plan, no_run)
    if found.parent != scene:
        raise no_run(plan)
    return found


@pts.action(GetPtsSceneRunningData, on="*")
def get_pts_scene_running_data(request: GetPtsSceneRunningData, call: Call) -> RunningData:
    """Tell what it has done up to a second ago or so."""
    run = run_of(call, request.scene_id, request.plan_id)
    figures, rate = run.figures, plan_rate(run)
    share = {each.name: each for each in figures.apis}
    apis = run.scene.apis
    chain = []
    for index, api in enumerate(apis):
        told = share.get(str(index), ApiFigures(name=""))
        chain.append(
            ChainMonitorData(
                api_id=api.api_id,
                api_name=api.api_name,
                average_rt=milliseconds(told.mean),
                min_rt=milliseconds(told.smallest),
                max_rt=milliseconds(told.largest),
                failed_count=told.failed + told.shed,
                count2_x_x=told.count - told.failed - told.shed,
                config_qps=round(rate / len(apis)),
                real_qps=round(told.count / figures.seconds, 2) if figures.seconds else 0.0,
                time_point=milliseconds(call.now),
            )
        )
    everything = figures.all
    return RunningData(
        status=_RUNNING if run.is_open else _OVER,
        begin_time=milliseconds(run.began),
        total_request_count=everything.count,
        failed_request_count=everything.failed + everything.shed,
        failed_business_count=0,
        total_real_qps=round(figures.rate),
        tps_limit=round(rate),
        average_rt=milliseconds(everything.mean),
        seg90_rt=milliseconds(everything.p90),
        concurrency=figures.in_flight,
        total_agents=1,
        alive_agents=int(run.status == "RUNNING"),
        has_report=not run.is_open and not run.failure,
        chain_monitor_data_list=chain,
    )


def plan_rate(run: Run) -> float:
    """Return the rate that the run's scene asks for."""
    load = plan_of(run.scene).load
    return float(getattr(load, "rate", 0.0))


def milliseconds(value: float) -> int:
    """Return seconds in milliseconds."""
    return round(value * 1000)
