"""Values of metrics, put and read through the vendor's client."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest
from alibabacloud_cms20190101 import models
from cms_clients import Monitor, own

Refused = Callable[..., str]


def _then(back: float = 3600.0) -> float:
    """A minute of the past that begins a period of five."""
    return (time.time() - back) // 300 * 300


def test_what_was_put_is_read_by_periods(cms: Monitor) -> None:
    metric, then = own("orders"), _then()
    cms.put(metric, 1.0, 5.0, at=then, host="a")
    cms.put(metric, 7.0, at=then + 60, host="a")
    asked = {"start_time": str(int(then * 1000) - 1), "end_time": str(int(then * 1000) + 120_000)}
    first, second = cms.points("DescribeMetricList", metric, period="60", **asked)
    assert first["timestamp"] == then * 1000
    assert (first["Average"], first["Minimum"], first["Maximum"], first["Sum"]) == (3.0, 1.0, 5.0, 6.0)
    assert (first["host"], first["userId"]) == ("a", cms.account)
    assert second["Average"] == 7.0
    (both,) = cms.points("DescribeMetricList", metric, period="300", **asked)
    assert (both["Maximum"], both["SampleCount"]) == (7.0, 3)


def test_the_start_is_left_out_and_the_end_is_not(cms: Monitor) -> None:
    metric, then = own("edge"), _then()
    for minute in range(3):
        cms.put(metric, float(minute), at=then + 60 * minute)
    stamps = {"start_time": str(int(then * 1000)), "end_time": str(int(then * 1000) + 120_000)}
    assert [p["Average"] for p in cms.points("DescribeMetricList", metric, period="60", **stamps)] == [
        1.0,
        2.0,
    ]
    iso = {
        "start_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then)),
        "end_time": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(then + 60 + 8 * 3600)),
    }
    assert [p["Average"] for p in cms.points("DescribeMetricList", metric, period="60", **iso)] == [1.0]


def test_series_are_chosen_and_put_together(cms: Monitor) -> None:
    metric, then = own("shops"), _then()
    cms.put(metric, 1.0, at=then, host="a", zone="x")
    cms.put(metric, 3.0, at=then, host="b", zone="x")

    def hosts(**more: str) -> list[str]:
        found = cms.points("DescribeMetricList", metric, start_time=str(int(then * 1000) - 1), **more)
        return [each["host"] for each in found]

    assert hosts() == ["a", "b"]
    assert hosts(dimensions='{"host":"b"}') == ["b"]
    assert hosts(dimensions='[{"host":"b"},{"host":"a","zone":"x"}]') == ["a", "b"]
    assert hosts(dimensions='{"dimension":"host=a&zone=x","groupId":"0"}') == ["a"]
    assert hosts(dimensions='{"zone":"y"}') == []
    assert hosts(dimensions=json.dumps({"userId": cms.account, "host": "a"})) == ["a"]
    assert hosts(dimensions=json.dumps({"userId": cms.account})) == ["a", "b"]
    assert hosts(dimensions='{"userId":"1"}') == []
    (both,) = cms.points(
        "DescribeMetricList",
        metric,
        start_time=str(int(then * 1000) - 1),
        express='{"groupby":["zone"]}',
    )
    assert (both["zone"], both["Average"], "host" in both) == ("x", 2.0, False)


def test_pages_go_on_where_they_ended(cms: Monitor) -> None:
    metric, then = own("pages"), _then()
    for host in ("a", "b", "c"):
        for minute in range(3):
            cms.put(metric, float(minute), at=then + 60 * minute, host=host)
    found, token = [], None
    for _ in range(9):
        body = cms.do(
            "DescribeMetricList",
            namespace=cms.namespace,
            metric_name=metric,
            start_time=str(int(then * 1000) - 1),
            period="60",
            length="2",
            next_token=token,
        )
        found += [(each["timestamp"], each["host"]) for each in json.loads(body.datapoints)]
        token = body.next_token
        if not token:
            break
    assert found == [((then + 60 * minute) * 1000, host) for minute in range(3) for host in "abc"]


def test_the_newest_of_each_series(cms: Monitor) -> None:
    metric = own("newest")
    now = time.time() // 60 * 60
    cms.put(metric, 1.0, at=now - 300, host="a")
    cms.put(metric, 2.0, at=now - 120, host="a")
    cms.put(metric, 9.0, at=now - 240, host="b")
    for action in ("DescribeMetricLast", "DescribeMetricData"):
        found = cms.points(action, metric, period="60")
        assert [(each["host"], each["Average"]) for each in found] == [("a", 2.0), ("b", 9.0)]
    earlier = cms.points("DescribeMetricLast", metric, period="60", end_time=str(int(now - 180) * 1000))
    assert [(each["host"], each["Average"]) for each in earlier] == [("a", 1.0), ("b", 9.0)]
    top = cms.points("DescribeMetricTop", metric, period="60", orderby="Average", length="1")
    assert [(each["host"], each["order"]) for each in top] == [("b", 1)]
    lowest = cms.points("DescribeMetricTop", metric, period="60", orderby="Average", order_desc="True")
    assert [each["host"] for each in lowest] == ["a", "b"]


def test_values_that_amount_to_several(cms: Monitor) -> None:
    metric = own("several")
    sample = models.PutCustomMetricRequestMetricList(
        group_id="101",
        metric_name=metric,
        dimensions='{"host":"a"}',
        type="1",
        period="60",
        values='{"Sum":30,"SampleCount":10,"Minimum":1,"Maximum":9}',
    )
    cms.do("PutCustomMetric", metric_list=[sample])
    (point,) = cms.points("DescribeMetricLast", metric, period="60")
    assert (point["Average"], point["Maximum"], point["SampleCount"]) == (3.0, 9.0, 10.0)
    assert point["groupId"] == "101"


def test_custom_metrics_are_listed_and_forgotten(cms: Monitor) -> None:
    metric = own("listed")
    cms.put(metric, 1.0, host="a", zone="x")
    cms.put(metric, 1.0, host="b", zone="x")
    result = json.loads(cms.do("DescribeCustomMetricList", metric_name=metric).result)
    assert [(each["groupId"], each["dimension"]) for each in result["result"]] == [
        ("0", "host=a&zone=x"),
        ("0", "host=b&zone=x"),
    ]
    cms.do("DeleteCustomMetric", group_id="0", metric_name=metric, md_5=result["result"][0]["md5"])
    assert [each["host"] for each in cms.points("DescribeMetricLast", metric)] == ["b"]


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ('{"value":"much"}', {}),
        ("{}", {}),
        ('{"value":1,"P99":2}', {}),
        ('{"value":NaN}', {}),
        ('{"value":1}', {"dimensions": "[]"}),
        ('{"value":1}', {"dimensions": '{"a":{}}'}),
        ('{"value":1}', {"time": "1000"}),
        ('{"value":1}', {"type": "2"}),
        ('{"SampleCount":0,"Sum":1}', {"type": "1"}),
    ],
)
def test_values_that_are_none_are_refused(
    cms: Monitor, refused: Refused, values: str, more: dict[str, str]
) -> None:
    given = {"group_id": "0", "metric_name": "m", "dimensions": '{"a":"b"}', "type": "0", "values": values}
    sample = models.PutCustomMetricRequestMetricList(**{**given, **more})
    assert refused(cms.do, "PutCustomMetric", metric_list=[sample]) == "InvalidParameter"


def test_what_is_not_measured_is_not_found(cms: Monitor, refused: Refused) -> None:
    def ask(namespace: str, metric: str = "CPUUtilization", **more: str) -> str:
        asked = {"namespace": namespace, "metric_name": metric, **more}
        return refused(cms.do, "DescribeMetricList", **asked)

    assert ask("acs_rds_dashboard") == "ResourceNotFound"
    assert ask("acs_ecs_dashboard", "GPUUtilization") == "ResourceNotFound"
    assert ask("acs_customMetric_1") == "ResourceNotFound"
    ecs = "acs_ecs_dashboard"
    assert ask(ecs, period="17") == "InvalidParameter"
    assert ask(ecs, length="2000") == "InvalidParameter"
    assert ask(ecs, start_time="soon") == "InvalidParameter"
    assert ask(ecs, start_time="2", end_time="1") == "InvalidParameter"
    assert ask(ecs, express='{"groupby":["a"],"having":1}') == "InvalidParameter"
    assert ask(ecs, dimensions="[1]") == "InvalidParameter"
    for token in ("x", "[1e300,0,1]", "[1,-5,1]", "[1,0]", '{"at":1}'):
        for text in (token, base64.urlsafe_b64encode(token.encode()).decode()):
            assert ask(ecs, next_token=text) == "InvalidParameter"


def test_metrics_and_namespaces_are_described(cms: Monitor) -> None:
    found = cms.do("DescribeMetricMetaList", namespace="acs_ecs_dashboard", metric_name="CPUUtilization")
    (metric,) = found.resources.resource
    assert (metric.unit, metric.dimensions, metric.statistics) == (
        "%",
        "userId,instanceId",
        "Average,Minimum,Maximum",
    )
    assert "60" in metric.periods.split(",")
    assert int(cms.do("DescribeMetricMetaList").total_count) > 60
    label = '[{"name":"product","value":"SLB"}]'
    (project,) = cms.do("DescribeProjectMeta", labels=label).resources.resource
    assert project.namespace == "acs_slb_dashboard"


def test_values_of_prometheus_are_refused_by_name(cms: Monitor, refused: Refused) -> None:
    sample = models.PutHybridMonitorMetricDataRequestMetricList(name="a", value="1")
    code = refused(cms.do, "PutHybridMonitorMetricData", namespace="n", metric_list=[sample])
    assert code == "InvalidAction.NotImplemented"
