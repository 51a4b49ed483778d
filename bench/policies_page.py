"""The page docs/policies.md: what was simulated, the tables, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from yunbox.rehearsal.simulator.figures import Figures
from yunbox.rehearsal.simulator.model import Instance
from yunbox.services.ess.surge.decision import Settings


class Row(NamedTuple):
    """One run."""

    table: str
    trace: str
    scale: str
    policy: str
    fault: str
    found: Figures


_HEAD = """\
# Scaling policies side by side (simulated)

This page is written by `python -m bench policies --traces FOLDER` (`make policies TRACES=FOLDER`). **Every figure on
it is simulated**: no instance ran. What decides in the simulation is the production code: yunbox's surge protection
(`services/ess/surge/decision.py`) and its target tracking (`services/ess/decisions/tracking.py`). The others are
written from their documentation (`rehearsal/simulator/peers.py` says what each follows), with the best metric they
may be given, requests a second, and no delay of it beyond its own period.

## What is simulated

- **Instances** work on {slots} requests at a time; one takes {service:.0f} ms on average (log-normal, standard
  deviation {spread:.0%} of it). They take traffic {startup:g} s after they were asked for (median; log-normal, ninth
  decile {p90:.1f} s), in the second table {slow:g} s. {failing:.1%} of the starts fail, which is found out after
  {timeout:g} s ({slow_timeout:g} s). They are paid from being asked for until {drain:g} s after they were taken out
  of the balancer. There is no limit to starts but in the table of faults.
- **The balancer** is the same for all: it lets each instance work on {slots} requests, holds the others in one queue,
  first come first served, and sheds with 503 after 10 s. Without that queue the others would fail requests instead
  of holding them: that is yunbox's part which they are given.
- **Traffic** arrives as a Poisson process about the trace's rate, which runs in a straight line between the middles
  of the recorded minutes or five minutes. Surges within them are not in the data and not invented. Each trace is
  scaled so that its peak is 200,000 requests/s, the load of 1,000 instances; the scale stands beside it. The
  midnight is synthetic, by formula, and its peak is 583,000 requests/s. Relative noise is that of the scaled rate.
- **The tick** is 0.1 s, for traces of days 1 s. yunbox is asked every 0.2 s (1 s), KPA every 2 s, HPA every 15 s,
  the target trackings every 60 s. Seed {seed}.
- **Settings**: nobody has settings of a trace's own. But yunbox's defaults were chosen while looking at these very
  traces (`hold`, for one, was shortened from 20 s to 15 s meanwhile), and the others' were not: on traffic that
  nobody has looked at, expect yunbox to do less well. Its defaults: {utilisation:.0%} utilisation aimed at and
  {deviations:g} standard deviations of room, `hold` {hold:g} s, and the instances' concurrency as its target. The
  others aim at 70%, Knative's default, and have the defaults of their documentation (300 s of warm-up for ESS and
  AWS, three and fifteen evaluations; HPA's 300 s of stabilisation). All have 1 instance at least and at most five
  times what the peak needs, and begin with 1.4 times what the first second needs.
- **Variants**: *forecast* learns the trace's daily and weekly shape while it runs, beginning with nothing.
  *Event announced* was told by an operator when the peak would begin and how high it would be (at 12 May in two
  steps, half and whole, two minutes apart); it is no fair match for the others and stands in rows of its own.

## What the columns say

- *failed*: requests that got no answer; *shed*: refused with 503 past the queue's deadline; *queued*: waited at all,
  and were served. *p50*, *p99* of the latency that clients saw.
- Demand is the number of instances that are needed at the trace's rate: its load in requests at a time (rate times
  service time) and two standard deviations of it fit in (square-root staffing; about one request in 37 finds no free
  slot). Supply is what takes traffic. SPEC elasticity (arXiv 1604.03470): *theta U* is how much supply falls short of
  demand, *theta O* how much it exceeds it, in percent of demand, averaged over time; *tau U* and *tau O* the share of
  time under and over; *instability* the share of time in which they move in opposite directions.
- *cost*: instance-seconds in times the oracle's. The oracle knows the trace: it always has exactly the demand, asks
  for each instance just in time, and keeps one over a gap in which it is not needed where that is cheaper than to
  drain it and start another. It pays for starts and drains as everybody does. Less than 1 means that less was
  bought than was needed.
- The aim: nothing failed, nothing shed, tau U under 1%, cost at most 1.3. **Bold** policies reach it.
"""


def page(rows: Iterable[Row], fast: Instance, slow: Instance, seed: int) -> str:
    """Return the page."""
    settings = Settings()
    head = _HEAD.format(
        slots=fast.slots,
        service=fast.service * 1000,
        spread=fast.spread,
        startup=fast.startup,
        p90=fast.startup_p90,
        slow=slow.startup,
        failing=fast.failing,
        timeout=fast.start_timeout,
        slow_timeout=slow.start_timeout,
        drain=fast.drain,
        seed=seed,
        utilisation=settings.utilisation,
        deviations=settings.spread,
        hold=settings.hold,
    )
    rows = list(rows)
    parts = [head, f"## Instances that start in {fast.startup:g} s\n", _FAST]
    parts += _tables(rows, "fast")
    parts += [f"## Instances that start in {slow.startup:g} s\n", _SLOW]
    parts += _tables(rows, "slow")
    parts += ["## Faults at midnight\n", _FAULTS, _faults([row for row in rows if row.table == "faults"])]
    parts.append(_CHECKED)
    return "\n".join(parts)


_FAST = """\
Such as yunbox's own: a sandbox, a small program, and health checks that pass.
"""

_SLOW = """\
Such as virtual machines. **Nobody meets these surges reactively, and yunbox does not either.** The arithmetic: on
12 May the rate rises from 1,252 to 15,085 requests a minute between the middles of two minutes, and to 46 times in
three. An instance asked for in the first second of the rise is there after 60 s, when twelve times the requests come;
with room for 1.2 times, and a queue that holds what comes in 10 s, everything beyond that has to be shed or wait
longer than the deadline, whatever the policy. At midnight the rate is 5.5 times as high 26 s after it began to rise:
no start of 60 s can be in time. To have enough without knowing would take 5.5 times the instances at all times, 5.5
times the cost. What serves such a peak is to know of it (the announced event) or instances that start in seconds.
KPA sheds nothing at midnight because its panic takes what waits for load, and asks for all it may have, five times
what the peak needs.
"""

_FAULTS = """\
The 11.11 midnight again, instances that start in 3 s, yunbox's surge protection. What failed when the balancer died
was under way or waiting: clients that try again are served. A storm of retries comes as new requests. With no more
than 300 starts at once and 300 a minute, as Function Compute documents, the peak's 2,950 instances take nine minutes:
only an event that was announced with that much of a buffer has them in time.
"""

_CHECKED = """\
## What this was checked against

The tick model counts requests; another model follows every single one (`rehearsal/simulator/requests.py`), and tests
hold the two against each other.

That one is checked against real instances behind HAProxy: `python -m bench policies --replay report.json --slots 4`
puts the arrivals and the instances of a rehearsal (docs/rehearsal.md) into it and compares what clients saw. The
demo's night of 11.11, measured on 2 cores, once quiet and once while other work kept the machine busy, of which the
model knows nothing; nothing was shed or failed, live or simulated:

| | quiet: live | simulated | busy: live | simulated |
|---|---:|---:|---:|---:|
| requests; in the highest second | 9,464; 279 | | 10,087; 331 | |
| p50, ms | 34 | 33 | 43 | 41 |
| p90, ms | 52 | 46 | 109 | 61 |
| p99, ms | 118 | 149 | 942 | 281 |
| medians of the seconds, simulated over live, 9 of 10 | | 0.81 to 1.05 | | 0.60 to 1.08 |

In both, the first instance that surge protection asked for served its first request 0.95 s after the load had passed
what the instances were good for.
"""

_COLUMNS = (
    "failed",
    "shed",
    "queued",
    "p50 ms",
    "p99 ms",
    "theta U %",
    "theta O %",
    "tau U %",
    "tau O %",
    "instability %",
    "cost",
    "most",
)


def _tables(rows: Sequence[Row], table: str) -> Iterable[str]:
    mine = [row for row in rows if row.table == table]
    for (trace, scale), group in groupby(mine, key=lambda row: (row.trace, row.scale)):
        listed = list(group)
        arrived = listed[0].found.arrived
        yield f"### {trace} ({scale}; {arrived:,} requests)\n"
        yield _table("policy", ((_policy(row), row.found) for row in listed))


def _faults(rows: Iterable[Row]) -> str:
    return _table("fault", ((row.fault + row.policy.removeprefix("yunbox surge"), row.found) for row in rows))


def _policy(row: Row) -> str:
    return f"**{row.policy}**" if reached(row.found) else row.policy


def reached(found: Figures) -> bool:
    """Return whether a run reached the aim."""
    return not found.failed and not found.shed and found.tau_u < 1 and found.cost <= 1.3


def _table(first: str, rows: Iterable[tuple[str, Figures]]) -> str:
    lines = [f"| {first} | {' | '.join(_COLUMNS)} |", f"|---|{'---:|' * len(_COLUMNS)}"]
    for name, found in rows:
        lines.append(f"| {name} | {' | '.join(_cells(found))} |")
    return "\n".join(lines) + "\n"


def _cells(found: Figures) -> tuple[str, ...]:
    return (
        _share(found.failed, found.arrived),
        _share(found.shed, found.arrived),
        _share(found.queued, found.arrived),
        f"{found.p50 * 1000:.0f}",
        f"{found.p99 * 1000:,.0f}",
        f"{found.theta_u:.2f}",
        f"{found.theta_o:.1f}",
        f"{found.tau_u:.2f}",
        f"{found.tau_o:.1f}",
        f"{found.instability:.2f}",
        f"{found.cost:.2f}",
        f"{found.most:,}",
    )


def _share(count: int, whole: int) -> str:
    """Return a share in percent; 0 only where there was none at all."""
    if not count:
        return "0"
    share = 100 * count / whole
    return f"{share:.2f}%" if share >= 0.005 else "<0.01%"
