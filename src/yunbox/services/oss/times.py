"""Times as OSS writes them in documents."""

from __future__ import annotations

import time
from functools import lru_cache


def iso_time(milliseconds: int) -> str:
    """Return a stored time as `2026-11-11T00:00:26.000Z`; OSS states whole seconds."""
    return _iso(milliseconds // 1000)


@lru_cache(maxsize=4096)
def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
