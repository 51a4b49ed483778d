"""A SIGKILL at a random moment, while instances start, stop, restart and end, leaves what was asked for.

YUNBOX_INSTANCE_KILLS is the number of kills (8 unless told), YUNBOX_CRASH_SEED what they follow from.
"""

from __future__ import annotations

import os
from pathlib import Path

from crash_instances.campaign import Campaign

KILLS = int(os.environ.get("YUNBOX_INSTANCE_KILLS", "8"))
SEED = int(os.environ.get("YUNBOX_CRASH_SEED", "0")) or int.from_bytes(os.urandom(4), "big")


def test_no_kill_leaves_anything_but_what_was_asked_for(tmp_path: Path) -> None:
    report = Campaign(tmp_path, SEED).run(KILLS)
    print(report)
    assert report.kills == KILLS
    # Without these the kills hit nothing, and the test would prove too little.
    assert report.answered.total() >= KILLS, report
    assert report.answered["run"] > 1, report
    if KILLS >= 50:
        assert {"run", "start", "stop", "reboot", "delete"} <= set(report.answered), report
        assert report.in_doubt > 0, report
