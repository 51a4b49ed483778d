"""A rehearsal on a cloud with real instances behind a real balancer, which it breaks."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from alibabacloud_slb20140515 import models as slb_models
from alibabacloud_slb20140515.client import Client as SlbClient
from running import RunningCloud
from services.ess.ess_clients import Scaling
from services.sdk import Sdk, configured

from yunbox.rehearsal.plan import (
    Constant,
    Generator,
    KillBalancer,
    KillInstance,
    Plan,
    Reconcile,
    Request,
    SlowInstance,
    Target,
    Watch,
)
from yunbox.rehearsal.rehearse import Progress, run
from yunbox.rehearsal.report import Report

SERVER = b"""#!/bin/sh
exec python3 -c '
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD": self.wfile.write(b"ok")
    do_HEAD = do_GET
    def log_message(self, *a): pass
ThreadingHTTPServer((os.environ.get("YUNBOX_ADDRESS") or "0.0.0.0", 8080), Shop).serve_forever()
'
"""


def until(holds: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Shop:
    """Two servers in a scaling group behind a balancer that holds requests while it has none."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.scaling = Scaling(cloud)
        slb = Sdk(SlbClient, slb_models, configured(cloud))
        tag = slb_models.CreateLoadBalancerRequestTag(key="yunbox:surge-protection", value="on")
        made = slb.do(
            "CreateLoadBalancer",
            vpc_id=self.scaling.vpc_id,
            v_switch_id=self.scaling.vswitches[0],
            address_type="intranet",
            tag=[tag],
        )
        self.balancer = made.load_balancer_id
        listener = {"load_balancer_id": self.balancer, "listener_port": 80}
        slb.do(
            "CreateLoadBalancerHTTPListener",
            **listener,
            backend_server_port=8080,
            bandwidth=-1,
            sticky_session="off",
            health_check="on",
            health_check_interval=1,
            healthy_threshold=2,
            unhealthy_threshold=2,
            health_check_uri="/",
        )
        slb.do("StartLoadBalancerListener", **listener)
        self.group = self.scaling.group(min_size=2, load_balancer_ids=f'["{self.balancer}"]')
        configuration = self.scaling.configuration(self.group, user_data=base64.b64encode(SERVER).decode())
        self.scaling.ecs.do(
            "AuthorizeSecurityGroup",
            security_group_id=self.scaling.security_group,
            ip_protocol="tcp",
            port_range="8080/8080",
            source_cidr_ip="0.0.0.0/0",
        )
        self.scaling.do(
            "EnableScalingGroup", scaling_group_id=self.group, active_scaling_configuration_id=configuration
        )
        until(lambda: self.in_service() == 2, "two servers in service")

    def in_service(self) -> int:
        found = self.scaling.do("DescribeScalingInstances", scaling_group_id=self.group)
        return sum(each.lifecycle_state == "InService" for each in found.scaling_instances)

    def one_more(self) -> None:
        self.scaling.do(
            "ScaleWithAdjustment",
            scaling_group_id=self.group,
            adjustment_type="QuantityChangeInCapacity",
            adjustment_value=1,
        )


def test_what_is_broken_at_the_peak_is_survived_and_told(own_cloud: RunningCloud, tmp_path: Path) -> None:
    shop = Shop(own_cloud)
    bucket = own_cloud.oss2_bucket("orders")
    bucket.create_bucket()
    bucket.put_object("orders/other/1", b"")
    plan = Plan(
        name="A bad evening",
        target=Target(balancer=shop.balancer),
        load=Constant(rate=40, length=6),
        requests=(Request(name="home", path="/"),),
        faults=(
            KillBalancer(at="start+2s"),
            KillInstance(at="start+4s"),
            SlowInstance(at="start+4500ms", length=0.5),
        ),
        generator=Generator(processes=1, lag_p99=5, lag_max=10),
        watch=Watch(scaling_group=shop.group, per_instance=15, after=1),
        reconcile=Reconcile(bucket="orders", prefix="orders/", wait=0),
    )
    asked: list[float] = []

    def one_more(progress: Progress) -> None:
        if progress.at > 0.5 and not asked:
            asked.append(progress.at)
            shop.one_more()

    found = run(plan, data=own_cloud.data, folder=tmp_path / "out", on_progress=one_more)
    assert not found.void, found.void_reasons
    assert found.held, (found.verdict, found.requests)
    assert found.requests.outcomes.failed == found.requests.outcomes.timed_out == 0
    assert found.reconciliation is not None
    assert (found.reconciliation.accepted, found.reconciliation.foreign) == (0, 1)
    told = {(each.kind, each.what) for each in found.events}
    assert {("fault", "kill-balancer"), ("fault", "kill-instance"), ("fault", "slow-instance")} <= told
    assert ("balancer", "process started anew") in told
    assert ("scaling", "decision") in told
    new = found.scaling[0]
    assert new.decision is not None
    assert new.running is not None
    assert new.first_served is not None
    assert asked[0] <= new.decision <= new.running <= new.first_served
    assert new.breach is not None
    assert new.breach < asked[0]
    assert max(each.ready for each in found.watched) >= 3
    assert found.elasticity is not None
    assert found.elasticity.tau_under > 0
    written = msgspec.json.decode((tmp_path / "out" / "report.json").read_bytes(), type=Report)
    assert written.last_line == found.last_line
