"""The rehearsal of the demo: the night of 11.11 in two minutes, with a server killed at the peak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from demo.clients import require
from demo.peak import BUCKET, PORT, Shop
from yunbox.rehearsal.live import live_view
from yunbox.rehearsal.plan import (
    Double11,
    Fault,
    KillBalancer,
    KillControllers,
    KillInstance,
    Plan,
    Reconcile,
    Request,
    Slo,
    Target,
    WarmUp,
    Watch,
)
from yunbox.rehearsal.rehearse import run
from yunbox.rehearsal.report import Report

BASE, PEAK, SECONDS = 24.0, 320.0, 110.0
SURGE_SECONDS = 5.0
"""Within so long the rate is to be ten times the base."""


AT_THE_PEAK = "peak + 1s"
FAULTS: dict[str, tuple[Fault, ...]] = {
    "nothing": (),
    "instance": (KillInstance(at=AT_THE_PEAK),),
    "instances": (KillInstance(at=AT_THE_PEAK, count=2),),
    "balancer": (KillBalancer(at=AT_THE_PEAK),),
    "controllers": (KillControllers(at=AT_THE_PEAK),),
    "all": (
        KillControllers(at="peak - 1s"),
        KillInstance(at=AT_THE_PEAK),
        KillBalancer(at="peak + 3s"),
        KillInstance(at="peak + 6s", count=2),
    ),
}
"""What is killed at the peak."""


def plan(shop: Shop, faults: tuple[Fault, ...], length: float, peak: float) -> Plan:
    """Return what is to be done: catalogue, pictures and checkout, as people use a shop."""
    return Plan(
        name=f"11.11 in {length:.0f} seconds",
        target=Target(balancer=shop.balancer, port=PORT),
        load=Double11(base=BASE, peak=peak, length=length, rise=2.0),
        requests=(
            Request(name="catalogue", path="/catalogue", weight=5),
            Request(name="picture", path="/pictures/${random:1,11}.png", weight=2),
            Request(
                name="checkout",
                method="POST",
                path="/checkout",
                headers={"Content-Type": "application/json"},
                body='{"item": ${random:1,11}, "number": ${seq}}',
                idempotency_key=True,
                weight=3,
            ),
        ),
        slo=Slo(p99=2.0, served=1.0, failed=0, shed=0, lost=0, doubled=0),
        faults=faults,
        reconcile=Reconcile(bucket=BUCKET, prefix="orders/"),
        watch=Watch(scaling_group=shop.group, per_instance=shop.per_server, served_by="X-Served-By"),
        warm_up=WarmUp(rate=BASE, length=5.0),
    )


class Night:
    """The rehearsal in steps: it runs with the first, the others say what is in its report."""

    def __init__(self, wanted: Plan, data: Path, folder: Path) -> None:
        self._plan, self._data, self._folder = wanted, data, folder
        self._report: Report | None = None

    @property
    def steps(self) -> tuple[tuple[str, str, Callable[[], str]], ...]:
        """What is shown: a name, the client, and what returns what was seen."""
        return (
            ("the load", "yunbox rehearse", self._load),
            ("every request", "yunbox rehearse", self._requests),
            ("every order", "report.json, oss", self._orders),
            ("the servers", "report.json", self._servers),
            ("the verdict", "report.json", self._verdict),
        )

    @property
    def last_line(self) -> str:
        """How many requests were sent, served, queued, shed, failed and lost."""
        return self._report.last_line if self._report is not None else ""

    @property
    def report(self) -> Report:
        """The report. Raises NotHeldError where there is none."""
        require(self._report is not None, "there is no report")
        assert self._report is not None
        return self._report

    def _load(self) -> str:
        with live_view(self._plan) as on_progress:
            self._report = run(self._plan, data=self._data, folder=self._folder, on_progress=on_progress)
        surge = self._report.load.surge
        require(not self._report.void_reasons, "; ".join(self._report.void_reasons))
        took = surge.ten_times_after
        rise = f"{surge.base_rate:.0f}/s to {surge.peak_rate:.0f}/s"
        if self._report.load.peak_rate < 10 * BASE:
            return rise
        require(took is not None and took <= SURGE_SECONDS, f"ten times the base rate after {took} s")
        return f"{rise}, ten times the base after {took:.1f} s"

    def _requests(self) -> str:
        outcomes, latency = self.report.requests.outcomes, self.report.latency
        require(outcomes.shed + outcomes.failed + outcomes.timed_out == 0, self.report.last_line)
        waited = f"{outcomes.served} served at once, {outcomes.queued} after a wait in the balancer's queue"
        return f"{waited}; p50 {latency.p50 * 1000:.0f} ms, p99 {latency.p99 * 1000:.0f} ms"

    def _orders(self) -> str:
        found = self.report.reconciliation
        require(found is not None, "the orders were not read back")
        assert found is not None
        require(found.lost == found.doubled == 0, f"{found.lost} lost, {found.doubled} executed twice")
        return f"{found.accepted} accepted, {found.executed_once} executed exactly once, none lost"

    def _servers(self) -> str:
        ready = [each.ready for each in self.report.watched]
        require(bool(ready) and max(ready) > ready[0], "the group did not grow")
        done = [f"{each.what} {each.detail}" for each in self.report.events if each.kind == "fault"]
        require(len(done) >= len(self._plan.faults), "not every fault was injected")
        return f"{ready[0]} in service before, {max(ready)} at most; {', '.join(done)}"

    def _verdict(self) -> str:
        wrong = [f"{each.name}: {each.measured}" for each in self.report.verdict if not each.held]
        require(not wrong, "; ".join(wrong))
        return "; ".join(f"{each.name} {each.measured}" for each in self.report.verdict)
