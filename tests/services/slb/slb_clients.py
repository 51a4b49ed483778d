"""Talking to Slb through the vendor's client, in few words."""

from __future__ import annotations

import json
from typing import Any

from alibabacloud_slb20140515 import models
from alibabacloud_slb20140515.client import Client
from alibabacloud_tea_openapi.models import Config
from services.ecs.ecs_clients import wait_for
from services.sdk import Sdk, refusal


class Slbs(Sdk):
    """Calls actions by name: `slbs.do("DeleteLoadBalancer", load_balancer_id=id)` returns the answer's body."""

    def __init__(self, config: Config) -> None:
        super().__init__(Client, models, config)

    def refused(self, action: str, **parameters: Any) -> str:
        """Call something that the cloud must refuse, and return the code."""
        return refusal(self.do, action, **parameters)

    def balancer(self, **more: Any) -> str:
        """Make a load balancer, of the Internet unless `v_switch_id` is given; return its id."""
        return str(self.do("CreateLoadBalancer", **more).load_balancer_id)

    def listen(self, balancer: str, port: int = 80, protocol: str = "HTTP", **more: Any) -> None:
        """Make a listener, stopped."""
        given: dict[str, Any] = {"backend_server_port": 8080, "bandwidth": -1}
        if protocol != "TCP":
            given["health_check"] = "off"
        self.do(
            f"CreateLoadBalancer{protocol}Listener",
            load_balancer_id=balancer,
            listener_port=port,
            **(given | more),
        )

    def listener(self, balancer: str, port: int = 80, protocol: str = "HTTP") -> Any:
        """Return a listener's attributes."""
        return self.do(
            f"DescribeLoadBalancer{protocol}ListenerAttribute", load_balancer_id=balancer, listener_port=port
        )

    def start(self, balancer: str, port: int = 80, protocol: str = "HTTP") -> None:
        """Start a listener and wait until it runs."""
        self.do("StartLoadBalancerListener", load_balancer_id=balancer, listener_port=port)
        wait_for(lambda: self.listener(balancer, port, protocol).status == "running")

    def describe(self, balancer: str) -> Any:
        """Return a load balancer, whole."""
        return self.do("DescribeLoadBalancerAttribute", load_balancer_id=balancer)

    def add(self, balancer: str, *servers: str, **more: Any) -> None:
        """Add servers to the default group."""
        self.do("AddBackendServers", load_balancer_id=balancer, backend_servers=servers_of(*servers, **more))

    def health(self, balancer: str) -> dict[str, str]:
        """Return how each server of a load balancer fares."""
        found = self.do("DescribeHealthStatus", load_balancer_id=balancer).backend_servers.backend_server
        return {each.server_id: each.server_health_status for each in found}


def servers_of(*servers: str, **more: Any) -> str:
    """Return servers as requests write them."""
    return json.dumps([{"ServerId": each, **more} for each in servers])
