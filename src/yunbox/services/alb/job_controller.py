"""The controller of jobs: says that one has succeeded as soon as balancers do what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.keeper import Keeper
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref
from yunbox.services.alb.jobs import Job
from yunbox.services.alb.progress import servers_are_settled
from yunbox.services.balancing.balancers import BalancerController

FIRST_AGAIN_SECONDS = 0.05
LAST_AGAIN_SECONDS = 5.0


class JobController(Keeper):
    """Brings jobs to an end."""

    name = "alb-jobs"
    watched = (Job,)
    at_once = 16

    def __init__(
        self, store: Store, balancers: BalancerController, clock: Clock, log: Callable[[str], None]
    ) -> None:
        super().__init__(store, clock, log)
        self._balancers = balancers

    def all_ids(self, view: View) -> Iterable[str]:
        """Return those that go on."""
        return [each.id for each in view.find(Job) if each.status == "Processing"]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the one that changed."""
        return () if ref.deleted else (ref.id,)

    async def reconcile(self, id_: str) -> float | None:
        """End one, or look again soon."""
        now = self.clock.now()
        with self.store.read() as view:
            job = view.get(Job, id_)
            if job is None or job.status != "Processing":
                return None
            settled = job.resource_type != "servergroup" or servers_are_settled(view, job.parent)
        if not settled or not self._balancers.has_done(job.waits_for, job.revision):
            # What does not come true soon is asked for less and less often.
            return min(max((now - job.created) / 10, FIRST_AGAIN_SECONDS), LAST_AGAIN_SECONDS)
        await self.write(lambda change: _end(change, id_, now))
        return None


def _end(change: Change, id_: str, now: float) -> None:
    job = change.get(Job, id_)
    if job is not None and job.status == "Processing":
        change.replace(msgspec.structs.replace(job, status="Succeeded", ended=now))
