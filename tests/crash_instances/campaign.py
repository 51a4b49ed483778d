"""Rounds of wishes, death and resurrection on one data directory."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_tea_openapi.models import Config
from alibabacloud_vpc20160428 import models as vpc_models
from alibabacloud_vpc20160428.client import Client as VpcClient
from running import RunningCloud

from crash_instances.traces import traces
from crash_instances.wishes import GONE, REGION, NoAnswerError, Wishes
from yunbox.engines.compute.interface import Known, Sandbox
from yunbox.engines.compute.sandbox.engine import SandboxCompute

_LOAD_SECONDS = (0.05, 1.5)
_SETTLE_SECONDS = 90.0


@dataclass
class Report:
    """What happened in all rounds."""

    kills: int = 0
    in_doubt: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        done = ", ".join(f"{count} {name}" for name, count in sorted(self.answered.items()))
        return (
            f"{self.kills} kills in {self.seconds:.0f} s; {self.answered.total()} answered ({done}); "
            f"{self.in_doubt} in doubt at a kill"
        )


class Campaign:
    """Kills a cloud again and again. The same `seed` asks for the same things and moments."""

    def __init__(self, under: Path, seed: int) -> None:
        self.seed = seed
        self.report = Report()
        self._random = random.Random(seed)
        self._cloud = RunningCloud(under / "cloud")
        self._vswitch = ""
        self._free = 0
        self._wishes = Wishes(seed, "", "")

    def run(self, rounds: int, say: Callable[[str], None] = lambda _: None) -> Report:
        """Do so many rounds, then hold the cloud to what was asked for. Raises AssertionError naming the seed."""
        began = time.monotonic()
        try:
            self._cloud.start()
            self._make_network()
            for number in range(1, rounds + 1):
                self._round()
                say(f"kill {number} of {rounds}")
            self._finish()
        except Exception as error:
            raise AssertionError(f"seed {self.seed}: {error}\n{self._cloud.errors}") from error
        finally:
            self._clean()
        self.report.seconds = time.monotonic() - began
        self.report.answered = self._wishes.answered
        self.report.in_doubt = self._wishes.in_doubt
        return self.report

    def _config(self) -> Config:
        key, secret = self._cloud.keys
        endpoint = f"127.0.0.1:{self._cloud.state['port']}"
        return Config(
            access_key_id=key, access_key_secret=secret, endpoint=endpoint, protocol="http", region_id=REGION
        )

    def _ecs(self) -> EcsClient:
        return EcsClient(self._config())

    def _make_network(self) -> None:
        vpc, ecs = VpcClient(self._config()), self._ecs()
        vpc_id = vpc.create_vpc(
            vpc_models.CreateVpcRequest(region_id=REGION, cidr_block="10.0.0.0/8")
        ).body.vpc_id
        self._vswitch = vpc.create_vswitch(
            vpc_models.CreateVSwitchRequest(
                region_id=REGION, vpc_id=vpc_id, zone_id="cn-hangzhou-i", cidr_block="10.77.0.0/24"
            )
        ).body.v_switch_id
        group = ecs.create_security_group(
            ecs_models.CreateSecurityGroupRequest(region_id=REGION, vpc_id=vpc_id)
        ).body.security_group_id
        self._free = self._free_addresses()
        self._wishes = Wishes(self.seed, self._vswitch, group)

    def _free_addresses(self) -> int:
        asked = vpc_models.DescribeVSwitchesRequest(region_id=REGION, v_switch_id=self._vswitch)
        (found,) = VpcClient(self._config()).describe_vswitches(asked).body.v_switches.v_switch
        return int(found.available_ip_address_count)

    def _round(self) -> None:
        moment = threading.Timer(self._random.uniform(*_LOAD_SECONDS), self._cloud.kill)
        ecs = self._ecs()
        moment.start()
        try:
            while True:
                self._wishes.ask(ecs)
                time.sleep(self._random.uniform(0.0, 0.04))
        except NoAnswerError:
            moment.join()
        finally:
            moment.cancel()
        self.report.kills += 1
        self._cloud.start()
        self._wishes.settle(self._statuses())

    def _statuses(self) -> dict[str, str]:
        return self._wishes.statuses(self._ecs())

    def _finish(self) -> None:
        """Hold the cloud to what was asked for; then ask for nothing, and hold it to that."""
        ecs = self._ecs()
        while self._wishes.clear_up(ecs):
            pass
        self._until(lambda: self._wishes.hold(self._statuses()), "what was asked for")
        statuses = self._statuses()
        running = {id_ for id_, status in statuses.items() if status == "Running"}
        assert {each.id for each in self._sandboxes() if each.running} == running
        assert {each.id for each in self._sandboxes()} <= set(statuses)
        assert self._free_addresses() == self._free - len(statuses), "addresses are lost"
        for id_ in statuses:
            ecs.delete_instance(ecs_models.DeleteInstanceRequest(instance_id=id_, force=True))
            self._wishes.of[id_] = {GONE}
        self._until(lambda: not self._statuses(), "an end of all instances")
        assert self._sandboxes() == []
        assert self._free_addresses() == self._free, "addresses are not given back"
        assert self._cloud.stop() == 0
        assert traces(self._cloud.data) == []

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + _SETTLE_SECONDS
        while not holds():
            assert time.monotonic() < end, (
                f"{what} does not come true: {self._statuses()}, where {self._wishes.of} was asked for; "
                f"{self._sandboxes()}"
            )
            time.sleep(0.1)

    def _sandboxes(self) -> list[Sandbox]:
        async def ask() -> list[Sandbox]:
            compute = SandboxCompute(self._cloud.data / "compute")
            return await compute.sandboxes()

        return asyncio.run(ask())

    def _clean(self) -> None:
        """Leave nothing behind, whatever went wrong."""
        self._cloud.stop()

        async def sweep() -> None:
            await SandboxCompute(self._cloud.data / "compute").sweep(Known())

        asyncio.run(sweep())
