"""A SIGKILL at a random moment under load loses no acknowledged write and leaves nothing half-visible.

YUNBOX_CRASH_ROUNDS is the number of kills (50 unless told), YUNBOX_CRASH_SEED what they follow from.
"""

from __future__ import annotations

import os
from pathlib import Path

from crash.campaign import Campaign

ROUNDS = int(os.environ.get("YUNBOX_CRASH_ROUNDS", "50"))
SEED = int(os.environ.get("YUNBOX_CRASH_SEED", "0")) or int.from_bytes(os.urandom(4), "big")


def test_no_kill_loses_or_halves_anything(tmp_path: Path) -> None:
    report = Campaign(tmp_path, SEED).run(ROUNDS)
    print(report)
    assert report.kills == ROUNDS
    if ROUNDS >= 50:
        assert report.acknowledged.total() > 20 * ROUNDS, report
        # Without these the kills hit nothing, and the test would prove too little.
        assert report.in_doubt > ROUNDS / 5, report
        assert report.worker_kills > 0, report
        assert report.lost_with_workers > 0, report
        assert report.swept > 0, report
        assert len(report.acknowledged) >= 12, report
