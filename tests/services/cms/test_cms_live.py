"""A cloud whose time runs fast: a busy instance is measured, an alarm fires, a webhook hears of it."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from alibabacloud_cms20190101 import models
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from cms_clients import Monitor
from running import RunningCloud
from services.ecs.ecs_clients import instance_of, launch, make_network, wait_for
from services.sdk import configured
from services.slb.slb_clients import Slbs
from services.slb.test_slb_traffic import get
from services.slb.web_servers import user_data
from Tea.exceptions import TeaException

SPEED = 60
BUSY = "IyEvYmluL3NoCndoaWxlIDo7IGRvIDo7IGRvbmUgJgo="
"""`#!/bin/sh`, `while :; do :; done &`: user data."""


@pytest.fixture
def fast_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud in which a minute takes a second."""
    running = RunningCloud(tmp_path / "cloud", "--clock-speed", str(SPEED))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A web server that keeps the forms it is sent."""
    made = Hook()
    yield made
    made.close()


class Hook:
    """Keeps the forms that are posted to it."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        heard = self.heard

        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                heard.append({name: values[0] for name, values in parse_qs(body).items()})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()


def test_a_kill_loses_no_value_and_no_rule(own_cloud: RunningCloud) -> None:
    cms = Monitor(configured(own_cloud), own_cloud.state["account"])
    cms.put("orders", 5.0)
    level = models.PutResourceMetricRuleRequestEscalationsCritical(
        comparison_operator="GreaterThanThreshold", statistics="Average", threshold="1", times=1
    )
    cms.do(
        "PutResourceMetricRule",
        rule_id="r",
        rule_name="r",
        namespace=cms.namespace,
        metric_name="orders",
        contact_groups="ops",
        escalations=models.PutResourceMetricRuleRequestEscalations(critical=level),
    )
    own_cloud.kill()
    own_cloud.start()
    (point,) = cms.points("DescribeMetricLast", "orders")
    assert point["Average"] == 5.0
    assert cms.do("DescribeMetricRuleList").total == "1"


def test_requests_through_a_balancer_are_counted(fast_cloud: RunningCloud) -> None:
    config = configured(fast_cloud)
    ecs, cms = EcsClient(config), Monitor(config, fast_cloud.state["account"])
    slbs = Slbs(config)
    network = make_network(ecs, VpcClient(config))
    (id_,) = launch(ecs, network, user_data=user_data())
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    wait_for(lambda: instance_of(ecs, id_).status == "Running")
    slbs.add(balancer, id_)
    slbs.listen(balancer, 80, health_check="on", health_check_interval=1, healthy_threshold=2)
    slbs.start(balancer, 80)
    wait_for(lambda: set(slbs.health(balancer).values()) == {"normal"})

    def measured(metric: str, namespace: str = "acs_slb_dashboard", **among: str) -> float:
        assert get(address)[0] == 200
        asked = json.dumps(among)
        found = cms.points("DescribeMetricLast", metric, namespace, dimensions=asked)
        return max((float(each["Average"]) for each in found), default=0.0)

    port = {"instanceId": balancer, "port": "80"}
    for metric in ("Qps", "StatusCode2xx", "NewConnection", "TrafficTXNew", "Rt", "HeathyServerCount"):
        wait_for(lambda metric=metric: measured(metric, **port) > 0)
    wait_for(lambda: measured("InstanceQps", instanceId=balancer) > 0)
    server = {"loadBalancerId": balancer, "serverId": id_, "port": "8080"}
    wait_for(lambda: measured("Qps", "yunbox_backend_server", **server) > 0)


def test_a_busy_instance_sets_off_an_alarm(fast_cloud: RunningCloud, hook: Hook) -> None:
    config = configured(fast_cloud)
    ecs, cms = EcsClient(config), Monitor(config, fast_cloud.state["account"])
    network = make_network(ecs, VpcClient(config))
    (id_,) = launch(ecs, network, user_data=BUSY)
    level = models.PutResourceMetricRuleRequestEscalationsCritical(
        comparison_operator="GreaterThanThreshold", statistics="Average", threshold="5", times=2
    )
    cms.do(
        "PutResourceMetricRule",
        rule_id="busy",
        rule_name="busy",
        namespace="acs_ecs_dashboard",
        metric_name="CPUUtilization",
        resources=f'[{{"instanceId":"{id_}"}}]',
        contact_groups="ops",
        period="60",
        webhook=hook.url,
        escalations=models.PutResourceMetricRuleRequestEscalations(critical=level),
    )

    def measured() -> list[dict[str, Any]]:
        found = cms.points(
            "DescribeMetricLast",
            "CPUUtilization",
            "acs_ecs_dashboard",
            dimensions=f'{{"instanceId":"{id_}"}}',
        )
        return [each for each in found if each["Average"] > 5]

    (point,) = wait_for(measured)
    assert point["userId"] == cms.account
    assert point["Average"] <= 100
    assert wait_for(lambda: hook.heard)[0]["alertState"] == "ALERT"
    form = hook.heard[0]
    assert (form["ruleId"], form["triggerLevel"], form["expression"]) == ("busy", "CRITICAL", "$Average>5")
    assert f"instanceId={id_}" in form["dimensions"]
    (rule,) = cms.do("DescribeMetricRuleList", rule_ids="busy").alarms.alarm
    assert rule.alert_state == "ALARM"
    (line,) = cms.do(
        "DescribeAlertHistoryList", rule_id="busy", state="ALARM"
    ).alarm_history_list.alarm_history
    assert (line.level, line.metric_name, line.rule_name) == ("P2", "CPUUtilization", "busy")
    (entry,) = cms.do("DescribeAlertLogList", rule_id="busy", event_type="TRIGGERED").alert_log_list
    assert (entry.instance_id, entry.level_change) == (id_, "OK->P2")
    (count,) = cms.do("DescribeAlertLogCount", group_by="product,metricName", rule_id="busy").alert_log_count
    assert [(each.name, each.value) for each in count.logs] == [
        ("product", "ECS"),
        ("metricName", "CPUUtilization"),
    ]
    (alerting,) = cms.do("DescribeAlertingMetricRuleResources", rule_id="busy").resources.resource
    assert (alerting.level, alerting.threshold) == (2, "5")
    assert json.loads(alerting.dimensions)["instanceId"] == id_
    for metric in ("memory_usedutilization", "load_1m", "IntranetInRate", "diskusage_utilization"):
        wait_for(lambda metric=metric: cms.points("DescribeMetricLast", metric, "acs_ecs_dashboard"))
    cms.do(
        "PutCustomMetricRule",
        rule_id="orders",
        rule_name="orders",
        metric_name="orders",
        comparison_operator=">=",
        contact_groups="ops",
        evaluation_count=2,
        level="WARN",
        resources='[{"groupId":"0","dimension":"host=a"}]',
        statistics="Maximum",
        threshold="7",
        period="60",
        webhook=hook.url,
    )

    def told() -> dict[str, str] | None:
        cms.put("orders", 1.0, 9.0, host="a")
        cms.put("orders", 1.0, host="b")
        return next((each for each in hook.heard if each["ruleId"] == "orders"), None)

    form = wait_for(told)
    assert (form["triggerLevel"], form["curValue"]) == ("WARN", "9")
    assert form["dimensions"] == "{groupId=0, host=a}"
    at = point["timestamp"] // 60_000 * 60
    asked = ecs_models.DescribeInstanceMonitorDataRequest(
        instance_id=id_, start_time=_utc(at), end_time=_utc(at + 600), period=60
    )
    first, *_ = ecs.describe_instance_monitor_data(asked).body.monitor_data.instance_monitor_data
    assert (first.instance_id, first.time_stamp) == (id_, _utc(at))
    assert 0 < first.cpu <= 100
    asked.start_time = _utc(at - 86_400)
    with pytest.raises(TeaException, match="TooManyDataQueried"):
        ecs.describe_instance_monitor_data(asked)


def _utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
