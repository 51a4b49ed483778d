"""The policies of others, on examples of their documentation."""

from __future__ import annotations

import subprocess
import sys

from yunbox.rehearsal.simulator.peers import AwsTracking, Hpa, Kpa
from yunbox.rehearsal.simulator.policy import Policy, View
from yunbox.rehearsal.simulator.stock import EssTracking


def follow(
    policy: Policy, rates: list[float], size: int, *, takes: float = 0.05, queued: float = 0
) -> list[int]:
    """Ask a policy again and again about a group that has at once what was asked for."""
    view, found = View(), []
    view.ready = view.alive = size
    for at, rate in enumerate(rates):
        view.now = at * policy.every
        view.arrived += rate * policy.every
        view.busy += rate * takes * policy.every
        view.served_by += view.ready * policy.every
        view.active, view.queued = rate * takes, queued
        view.ready = view.alive = policy.desired(view)
        found.append(view.alive)
    return found


def test_hpa_grows_by_the_ratio_and_no_more_than_twofold_in_15_seconds() -> None:
    assert follow(Hpa(100, 1, 100), [400.0], 2) == [4]
    assert follow(Hpa(100, 1, 100), [5000.0] * 4, 5) == [10, 20, 40, 50]
    assert follow(Hpa(100, 1, 100), [5000.0] * 2, 1) == [5, 10]


def test_hpa_leaves_what_is_within_a_tenth_and_shrinks_after_300_seconds() -> None:
    assert follow(Hpa(100, 1, 100), [540.0], 5) == [5]
    shrinking = follow(Hpa(100, 1, 100), [500.0] + [100.0] * 25, 5)
    assert shrinking[19] == 5
    assert shrinking[-1] == 1


def test_kpa_panics_at_twice_the_capacity_and_never_shrinks_meanwhile() -> None:
    found = follow(Kpa(7, 1, 100), [140.0] * 30 + [2800.0] * 3 + [140.0] * 25, 1)
    assert found[29] == 1
    assert found[32] == 20
    assert min(found[32:60]) == 20


def test_aws_waits_for_three_minutes_and_does_not_count_what_warms_up() -> None:
    found = follow(AwsTracking(100, 1, 100), [150.0, 400.0, 400.0, 400.0, 400.0], 1)
    assert found == [1, 1, 4, 4, 4]
    falling = follow(AwsTracking(100, 1, 100), [100.0] * 16, 4)
    assert falling[:14] == [4] * 14
    assert falling[14] == 1


def test_ess_waits_for_three_minutes_too() -> None:
    assert follow(EssTracking(100, 1, 100), [400.0] * 3, 1) == [1, 1, 4]


def test_the_cloud_does_not_import_numpy() -> None:
    modules = "yunbox.assembly, yunbox.cli.main, yunbox.services.ess.keeping"
    program = f"import sys, {modules}; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
