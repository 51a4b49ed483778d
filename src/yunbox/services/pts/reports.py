"""Reports of runs that are over. Wire shapes: PTS API 2020-10-20."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Request, Shape
from yunbox.services.pts.errors import no_run, no_scene
from yunbox.services.pts.model import ApiFigures, Run, StoredScene
from yunbox.services.pts.product import pts
from yunbox.services.pts.running import run_of
from yunbox.services.pts.scenes import Done


class GetPtsReportDetails(Request, kw_only=True):
    """Ask for the report of a run."""

    scene_id: str
    plan_id: str


class GetPtsReportsBySceneId(Request, kw_only=True):
    """Ask for the reports of a scene."""

    scene_id: str
    page_number: Annotated[int, Meta(ge=1)] = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class ReportOverView(Shape, kw_only=True):
    """A report in short."""

    report_id: str
    report_name: str
    start_time: str
    end_time: str
    agent_count: int = 1


class SceneMetrics(Shape, kw_only=True):
    """What came of all requests; times in milliseconds, rates of success in percent."""

    all_count: int
    avg_rt: float
    avg_tps: float
    fail_count_req: int
    fail_count_biz: int
    seg90_rt: float = msgspec.field(name="Seg90Rt")
    seg99_rt: float = msgspec.field(name="Seg99Rt")
    success_rate_req: float
    success_rate_biz: float


class ApiMetrics(SceneMetrics, kw_only=True):
    """What came of one request."""

    api_name: str
    max_rt: float
    min_rt: float
    seg50_rt: float = msgspec.field(name="Seg50Rt")


class ReportDetails(Done, kw_only=True):
    """A report."""

    report_over_view: ReportOverView
    scene_metrics: SceneMetrics
    api_metrics_list: list[ApiMetrics]


class Reports(Done, kw_only=True):
    """Reports of a scene."""

    report_over_view_list: list[ReportOverView]


@pts.action(GetPtsReportDetails, on="*", partial="the scene's snapshot")
def get_pts_report_details(request: GetPtsReportDetails, call: Call) -> ReportDetails:
    """Show it, once the run is over."""
    run = run_of(call, request.scene_id, request.plan_id)
    if not _has_report(run):
        raise no_run(run.id)
    figures = run.figures
    named = {each.name: each for each in figures.apis}
    apis = []
    for index, api in enumerate(run.scene.apis):
        told = named.get(str(index), ApiFigures(name=""))
        apis.append(
            ApiMetrics(
                **_metrics(told, figures.seconds),
                api_name=api.api_name,
                max_rt=_ms(told.largest),
                min_rt=_ms(told.smallest),
                seg50_rt=_ms(told.p50),
            )
        )
    return ReportDetails(
        report_over_view=_over_view(run),
        scene_metrics=SceneMetrics(**_metrics(figures.all, figures.seconds)),
        api_metrics_list=apis,
    )


@pts.action(GetPtsReportsBySceneId, on="*")
def get_pts_reports_by_scene_id(request: GetPtsReportsBySceneId, call: Call) -> Reports:
    """List them, the newest first."""
    scene = call.require(StoredScene, request.scene_id, no_scene)
    runs = [each for each in call.find(Run, parent=scene.id) if _has_report(each)]
    runs.sort(key=lambda each: -each.asked)
    first = (request.page_number - 1) * request.page_size
    return Reports(
        report_over_view_list=[_over_view(each) for each in runs[first : first + request.page_size]]
    )


def _has_report(run: Run) -> bool:
    return not run.is_open and not run.failure


def _over_view(run: Run) -> ReportOverView:
    return ReportOverView(
        report_id=run.id,
        report_name=run.scene.scene_name,
        start_time=seconds(run.began),
        end_time=seconds(run.ended),
    )


def _metrics(told: ApiFigures, lasted: float) -> dict[str, Any]:
    good = told.count - told.failed - told.shed
    share = round(100 * good / told.count, 2) if told.count else 0.0
    return {
        "all_count": told.count,
        "avg_rt": _ms(told.mean),
        "avg_tps": round(told.count / lasted, 2) if lasted else 0.0,
        "fail_count_req": told.failed + told.shed,
        "fail_count_biz": 0,
        "seg90_rt": _ms(told.p90),
        "seg99_rt": _ms(told.p99),
        "success_rate_req": share,
        "success_rate_biz": share,
    }


def _ms(value: float) -> float:
    return round(value * 1000, 3)
