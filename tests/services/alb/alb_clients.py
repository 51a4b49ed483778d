"""Talking to Alb through the vendor's client, in few words."""

from __future__ import annotations

import itertools
import time
import typing
from collections.abc import Iterator
from typing import Any

from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from services.sdk import REGION, Sdk

ZONES = ("cn-hangzhou-i", "cn-hangzhou-k")
OFF = {"health_check_enabled": False}

_numbers = itertools.count(1)


class Albs(Sdk):
    """Calls actions by name: `albs.do("CreateAcl", acl_name="mine")` returns the answer's body.

    Parameters may be plain dicts and lists in the SDK's own snake case.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(Client, models, config)
        self._vpc = VpcClient(config)
        self._network: tuple[str, list[str]] | None = None

    def _request(self, model: type, parameters: dict[str, Any]) -> Any:
        return _filled(model, parameters)

    def network(self) -> tuple[str, list[str]]:
        """Return a VPC and a vSwitch in each of two zones, the same every time."""
        if self._network is None:
            self._network = self.new_network()
        return self._network

    def new_network(self) -> tuple[str, list[str]]:
        """Make a VPC with a vSwitch in each of two zones."""
        vpc = vpc_models.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/8")
        vpc_id = str(self._vpc.create_vpc(vpc).body.vpc_id)
        vswitches = []
        for index, zone in enumerate(ZONES):
            asked = vpc_models.CreateVSwitchRequest(
                region_id=REGION, vpc_id=vpc_id, zone_id=zone, cidr_block=f"10.{index}.0.0/16"
            )
            vswitches.append(str(self._vpc.create_vswitch(asked).body.v_switch_id))
        return vpc_id, vswitches

    def eip(self) -> Any:
        """Allocate an elastic address; return the answer."""
        return self._vpc.allocate_eip_address(vpc_models.AllocateEipAddressRequest(region_id=REGION)).body

    def unbind(self, allocation_id: str) -> None:
        """Take an elastic address off what it is bound to."""
        asked = vpc_models.UnassociateEipAddressRequest(region_id=REGION, allocation_id=allocation_id)
        self._vpc.unassociate_eip_address(asked)

    def balancer(self, **more: Any) -> str:
        """Make a load balancer in both zones; return its id."""
        vpc_id, vswitches = self.network()
        given: dict[str, Any] = {
            "vpc_id": vpc_id,
            "address_type": "Intranet",
            "load_balancer_edition": "Standard",
            "load_balancer_billing_config": {"pay_type": "PostPay"},
            "zone_mappings": [
                {"zone_id": zone, "v_switch_id": each} for zone, each in zip(ZONES, vswitches, strict=True)
            ],
        }
        return str(self.do("CreateLoadBalancer", **given | more).load_balancer_id)

    def group(self, **more: Any) -> str:
        """Make a server group for addresses, without health checks; return its id."""
        given: dict[str, Any] = {
            "server_group_name": f"group-{next(_numbers)}",
            "server_group_type": "Ip",
            "vpc_id": self.network()[0],
            "health_check_config": OFF,
        }
        return str(self.do("CreateServerGroup", **given | more).server_group_id)

    def listener(self, balancer: str, group: str, port: int = 80, **more: Any) -> str:
        """Make an HTTP listener that forwards to a group; return its id."""
        given = {"listener_protocol": "HTTP", "default_actions": [forward(group)]}
        made = self.do("CreateListener", load_balancer_id=balancer, listener_port=port, **given | more)
        return str(made.listener_id)

    def rule(self, listener: str, priority: int, conditions: list[Any], *actions: Any) -> str:
        """Make a rule whose actions stand in the order given; return its id."""
        made = self.do(
            "CreateRule",
            listener_id=listener,
            priority=priority,
            rule_name=f"rule-{priority}",
            rule_conditions=conditions,
            rule_actions=[each | {"order": order} for order, each in enumerate(actions, 1)],
        )
        return str(made.rule_id)

    def settle(self, job: str) -> None:
        """Wait until a job has succeeded, as Terraform does."""
        for _ in attempts():
            if self.do("ListAsynJobs", job_ids=[job]).jobs[0].status == "Succeeded":
                return
        raise AssertionError(f"the job {job} does not end")

    def running(self, listener: str) -> None:
        """Wait until a listener runs."""
        for _ in attempts():
            if self.do("GetListenerAttribute", listener_id=listener).listener_status == "Running":
                return
        raise AssertionError(f"{listener} does not run")


def attempts(seconds: float = 20.0) -> Iterator[int]:
    """Yield every so often, for a while."""
    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > end:
            return
        yield number
        time.sleep(0.05)


def forward(group: str) -> dict[str, Any]:
    """Return the action that forwards to a group."""
    tuples = [{"server_group_id": group}]
    return {"type": "ForwardGroup", "forward_group_config": {"server_group_tuples": tuples}}


def _filled(model: type, values: dict[str, Any]) -> Any:
    """Return an SDK's model with values, which may be nested dicts."""
    hints = typing.get_type_hints(model.__init__, {**vars(typing), "main_models": models, **vars(models)})
    unknown = set(values) - set(hints)
    assert not unknown, f"{model.__name__} has no {unknown}"
    return model(**{name: _value(hints[name], value) for name, value in values.items()})


def _value(hint: Any, value: Any) -> Any:
    if isinstance(value, list):
        item = typing.get_args(hint)[0]
        return [_value(item, each) for each in value]
    if isinstance(value, dict) and isinstance(hint, type) and hasattr(hint, "from_map"):
        return _filled(hint, value)
    return value
