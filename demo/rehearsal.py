"""The rehearsal of the demo: the night of 11.11 in two minutes, with a server killed at the peak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from demo.peak import BUCKET, PORT, Shop
from yunbox.rehearsal.plan import (
    Double11,
    KillInstance,
    Plan,
    Reconcile,
    Request,
    Slo,
    Target,
    WarmUp,
    Watch,
)
from yunbox.rehearsal.rehearse import Progress, run
from yunbox.rehearsal.report import Report

BASE, PEAK, SECONDS = 24.0, 288.0, 110.0


def plan(shop: Shop) -> Plan:
    """Return what is to be done: catalogue, pictures and checkout, as people use a shop."""
    return Plan(
        name="11.11 in two minutes",
        target=Target(balancer=shop.balancer, port=PORT),
        load=Double11(base=BASE, peak=PEAK, length=SECONDS, rise=3.0),
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
        slo=Slo(p99=1.5, served=1.0, failed=0, shed=0, lost=0, doubled=0),
        faults=(KillInstance(at="peak + 2s"),),
        reconcile=Reconcile(bucket=BUCKET, prefix="orders/"),
        watch=Watch(scaling_group=shop.group, per_instance=60.0, served_by="X-Served-By"),
        warm_up=WarmUp(rate=BASE, length=5.0),
    )


def rehearse(shop: Shop, data: Path, folder: Path, on_progress: Callable[[Progress], None]) -> Report:
    """Rehearse it, and leave the report in a folder."""
    return run(plan(shop), data=data, folder=folder, on_progress=on_progress)
