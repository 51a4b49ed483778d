"""What a run comes to: verdict, void runs, reconciliation, elasticity, the scaling timeline. All pure."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from yunbox.rehearsal import verdict
from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.elasticity import cost, demand, elasticity
from yunbox.rehearsal.machine import machine
from yunbox.rehearsal.page import html
from yunbox.rehearsal.plan import Constant, Plan, Reconcile, Request, Slo, Target, Watch
from yunbox.rehearsal.reconciling import counted, reconcile
from yunbox.rehearsal.report import Event, Report, Watched
from yunbox.rehearsal.summing import Facts, report, surge
from yunbox.rehearsal.tally import Cell, Server, Tally
from yunbox.rehearsal.timeline import breached, scaled
from yunbox.rehearsal.watch import Way

PLAN = Plan(
    name="a",
    target=Target(url="http://127.0.0.1"),
    load=Constant(rate=10, length=4),
    requests=(Request(name="home", path="/"),),
)


def tally(**change: object) -> Tally:
    """Ten requests served in each of four seconds, 20 ms each."""
    cells = {
        second: Cell(intended=10, sent=10, completed=10, outcomes=[10, 0, 0, 0, 0]) for second in range(4)
    }
    for cell in cells.values():
        cell.latency = {600: 10}
        cell.lag_max = 0.002
    return msgspec.structs.replace(Tally(seconds=cells, lag={64: 40}), **change)


def summed(slo: Slo | None = None, plan: Plan = PLAN, **facts: object) -> Report:
    made: dict[str, object] = {
        "plan": msgspec.structs.replace(plan, slo=slo or plan.slo),
        "curve": curve(plan.load),
        "run": "r",
        "began": "2026-11-11T00:00:00Z",
        "seconds_taken": 5.0,
        "tally": tally(),
        "processes": 1,
        "cpu_seconds": 0.1,
        "machine": machine(),
    }
    return report(Facts(**(made | facts)))  # type: ignore[arg-type]


def test_outcomes_sum_to_what_was_sent() -> None:
    found = summed()
    assert found.requests.outcomes.total == found.requests.sent == 40
    assert sum(found.requests.share.values()) == 1
    assert sum(each.outcomes.total for each in found.seconds) == 40
    assert (found.held, found.void, found.exit_status) == (True, False, 0)
    assert found.last_line == (
        "sent 40: served 40, queued then served 0, shed 0, failed 0, timed out 0, lost not asked"
    )


@pytest.mark.parametrize(
    ("slo", "held"),
    [
        (Slo(p99=1), True),
        (Slo(p99=0.0001), False),
        (Slo(served=1), True),
        (Slo(shed=0, failed=0), True),
        (Slo(cost=1.3), False),
        (Slo(under_provisioned=0.01), False),
    ],
)
def test_the_slo_is_judged_line_by_line(slo: Slo, held: bool) -> None:
    assert summed(slo).held is held


def test_what_was_shed_or_timed_out_is_not_hidden() -> None:
    bad = tally()
    bad.seconds[2].outcomes = [7, 0, 1, 1, 1]
    found = summed(Slo(served=1, shed=0, failed=0), tally=bad)
    assert [line.held for line in found.verdict] == [False, False, False]
    assert [line.measured for line in found.verdict] == ["92.5 %", "2", "1"]
    assert found.exit_status == 1


def test_latencies_of_nothing_do_not_hold() -> None:
    none = tally()
    for cell in none.seconds.values():
        cell.outcomes, cell.latency = [0, 0, 10, 0, 0], {}
    (line, _) = summed(Slo(p99=10), tally=none).verdict
    assert (line.measured, line.held) == ("not measured", False)


def test_a_reconciliation_that_could_not_be_read_does_not_hold() -> None:
    asked = msgspec.structs.replace(PLAN, reconcile=Reconcile(url="http://127.0.0.1"))
    lines = {line.name: line for line in summed(plan=asked).verdict}
    assert not lines["accepted and lost"].held
    assert not lines["executed twice"].held


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"tally": tally(lag={64: 30, 1200: 10})}, "p99 of its lag"),
        ({"cut_short": "the run was cut short after 9 s"}, "cut short"),
        (
            {
                "events": [
                    Event(at=1, kind="fault", what="kill-instance", detail="NOT done: 0 are in service")
                ]
            },
            "fault kill-instance: NOT done: 0",
        ),
    ],
)
def test_a_run_that_proves_nothing_is_void(facts: dict[str, object], says: str) -> None:
    found = summed(**facts)
    assert found.void
    assert not found.held
    assert found.exit_status == 3
    assert says.lower() in found.void_reasons[0].lower()


def test_one_request_sent_too_late_voids_the_run() -> None:
    late = tally()
    late.seconds[3].lag_max = 1.01
    assert "the worst of its lag was 1.01 s" in summed(tally=late).void_reasons[0]
    late.seconds[3].lag_max = 0.99
    assert not summed(tally=late).void


def test_requests_that_were_not_sent_void_the_run() -> None:
    short = tally()
    short.seconds[3].intended = 11
    assert summed(tally=short).void_reasons == ("only 40 of 41 intended requests were sent",)


def test_shares_are_never_rounded_up_to_all() -> None:
    assert verdict.percent(0.9999999) == "99.999 %"
    assert verdict.percent(1.0) == "100 %"
    assert verdict.percent(0.5) == "50 %"


def test_reconciliation_tells_lost_doubled_and_unacknowledged() -> None:
    found = Counter({"r-1": 1, "r-2": 2, "r-4": 1, "r-9": 3, "r-w1": 1, "other": 1})
    told = reconcile("r", accepted=[1, 2, 3], unknown=[4, 5, 9], found=found)
    assert (told.accepted, told.executed, told.executed_once) == (3, 4, 1)
    assert (told.lost_ids, told.doubled_ids) == (("r-3",), ("r-2", "r-9"))
    assert (told.unacknowledged, told.foreign) == (2, 1)


@pytest.mark.parametrize("body", [b'["a", "b", "a"]', b'{"a": 2, "b": 1}', b"a\nb\n\na\n"])
def test_executions_are_read_in_three_forms(body: bytes) -> None:
    assert counted(body) == Counter({"a": 2, "b": 1})


def test_demand_is_whole_instances() -> None:
    assert [demand(rate, 50) for rate in (0, 50, 50.1, 100)] == [1, 1, 2, 2]


def test_elasticity_of_a_late_supply() -> None:
    found = elasticity([1, 2, 4, 2, 1], [1, 1, 2, 4, 3])
    assert found.tau_under == 40
    assert found.tau_over == 40
    assert found.theta_under == pytest.approx(100 * (1 / 2 + 2 / 4) / 5, abs=0.001)
    assert found.theta_over == pytest.approx(100 * (2 / 2 + 2 / 1) / 5, abs=0.001)
    assert found.instability == 25
    paid = cost([1, 2, 4, 2, 1], [2, 2, 4, 4, 3], 2.0)
    assert (paid.instance_seconds, paid.oracle_instance_seconds, paid.ratio) == (30, 20, 1.5)


def watched(at: float, need: int, ready: int, starting: int = 0) -> Watched:
    return Watched(at=at, demand=need, desired=ready, starting=starting, ready=ready, queued=0, in_flight=0)


def test_elasticity_and_cost_come_from_what_was_watched() -> None:
    asked = msgspec.structs.replace(PLAN, watch=Watch(per_instance=5))
    found = summed(plan=asked, watched=[watched(0, 2, 1), watched(1.2, 2, 2), watched(2.2, 2, 2, 1)])
    assert found.elasticity is not None
    assert found.cost is not None
    assert found.elasticity.tau_under == 25
    assert found.cost.instance_seconds == 1 + 2 + 3 + 3
    assert found.cost.oracle_instance_seconds == 8


def test_a_breach_begins_when_demand_rises_above_what_is_on_its_way() -> None:
    seen = [watched(0, 1, 1), watched(1, 2, 1), watched(2, 1, 1), watched(4, 3, 1), watched(5, 3, 1)]
    assert breached(seen, 5.5) == 4
    assert breached(seen, 0.5) is None
    assert breached(seen, None) is None


def test_the_way_of_an_instance() -> None:
    ways = {"i-2": Way(activity="asa-1", decision=5.2, running=6.0, healthy=6.5, first_served=7.0)}
    seen = [watched(0, 1, 1), watched(5.0, 2, 1)]
    (found,) = scaled(ways, {"asa-1": "an alarm"}, seen, {"i-2": Server(first=6.6, count=1)})
    assert (found.breach, found.first_served, found.breach_to_first_served) == (5.0, 6.6, 1.6)
    assert found.cause == "an alarm"
    (found,) = scaled(ways, {}, seen, {})
    assert found.first_served == 7.0


def test_the_surge_that_was_sent() -> None:
    found = surge([10] * 20 + [60, 120, 200] + [150] * 10, 33)
    assert (found.base_rate, found.peak_rate, found.began, found.ten_times_after) == (10, 200, 19, 2)
    assert surge([10] * 30, 30).ten_times_after is None


def test_what_clients_saw_of_a_fault() -> None:
    bad = tally()
    bad.seconds[2].outcomes, bad.seconds[2].retried = [6, 3, 0, 1, 0], 4
    fault = Event(at=1.7, kind="fault", what="kill-balancer", detail="lb-1")
    (found,) = summed(tally=bad, events=[fault, Event(at=0.5, kind="scaling", what="decision")]).faults
    assert (found.what, found.seconds, found.retried) == ("kill-balancer", 5, 4)
    assert (found.outcomes.served, found.outcomes.queued, found.outcomes.failed) == (26, 3, 1)
    assert found.latency.p99 > 0


def test_the_page_needs_nothing_else_and_escapes_what_it_shows() -> None:
    asked = msgspec.structs.replace(PLAN, name="<b>&", watch=Watch(per_instance=5))
    page = html(
        summed(
            plan=asked,
            watched=[watched(0, 2, 1), watched(1.2, 2, 2, 1)],
            events=[Event(at=1.0, kind="fault", what="command", detail="<script>")],
        )
    )
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;" in page
    assert "<script>" not in page.partition("<main>")[2].partition("</main>")[0]
    assert not any(each in page for each in ("src=", "href=", "@import", "url(", "fetch("))
    assert page.count("<figure") == 5
