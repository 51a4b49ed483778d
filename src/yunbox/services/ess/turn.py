"""One look of the controllers at one scaling group: a transaction, two clocks, and other products' actions."""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call, Cloud
from yunbox.control.ids import Ids
from yunbox.control.store import Change
from yunbox.identity.principal import Principal
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.product import ecs
from yunbox.services.ess.groups.model import ScalingGroup


class Turn(msgspec.Struct):
    """All that is read and written in one turn is one transaction: killed at any moment, it has happened or not.

    `now` is the cloud's time, `machine` the machine's. `again` is in how many seconds (machine's) the next turn is
    due if nothing changes before.
    """

    change: Change
    cloud: Cloud
    group: ScalingGroup
    now: float
    machine: float
    again: float | None = None

    @property
    def ids(self) -> Ids:
        """Where new ids come from."""
        return self.cloud.ids

    def call(self) -> Call:
        """Return a call of Ecs as the root of the account whose group it is, in this transaction."""
        group = self.group
        root = Principal(
            kind="root",
            account_id=group.account,
            arn=f"acs:ram::{group.account}:root",
            user_id=group.account,
            name="root",
        )
        call = Call(
            self.cloud,
            ecs,
            "RunInstances",
            root,
            region=group.region,
            request_id=self.ids.request_id(),
            now=self.machine,
        )
        call.use(self.change)
        return call

    def instance(self, id_: str) -> Instance | None:
        """Return an instance that is there and not to be deleted, or None."""
        found = self.change.get(Instance, id_)
        return None if found is None or found.desired == "Deleted" else found

    def look_again(self, seconds: float) -> None:
        """Have the group looked at again in so many of the machine's seconds at the latest."""
        wait = max(0.0, seconds)
        self.again = wait if self.again is None else min(self.again, wait)

    def look_again_at(self, moment: float) -> None:
        """Have the group looked at again at a moment of the cloud's time."""
        self.look_again(self.cloud.time.wait(moment - self.now) + 0.001)

    def elapsed(self, since: float) -> float:
        """Return how many of the machine's seconds have passed since a moment of the cloud's time."""
        return self.cloud.time.wait(self.now - since)
