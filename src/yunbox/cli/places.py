"""Where a person's clouds are kept."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def default_data() -> Path:
    """Return the data directory: YUNBOX_DATA, or the user's data directory for this operating system."""
    given = os.environ.get("YUNBOX_DATA")
    return Path(given) if given else Path(platformdirs.user_data_dir("yunbox", appauthor=False))
