"""The live view of a run in the terminal; plain lines where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from yunbox.rehearsal.histogram import Histogram
from yunbox.rehearsal.plan import Plan
from yunbox.rehearsal.rehearse import OnProgress, Progress
from yunbox.rehearsal.verdict import duration


@contextmanager
def live_view(plan: Plan, *, plain: bool = False) -> Iterator[OnProgress]:
    """Give what shows the progress of a run."""
    print(f"{plan.name}: seed {plan.seed}", file=sys.stderr)
    lines = _Lines()
    yield lines.show


class _Lines:
    """A line a second."""

    def __init__(self) -> None:
        self._last = -1e9

    def show(self, progress: Progress) -> None:
        """Print what happened in the last whole second."""
        if progress.at - self._last < 1.0:
            return
        self._last = progress.at
        cell = progress.tally.cell(max(0, int(progress.at) - 1))
        outcomes = progress.tally.outcomes
        p99 = Histogram(cell.latency).quantiles([0.99])[0]
        print(
            f"{progress.at:7.1f} s  {progress.phase:8} sent {cell.sent:6}/s  p99 {duration(p99):>8}  "
            f"in flight {progress.tally.in_flight:5}  served {outcomes[0]:7}  queued {outcomes[1]:6}  "
            f"shed {outcomes[2]:5}  failed {outcomes[3]:5}  timed out {outcomes[4]:5}",
            file=sys.stderr,
            flush=True,
        )
