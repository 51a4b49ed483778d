"""Times as OSS writes them in documents."""

from __future__ import annotations

import time


def iso_time(milliseconds: int) -> str:
    """Return a stored time as `2026-11-11T00:00:26.000Z`; OSS states whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(milliseconds // 1000))
