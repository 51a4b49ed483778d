"""Load tests through the vendor's SDK: saved, run by the generator, looked at, stopped, reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_pts20201020 import models
from alibabacloud_pts20201020.client import Client
from rehearsal.loopback import Loopback, answer
from running import RunningCloud
from services.sdk import Sdk, configured
from Tea.exceptions import TeaException

M = models


@pytest.fixture
def pts(cloud: RunningCloud) -> Sdk:
    return Sdk(Client, models, configured(cloud))


def scene(url: str, rps: int = 40, **more: Any) -> dict[str, Any]:
    """A scene of two requests, as its document is."""
    return {
        "SceneName": "a busy minute",
        "RelationList": [
            {
                "RelationName": "visit",
                "ApiList": [
                    {
                        "ApiName": "home",
                        "Url": f"{url}/home?who=${{who}}",
                        "Method": "GET",
                        "RedirectCountLimit": 10,
                        "HeaderList": [{"HeaderName": "X-Who", "HeaderValue": "${who}"}],
                    },
                    {
                        "ApiName": "buy",
                        "Url": f"{url}/buy",
                        "Method": "POST",
                        "RedirectCountLimit": 10,
                        "Body": {"BodyValue": '{"a": 1}', "ContentType": "application/json"},
                    },
                ],
            }
        ],
        "LoadConfig": {
            "TestMode": "tps_mode",
            "MaxRunningTime": 1,
            "Configuration": {"AllRpsBegin": rps, "AllRpsLimit": rps},
        },
        "GlobalParameterList": [{"ParamName": "who", "ParamValue": "me"}],
        **more,
    }


def save(pts: Sdk, document: dict[str, Any]) -> str:
    made = M.SavePtsSceneRequestScene().from_map(document)
    return str(pts.do("SavePtsScene", scene=made).scene_id)


def refused(function: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(TeaException) as caught:
        function(*args, **kwargs)
    return f"{caught.value.code} {caught.value.message}"


def until(holds: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_scene_is_saved_shown_listed_changed_and_deleted(pts: Sdk) -> None:
    id_ = save(pts, scene("http://127.0.0.1:1"))
    shown = pts.do("GetPtsScene", scene_id=id_).scene
    assert (shown.scene_name, shown.status, shown.load_config.test_mode) == (
        "a busy minute",
        "CREATED",
        "tps_mode",
    )
    assert [each.api_name for each in shown.relation_list[0].api_list] == ["home", "buy"]
    assert all(each.api_id for each in shown.relation_list[0].api_list)
    assert save(pts, scene("http://127.0.0.1:1", SceneId=id_, SceneName="another")) == id_
    listed = pts.do("ListPtsScene", page_number=1, page_size=10, key_word=id_).scene_view_list
    assert [(each.scene_id, each.scene_name, each.status) for each in listed] == [(id_, "another", "CREATED")]
    pts.do("DeletePtsScene", scene_id=id_)
    assert refused(pts.do, "GetPtsScene", scene_id=id_).startswith("SceneNotFound")


def test_a_scene_runs_is_looked_at_and_stopped(pts: Sdk) -> None:
    async def shop(head: Any, writer: Any) -> None:
        await answer(writer, 500 if head[1] == "/buy" else 200)

    with Loopback(shop) as server:
        id_ = save(pts, scene(server.url))
        plan = pts.do("StartPtsScene", scene_id=id_).plan_id
        assert refused(pts.do, "StartPtsScene", scene_id=id_).startswith("SceneIsRunning")
        assert refused(pts.do, "DeletePtsScene", scene_id=id_).startswith("SceneIsRunning")

        def data() -> Any:
            return pts.do("GetPtsSceneRunningData", scene_id=id_, plan_id=plan)

        seen = until(lambda: (found := data()).total_request_count > 20 and found)
        assert seen.status == 7
        assert not seen.has_report
        assert 0 < seen.failed_request_count < seen.total_request_count
        assert [each.api_name for each in seen.chain_monitor_data_list] == ["home", "buy"]
        assert pts.do("GetPtsSceneRunningStatus", scene_id=id_).status == "RUNNING"
        assert pts.do("StopPtsScene", scene_id=id_).success
        until(lambda: pts.do("GetPtsSceneRunningStatus", scene_id=id_).status == "STOPPED")
        assert refused(pts.do, "StopPtsScene", scene_id=id_).startswith("SceneIsNotRunning")
        sent = len(server.heads)
        _, path, headers = next(each for each in server.heads if each[0] == "GET")
    assert (path, headers["x-who"]) == ("/home?who=me", "me")
    assert next(each for each in server.heads if each[0] == "POST")[2]["content-type"] == "application/json"
    found = pts.do("GetPtsReportDetails", scene_id=id_, plan_id=plan)
    whole, (home, buy) = found.scene_metrics, found.api_metrics_list
    assert whole.all_count == sent == home.all_count + buy.all_count
    assert (home.success_rate_req, buy.success_rate_req) == (100, 0)
    assert buy.fail_count_req == whole.fail_count_req == buy.all_count
    assert 0 < home.seg_50rt <= home.seg_99rt <= home.max_rt
    assert 20 < whole.avg_tps < 60
    (report,) = pts.do(
        "GetPtsReportsBySceneId", scene_id=id_, page_number=1, page_size=10
    ).report_over_view_list
    assert report.report_id == plan
    pts.do("DeletePtsScene", scene_id=id_)


def test_a_name_is_bound_to_an_address(pts: Sdk) -> None:
    with Loopback() as server:
        binding = {"DomainBindingList": [{"Domain": "shop.example.com", "Ips": ["127.0.0.1"]}]}
        id_ = save(pts, scene(f"http://shop.example.com:{server.port}", AdvanceSetting=binding))
        pts.do("StartPtsScene", scene_id=id_)
        until(lambda: server.heads)
        pts.do("StopPtsScene", scene_id=id_)
        until(lambda: pts.do("GetPtsSceneRunningStatus", scene_id=id_).status == "STOPPED")
    assert server.heads[0][2]["host"] == f"shop.example.com:{server.port}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"LoadConfig": {"TestMode": "concurrency_mode", "MaxRunningTime": 1}}, "Scene.LoadConfig.TestMode"),
        ({"LoadConfig": {"TestMode": "tps_mode", "MaxRunningTime": 1}}, "AllRpsBegin"),
        ({"FileParameterList": [{"FileName": "a", "FileOssAddress": "b"}]}, "Scene.FileParameterList"),
    ],
)
def test_what_is_not_implemented_is_refused_by_name(pts: Sdk, change: dict[str, Any], says: str) -> None:
    said = refused(save, pts, scene("http://127.0.0.1:1", **change))
    assert said.startswith("InvalidParameter")
    assert says in said


def test_load_goes_to_this_machine_and_the_cloud_alone(pts: Sdk) -> None:
    assert "is not an address" in refused(save, pts, scene("http://www.example.com"))
    id_ = save(pts, scene("http://192.0.2.1"))
    assert "neither this machine's own nor an address of the cloud" in refused(
        pts.do, "StartPtsScene", scene_id=id_
    )
    assert pts.do("GetPtsSceneRunningStatus", scene_id=id_).status == "CREATED"
