"""What was asked of a cloud's instances, and what a kill leaves in doubt."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from Tea.exceptions import TeaException

REGION = "cn-hangzhou"
IMAGE = "ubuntu_22_04_x64_20G_alibase_20240807.vhd"
MOST = 6
GONE = "gone"

_RUNS = frozenset({"Pending", "Starting", "Running"})


class NoAnswerError(Exception):
    """The cloud died before it answered."""


class Wishes:
    """Asks for things one after the other, and keeps what must be so: for each instance, one wish, or two in doubt.

    A request to make instances carries a token, and is sent again after the kill: it makes them once.
    """

    def __init__(self, seed: int, vswitch: str, group: str) -> None:
        self.of: dict[str, set[str]] = {}
        self.answered: Counter[str] = Counter()
        self.in_doubt = 0
        self._random = random.Random(seed)
        self._token = 0
        self._unanswered: Callable[[Client], None] | None = None
        self._place = {"v_switch_id": vswitch, "security_group_id": group}

    def ask(self, ecs: Client) -> None:
        """Ask for one thing that the vendor allows now, or for nothing. Raises NoAnswerError."""
        if self.clear_up(ecs):
            return
        there = {id_: status for id_, status in self.statuses(ecs).items() if GONE not in self.of[id_]}
        if len(there) < 2 or (len(there) < MOST and self._random.random() < 0.3):
            self._run(ecs)
            return
        settled = [id_ for id_, status in there.items() if status in ("Running", "Stopped")]
        if self._random.random() < 0.2:
            self._change(ecs, self._random.choice(list(there)), "delete")
        elif settled:
            id_ = self._random.choice(settled)
            kinds = ["stop", "reboot"] if there[id_] == "Running" else ["start"]
            self._change(ecs, id_, self._random.choice(kinds))

    def statuses(self, ecs: Client) -> dict[str, str]:
        """Return the status of every instance that there is. Raises NoAnswerError."""
        asked = models.DescribeInstancesRequest(region_id=REGION, max_results=100)
        found = self._sent(lambda: ecs.describe_instances(asked).body.instances.instance, doubt=False)
        return {each.instance_id: each.status for each in found}

    def clear_up(self, ecs: Client) -> bool:
        """Ask again for one thing that a kill left in doubt; return whether there was one. Raises NoAnswerError."""
        if self._unanswered is not None:
            self._unanswered(ecs)
            return True
        doubtful = [id_ for id_, wishes in self.of.items() if len(wishes) == 2]
        if doubtful:
            self._change(ecs, doubtful[0], "delete")
        return bool(doubtful)

    def _run(self, ecs: Client) -> None:
        self._token += 1
        request = models.RunInstancesRequest(
            region_id=REGION,
            image_id=IMAGE,
            instance_type="ecs.e-c1m1.large",
            amount=self._random.randint(1, 2),
            internet_max_bandwidth_out=self._random.choice([0, 1]),
            client_token=f"kill-{self._token}",
            **self._place,
        )

        def send(client: Client) -> None:
            body = self._sent(lambda: client.run_instances(request).body)
            self._unanswered = None
            for id_ in body.instance_id_sets.instance_id_set:
                self.of[id_] = {"Running"}
            self.answered["run"] += 1

        self._unanswered = send
        send(ecs)

    def _change(self, ecs: Client, id_: str, kind: str) -> None:
        calls: dict[str, tuple[str, Callable[[], Any]]] = {
            "start": ("Running", lambda: ecs.start_instance(models.StartInstanceRequest(instance_id=id_))),
            "reboot": ("Running", lambda: ecs.reboot_instance(models.RebootInstanceRequest(instance_id=id_))),
            "stop": ("Stopped", lambda: ecs.stop_instance(models.StopInstanceRequest(instance_id=id_))),
            "delete": (
                GONE,
                lambda: ecs.delete_instance(models.DeleteInstanceRequest(instance_id=id_, force=True)),
            ),
        }
        wish, call = calls[kind]
        try:
            self._sent(call)
        except NoAnswerError:
            self.of[id_] |= {wish}
            raise
        except TeaException as error:
            if kind == "delete" and error.code == "InvalidInstanceId.NotFound":
                # It was taken down before the kill, and done by now.
                self.of[id_] = {wish}
                return
            if error.code != "IncorrectInstanceStatus":
                raise
            self.answered["refused"] += 1
        else:
            self.of[id_] = {wish}
            self.answered[kind] += 1

    def _sent(self, call: Callable[[], Any], *, doubt: bool = True) -> Any:
        try:
            return call()
        except TeaException as error:
            if getattr(error, "status_code", None) or error.data:
                raise
            self.in_doubt += doubt
            raise NoAnswerError from error
        except OSError as error:
            self.in_doubt += doubt
            raise NoAnswerError from error

    def settle(self, statuses: dict[str, str]) -> None:
        """Clear up what can be: a status says at once whether a start or stop was taken down."""
        for id_, wishes in self.of.items():
            if len(wishes) == 2 and GONE not in wishes:
                self.of[id_] = {"Running" if statuses[id_] in _RUNS else "Stopped"}

    def hold(self, statuses: dict[str, str]) -> bool:
        """Return whether everything is as it was asked for, and nothing else is."""
        if set(statuses) - set(self.of):
            return False
        return all(statuses.get(id_, GONE) in wishes for id_, wishes in self.of.items())
