"""Scaling groups of instances that really run behind balancers that really carry traffic."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_cms20190101 import models as cms_models
from alibabacloud_cms20190101.client import Client as CmsClient
from alibabacloud_ess20220222 import models
from alibabacloud_slb20140515 import models as slb_models
from alibabacloud_slb20140515.client import Client as SlbClient
from alibabacloud_tea_openapi.models import Config
from ess_clients import Scaling
from running import RunningCloud
from services.alb.alb_clients import Albs
from services.sdk import REGION, Sdk

from yunbox.config import PROCESSES_FILE
from yunbox.control.clock import SystemClock, TurnedClock, read_turn

SERVER = b"""#!/bin/sh
exec python3 -c '
import os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_HEAD(self): self.do_GET()
    def do_GET(self):
        if self.path == "/slow": time.sleep(0.3)
        body = os.uname().nodename.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD": self.wfile.write(body)
    def log_message(self, *a): pass
class Server(ThreadingHTTPServer):
    request_queue_size = 256
Server((os.environ.get("YUNBOX_ADDRESS") or "0.0.0.0", 8080), Shop).serve_forever()
'
"""
SECONDS = 40


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(what)


def configured(cloud: RunningCloud) -> Config:
    """Return a client's configuration for a cloud, as its root."""
    return Config(
        access_key_id=cloud.keys[0],
        access_key_secret=cloud.keys[1],
        endpoint=f"127.0.0.1:{cloud.state['port']}",
        protocol="http",
        region_id=REGION,
    )


def classic_balancer(cloud: RunningCloud, scaling: Scaling) -> tuple[str, str]:
    """Make a Slb balancer that listens at port 80; return its id and its address."""
    slb = Sdk(SlbClient, slb_models, configured(cloud))
    made = slb.do(
        "CreateLoadBalancer",
        vpc_id=scaling.vpc_id,
        v_switch_id=scaling.vswitches[0],
        address_type="intranet",
    )
    slb.do(
        "CreateLoadBalancerHTTPListener",
        load_balancer_id=made.load_balancer_id,
        listener_port=80,
        backend_server_port=8080,
        bandwidth=-1,
        sticky_session="off",
        health_check="on",
        health_check_interval=1,
        healthy_threshold=2,
        unhealthy_threshold=2,
        health_check_uri="/",
    )
    slb.do("StartLoadBalancerListener", load_balancer_id=made.load_balancer_id, listener_port=80)
    return made.load_balancer_id, made.address


class Shop:
    """A scaling group of web servers behind a balancer at `address`."""

    def __init__(self, scaling: Scaling, address: str, program: bytes = SERVER, **group: Any) -> None:
        self.scaling, self.address = scaling, address
        self.group = scaling.group(**group)
        configuration = scaling.configuration(self.group, user_data=base64.b64encode(program).decode())
        scaling.ecs.do(
            "AuthorizeSecurityGroup",
            security_group_id=scaling.security_group,
            ip_protocol="tcp",
            port_range="8080/8080",
            source_cidr_ip="0.0.0.0/0",
        )
        scaling.do(
            "EnableScalingGroup",
            scaling_group_id=self.group,
            active_scaling_configuration_id=configuration,
        )

    def rule(self, kind: str, value: int) -> str:
        """Make a simple rule and return its ARI."""
        made = self.scaling.do(
            "CreateScalingRule",
            scaling_group_id=self.group,
            adjustment_type=kind,
            adjustment_value=value,
            cooldown=0,
        )
        return str(made.scaling_rule_ari)

    def execute(self, ari: str) -> str:
        """Execute a rule; return the activity."""
        return str(self.scaling.do("ExecuteScalingRule", scaling_rule_ari=ari).scaling_activity_id)

    def instances(self, state: str = "InService") -> list[str]:
        """Return the instances in a state."""
        found = self.scaling.do("DescribeScalingInstances", scaling_group_id=self.group, page_size=50)
        return [each.instance_id for each in found.scaling_instances if each.lifecycle_state == state]

    def activity(self, id_: str) -> Any:
        """Return an activity."""
        found = self.scaling.do(
            "DescribeScalingActivities", scaling_activity_ids=[id_], scaling_group_id=self.group
        )
        return found.scaling_activities[0]

    def get(self, path: str = "/") -> tuple[int, bytes]:
        """Ask the balancer once; 0 for no answer."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()


class Visitors:
    """Ask the balancer all the time, several at once, and count what is not served."""

    def __init__(self, shop: Shop, count: int = 4, pause: float = 0.0) -> None:
        self.served = 0
        self.failed: list[int] = []
        self._shop, self._pause = shop, pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(count)]

    def _visit(self) -> None:
        while not self._over.is_set():
            status, _ = self._shop.get("/slow")
            if status == 200:
                self.served += 1
            else:
                self.failed.append(status)
            self._over.wait(self._pause)

    def __enter__(self) -> Visitors:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()


@pytest.fixture(scope="module")
def quick_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A cloud whose time runs 30 times as fast."""
    running = RunningCloud(tmp_path_factory.mktemp("quick") / "cloud", "--clock-speed", "30")
    running.start()
    yield running
    running.stop()


def classic_shop(cloud: RunningCloud, **group: Any) -> Shop:
    """Return a shop behind a Slb balancer's default server group."""
    scaling = Scaling(cloud)
    balancer, address = classic_balancer(cloud, scaling)
    return Shop(scaling, address, load_balancer_ids=f'["{balancer}"]', **group)


def kill_controllers(cloud: RunningCloud) -> None:
    """Kill the process of the controllers; the cloud starts another one."""
    processes = json.loads((cloud.data / "run" / PROCESSES_FILE).read_bytes())
    os.kill(processes["controllers"], signal.SIGKILL)


def test_a_rule_brings_instances_before_the_balancer_and_takes_them_away(own_cloud: RunningCloud) -> None:
    shop = classic_shop(own_cloud, max_size=4)
    one, none = shop.rule("QuantityChangeInCapacity", 1), shop.rule("TotalCapacity", 1)
    began = time.monotonic()
    activity = shop.execute(one)
    until(lambda: shop.get()[0] == 200, "the first instance serves")
    assert time.monotonic() - began < 10, "it took long, even for a busy machine"
    until(lambda: shop.activity(activity).status_code == "Successful", "the activity ends")
    shop.execute(shop.rule("TotalCapacity", 3))
    until(lambda: len(shop.instances()) == 3, "three are in service")
    assert len({shop.get()[1] for _ in range(30)}) == 3
    with Visitors(shop) as visitors:
        time.sleep(0.5)
        activity = shop.execute(none)
        until(lambda: shop.instances("Removing"), "they are on their way out")
        kill_controllers(own_cloud)
        until(lambda: shop.activity(activity).status_code == "Successful", "they are gone")
        time.sleep(0.5)
    assert not visitors.failed and visitors.served > 5
    assert len(shop.instances()) == 1


def test_a_cloud_that_is_killed_in_the_middle_makes_no_instance_twice(own_cloud: RunningCloud) -> None:
    shop = classic_shop(own_cloud, max_size=4)
    shop.execute(shop.rule("TotalCapacity", 3))
    until(lambda: shop.instances("Pending"), "instances are on their way")
    own_cloud.kill()
    own_cloud.start()
    until(lambda: len(shop.instances()) == 3, "three are in service")
    until(lambda: shop.get()[0] == 200, "they serve")
    shop.execute(shop.rule("TotalCapacity", 1))
    until(lambda: shop.instances("Removing"), "instances are on their way out")
    own_cloud.kill()
    own_cloud.start()
    until(lambda: len(shop.scaling.ecs.do("DescribeInstances").instances.instance) == 1, "two are released")
    until(lambda: shop.get()[0] == 200, "the one that is left serves")
    assert len(shop.instances()) == 1


def test_a_group_follows_the_requests_that_its_servers_get(quick_cloud: RunningCloud) -> None:
    albs, scaling = Albs(configured(quick_cloud)), Scaling(quick_cloud)
    vpc_id, vswitches = albs.network()
    scaling.vpc_id, scaling.vswitches = vpc_id, vswitches
    check = {
        "health_check_enabled": True,
        "health_check_protocol": "HTTP",
        "health_check_path": "/",
        "health_check_interval": 1,
        "healthy_threshold": 2,
    }
    servers = albs.group(server_group_type="Instance", health_check_config=check)
    balancer = albs.balancer()
    albs.running(albs.listener(balancer, servers))
    mapped = albs.do("GetLoadBalancerAttribute", load_balancer_id=balancer).zone_mappings
    address = mapped[0].load_balancer_addresses[0].intranet_address
    attached = models.CreateScalingGroupRequestAlbServerGroups(
        alb_server_group_id=servers, port=8080, weight=100
    )
    shop = Shop(scaling, address, min_size=1, max_size=2, alb_server_groups=[attached])
    dimension = models.CreateScalingRuleRequestAlarmDimensions(
        dimension_key="rulePool", dimension_value=servers
    )
    rule = scaling.do(
        "CreateScalingRule",
        scaling_group_id=shop.group,
        scaling_rule_type="TargetTrackingScalingRule",
        metric_name="LoadBalancerRealServerAverageQps",
        alarm_dimensions=[dimension],
        target_value=3.0,
        estimated_instance_warmup=60,
        scale_in_evaluation_count=3,
    )
    until(lambda: shop.get()[0] == 200, "the first instance serves")
    with Visitors(shop) as visitors:
        until(lambda: len(shop.instances()) == 2, "the rule asks for a second instance")
    found = scaling.do("DescribeScalingActivities", scaling_group_id=shop.group).scaling_activities
    assert any(rule.scaling_rule_id in each.cause for each in found)
    with Visitors(shop, 1, pause=0.7) as few:
        until(lambda: len(shop.instances()) == 1, "the rule lets one go")
    assert not visitors.failed and not few.failed


def test_alarms_and_scheduled_tasks_execute_rules(quick_cloud: RunningCloud) -> None:
    scaling = Scaling(quick_cloud)
    shop = Shop(scaling, "", max_size=3)
    cms = Sdk(CmsClient, cms_models, configured(quick_cloud))
    more = shop.rule("QuantityChangeInCapacity", 1)
    alarm = scaling.do(
        "CreateAlarm",
        scaling_group_id=shop.group,
        name="orders",
        metric_type="custom",
        metric_name="orders",
        group_id=7,
        dimensions=[models.CreateAlarmRequestDimensions(dimension_key="shop", dimension_value="one")],
        period=60,
        statistics="Average",
        comparison_operator=">",
        threshold=100.0,
        evaluation_count=1,
        alarm_actions=[more],
    ).alarm_task_id
    sample = cms_models.PutCustomMetricRequestMetricList(
        group_id="7", metric_name="orders", dimensions='{"shop":"one"}', type="0", values='{"value":500}'
    )

    def rung() -> bool:
        cms.do("PutCustomMetric", metric_list=[sample])
        return len(shop.instances()) >= 1

    until(rung, "the alarm brings an instance")
    [found] = scaling.do("DescribeAlarms", alarm_task_id=alarm).alarm_list
    assert found.state == "ALARM"
    scaling.do("DisableAlarm", alarm_task_id=alarm)
    cause = scaling.do("DescribeScalingActivities", scaling_group_id=shop.group).scaling_activities[-1].cause
    assert '"orders"' in cause
    none = shop.rule("TotalCapacity", 0)
    soon = cloud_time(quick_cloud) + 90
    scaling.do(
        "CreateScheduledTask",
        scheduled_task_name="night",
        scheduled_action=none,
        launch_time=time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(soon)),
    )
    until(lambda: not shop.instances(), "the task lets it go")


def cloud_time(cloud: RunningCloud) -> float:
    """Return the cloud's time."""
    turn = read_turn(cloud.data / "clock.json")
    return TurnedClock(turn, SystemClock()).now()
