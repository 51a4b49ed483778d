"""`python -m bench policies --traces FOLDER`: writes docs/policies.md, scaling policies side by side, simulated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.policies_page import Row, page
from yunbox.rehearsal.simulator import traces
from yunbox.rehearsal.simulator.comparison import EARLY, compare, fitting
from yunbox.rehearsal.simulator.model import Faults, Instance, Kill, Outage
from yunbox.rehearsal.simulator.replay import read, replay
from yunbox.rehearsal.simulator.traces import Trace

FAST = Instance()
SLOW = Instance(startup=60.0, start_timeout=180.0)
SEED = 1111

SURGE = ("yunbox surge", "yunbox surge, event announced")
SCARCE = "at most 300 starts at once and 300 a minute"

FAULTS: dict[str, Faults] = {
    "none": Faults(),
    "starts take three times as long": Faults(slow_starts=3.0),
    "one start in ten fails": Faults(failing=0.1),
    "at most 1,000 starts at once and 200 a second": Faults(starts_at_once=1000, starts_per_second=200),
    SCARCE: Faults(starts_at_once=300, starts_per_second=5),
    "no measurement for 10 s from midnight on": Faults(blind=((600.0, 610.0),)),
    "a tenth of the instances dies at the peak": Faults(kills=(Kill(at=630.0, share=0.1),)),
    "a third of the instances dies at the peak": Faults(kills=(Kill(at=630.0, share=0.33),)),
    "the balancer dies at the peak, back after 0.3 s": Faults(outages=(Outage(at=630.0, seconds=0.3),)),
    "who is shed comes again after a second; 200 starts a second": Faults(
        starts_at_once=1000, starts_per_second=200, returning=0.9
    ),
}


@dataclass(frozen=True)
class Task:
    """One run: a policy on a trace, in one of the page's tables."""

    table: str
    trace: str
    policy: str
    fault: str = "none"


def load(name: str, folder: Path) -> Trace:
    """Return a trace by its short name."""
    makers: dict[str, Callable[[], Trace]] = {
        "double11": traces.midnight,
        "window": lambda: traces.worldcup_window(folder),
        "worldcup": lambda: traces.worldcup(folder),
        "elb": lambda: traces.elb(folder),
        "twitter": lambda: traces.twitter(folder),
    }
    return makers[name]()


NAMES = ("window", "double11", "elb", "twitter", "worldcup")


def measure(folder: Path, only: Sequence[str], jobs: int) -> list[Row]:
    """Run everything; return the rows in the order of the page."""
    tasks = []
    for name in only or NAMES:
        trace = load(name, folder)
        tasks += [Task("fast", name, policy) for policy in fitting(trace)]
        if name in ("window", "double11", "elb"):
            tasks += [Task("slow", name, policy) for policy in fitting(trace)]
    if not only or "double11" in only:
        tasks += [Task("faults", "double11", policy, fault) for fault in FAULTS for policy in SURGE]
        tasks.append(Task("faults", "double11", EARLY, SCARCE))
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(_run, tasks, [folder] * len(tasks)))


def _run(task: Task, folder: Path) -> Row:
    trace = load(task.trace, folder)
    instance = SLOW if task.table == "slow" else FAST
    found = compare(task.policy, trace, instance, FAULTS[task.fault], seed=SEED)
    row = Row(task.table, trace.name, trace.scale, task.policy, task.fault, found)
    print(
        f"{task.table:7} {trace.name:28} {task.policy:30} cost {found.cost:.3f}", file=sys.stderr, flush=True
    )
    return row


def write(folder: Path, only: Sequence[str], jobs: int, file: Path) -> str:
    """Measure and write the page; return it."""
    text = page(measure(folder, only, jobs), FAST, SLOW, SEED)
    file.write_text(text)
    return text


def replayed(report: Path, slots: int) -> str:
    """Put a rehearsal's report.json into the simulator; return a table of what clients saw in both."""
    found = replay(read(report.read_bytes()), slots=slots)
    lines = ["| | live | simulated |", "|---|---:|---:|"]
    for name in ("p50", "p90", "p99", "p999"):
        live, simulated = (getattr(each, name) * 1000 for each in (found.live, found.simulated))
        lines.append(f"| {name}, ms | {live:.0f} | {simulated:.0f} |")
    lines.append(f"| shed | {found.live_shed:.2%} | {found.simulated_shed:.2%} |")
    ratios = sorted(simulated / live for _, live, simulated, _, _ in found.seconds if live > 0)
    if ratios:
        low, high = ratios[len(ratios) // 20], ratios[-1 - len(ratios) // 20]
        lines.append(
            f"\nSimulated over live, the seconds' medians: {low:.2f} to {high:.2f} in 9 of 10 seconds."
        )
    return "\n".join(lines)
