"""The modules that hold the actions of Ess: importing this registers them, in both versions."""

from __future__ import annotations

from yunbox.services.ess.groups import create, describe, lifecycle, modify  # noqa: F401
from yunbox.services.ess.hooks import create as create_hook  # noqa: F401
from yunbox.services.ess.members import attach  # noqa: F401
