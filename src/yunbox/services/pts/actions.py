"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.pts import reports as _reports  # noqa: F401
from yunbox.services.pts import running as _running  # noqa: F401
from yunbox.services.pts import scenes as _scenes  # noqa: F401
